"""Speak with a server, for the account of KEYFOB_TOKEN."""

import os
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, NoReturn, cast
from urllib.parse import urlsplit

import httpx2

from keyfob import wording
from keyfob.cli import answers
from keyfob.cli.answers import Fields
from keyfob.cli.outcome import Exit, Stop, one_line
from keyfob.version import __version__
from keyfob_client import token_format

TIMEOUT: Final = 30  # seconds
PAGE: Final = 1000  # tokens, the most the server gives at once
MAY_REVEAL: Final = (
    "keyfob init --api-token-scope makes a first token with it, and one that has it makes more: "
    "keyfob tokens create NAME --scope '*' --scope tokens:reveal. An admin can also show it on "
    "the page of API tokens."
)
EVERY_STATE: Final = ("active", "scheduled", "disabled", "expired", "revoked")

_ID: Final = re.compile(r"[0-9]{1,18}")
_ERRNO: Final = re.compile(r"^\[Errno -?\d+\] ")

Json = dict[str, Any]


class Api:
    """One method for each thing that commands ask for; every refusal ends the command."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def who_am_i(self) -> Json:
        return self._ask("GET", "/v2/whoami", fields=answers.WHO)

    def verify(self, question: Json) -> Json:
        answer = self._send("POST", "/v1/verify", json=question)
        good = _body(answer, answers.VERDICT)["valid"]
        return _body(answer, answers.ACCEPTED if good else answers.REFUSED)

    def create(self, draft: Json) -> Json:
        answer = self._send("POST", "/v1/api-tokens", json=draft)
        value_of(_body(answer))
        return _body(answer, answers.TOKEN)

    def change(self, token_id: int, changes: Json) -> Json:
        path = f"/v1/api-tokens/{token_id}"
        return self._ask("PATCH", path, fields=answers.TOKEN, json=changes)

    def delete(self, token_id: int) -> None:
        self._ask("DELETE", f"/v1/api-tokens/{token_id}")

    def reveal(self, token_id: int) -> str:
        return value_of(self._ask("POST", f"/v1/api-tokens/{token_id}/reveal"))

    def usage(self, token_id: int, query: Mapping[str, object]) -> Json:
        params = {name: value for name, value in query.items() if value is not None}
        path = f"/v1/api-tokens/{token_id}/usage"
        return self._ask("GET", path, fields=answers.USAGE, params=params)

    def tokens(self, query: Mapping[str, object]) -> Json:
        """All pages as one."""
        params = {name: value for name, value in query.items() if value} | {"limit": PAGE}
        page = self._page(params)
        items = page["items"]
        while page["nextCursor"] is not None:
            page = self._page({**params, "cursor": page["nextCursor"]})
            items += page["items"]
        return {"items": items, "total": page["total"], "nextCursor": None}

    def token(self, reference: str, *, account: int | None) -> Json:
        """
        The token with this id, hint or name; a living one is preferred to those revoked.

        End the command when there is none (in `account`, if one is named), or when several are
        called like that.
        """
        if _ID.fullmatch(reference):
            found = self._by_id(int(reference))
            if found is not None and account in {None, found["accountId"]}:
                return found
        query = {"q": reference, "state": EVERY_STATE, "accountId": account}
        alike = [each for each in self.tokens(query)["items"] if _is_called(each, reference)]
        living = [each for each in alike if each["state"] != "revoked"]
        return _the_only_one(living or alike, reference)

    def _by_id(self, token_id: int) -> Json | None:
        answer = self._send("GET", f"/v1/api-tokens/{token_id}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _body(answer, answers.TOKEN)

    def _page(self, params: Mapping[str, object]) -> Json:
        return self._ask("GET", "/v1/api-tokens", fields=answers.PAGE, params=params)

    def _ask(
        self, method: str, path: str, *, fields: Fields = answers.ANYTHING, **more: Any
    ) -> Json:
        return _body(self._send(method, path, **more), fields)

    def _send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        try:
            return self._client.request(method, path, **more)
        except (httpx2.RequestError, UnicodeError) as error:  # Unicode: a name that DNS cannot have
            where = _origin(self._client.base_url)
            raise Stop(
                Exit.UNREACHABLE,
                f"no answer from {where}: {_why(error)}; is Keyfob running there? "
                "KEYFOB_SERVER or --server says where to look",
            ) from None


@contextmanager
def connect(server: str) -> Generator[Api]:
    """End the command when KEYFOB_TOKEN or the server's address cannot be right."""
    if not _is_address(server):
        raise Stop(
            Exit.WRONG_USE, "KEYFOB_SERVER or --server must look like https://keyfob.example.com"
        )
    headers = {"X-API-TOKEN": _own_token(), "User-Agent": f"keyfob/{__version__}"}
    with httpx2.Client(base_url=server, headers=headers, timeout=TIMEOUT) as client:
        yield Api(client)


def value_of(answer: Json) -> str:
    """The token in an answer. A shell may evaluate it: what is no token is not passed on."""
    value = answer.get("token")
    if not isinstance(value, str) or token_format.parse(value) is None:
        raise Stop(Exit.REFUSED, "the server's answer has no token in it; is it a Keyfob?")
    return value


def is_own(token: Json) -> bool:
    """Whether it is the one in KEYFOB_TOKEN: a command that stops it locks itself out."""
    own = token_format.parse(_own_token())
    return own is not None and own.hint == token["hint"]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port, httpx2.URL(text)
    except (ValueError, httpx2.InvalidURL):
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _own_token() -> str:
    value = os.environ.get("KEYFOB_TOKEN", "").strip()
    if not value:
        raise Stop(
            Exit.WRONG_USE, "KEYFOB_TOKEN is not set; put an API token of your account there"
        )
    if token_format.parse(value) is None:
        raise Stop(
            Exit.REFUSED,
            "KEYFOB_TOKEN is not a token: characters are missing or changed. Copy it again, whole",
        )
    return value


def _body(answer: httpx2.Response, fields: Fields = answers.ANYTHING) -> Json:
    """End the command for a refusal, and for an answer without these fields."""
    try:
        body: object = {} if answer.status_code == HTTPStatus.NO_CONTENT else answer.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or answer.is_redirect:
        raise _stranger(answer)
    found = cast("Json", body)
    if answer.is_error:
        _refused(answer, found)
    if not answers.fit(found, fields):
        raise _stranger(answer)
    return found


def _stranger(answer: httpx2.Response) -> Stop:
    return Stop(
        Exit.UNREACHABLE,
        f"what answers at {_origin(answer.url)} is not Keyfob (HTTP {answer.status_code}); "
        "see KEYFOB_SERVER or --server",
    )


def _refused(answer: httpx2.Response, body: Json) -> NoReturn:
    message = one_line(str(body.get("message", "refused")))
    if body.get("errorCode") == "auth/BAD_TOKEN":
        message = (
            f"the token in KEYFOB_TOKEN is not good at {answer.url.host} (any more): {message}"
        )
    if body.get("parameters") == {"scope": "tokens:reveal"}:
        message += f" {MAY_REVEAL}"
    if wait := answer.headers.get("Retry-After"):
        message += f" Try again in {one_line(wait)} s."
    if answer.is_server_error:
        number = one_line(str(body.get("requestId", "")))
        raise Stop(Exit.UNREACHABLE, f"{message} (request {number})")
    raise Stop(Exit.REFUSED, message)


def _why(error: Exception) -> str:
    """What the machine says, without its number for it."""
    return one_line(_ERRNO.sub("", str(error))).lower() or "no reason is known"


def _is_called(token: Json, reference: str) -> bool:
    return token["hint"] == reference or wording.same(token["name"]) == wording.same(reference)


def _the_only_one(tokens: Iterable[Json], reference: str) -> Json:
    match [*tokens]:
        case [token]:
            return token
        case []:
            raise Stop(
                Exit.REFUSED,
                f"there is no token {one_line(repr(reference))}; "
                "see keyfob tokens list, and --account for a sub account's",
            )
        case several:
            hints = ", ".join(one_line(each["hint"]) for each in several)
            raise Stop(Exit.REFUSED, f"several are called that; name one by its hint: {hints}")


def _origin(url: httpx2.URL) -> str:
    """Without the name and password that may stand in it."""
    return one_line(f"{url.scheme}://{url.netloc.decode()}")
