"""
What stands before an application: whose request is it, and may it pass?

Pure, as the flow it is made of. What it decides is the same for every framework; `asgi.py` and
its siblings only translate.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from keyfob_client import _addresses, _flow
from keyfob_client._flow import Flow, Question
from keyfob_client._rules import Open, Rules, rule_of
from keyfob_client._scopes import missing
from keyfob_client.answers import Reason, Refused, Valid
from keyfob_client.errors import KeyfobError
from keyfob_client.token_format import URI_PREFIX, parse

log = logging.getLogger("keyfob_client")

HEADER: Final = "x-api-token"
FALLBACK: Final = "x-user-token"
AUTHORIZATION: Final = "authorization"
FORWARDED: Final = "x-forwarded-for"
BEARER: Final = "bearer "
COME_AGAIN: Final = 1  # second, when nobody says how many
LONGEST_PATH: Final = 4096  # characters, the most that Keyfob takes

# The same words for a token that never was and for one that ended: a caller learns nothing.
REFUSED: Final = "Insufficient privileges"

_METHOD: Final = re.compile(r"[A-Za-z-]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """
    A request as it arrived. `headers` have names in small letters, and one that came twice is
    there twice. `peer` is the address that connected, `path` the whole path, unescaped.
    """

    headers: Sequence[tuple[str, str]] = field(repr=False)
    peer: str
    method: str
    path: str

    def values(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """An answer in the shape of Keyfob's errors (docs/errors.md). `retry_after` is in seconds."""

    status: int
    code: str
    message: str
    parameters: Mapping[str, object] = field(default_factory=dict[str, object])
    retry_after: int | None = None
    request_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def body(self) -> dict[str, Any]:
        is_about_rights = self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return {
            "errorCode": self.code,
            "message": self.message,
            "requestId": self.request_id,
            "parameters": dict(self.parameters),
            **({"code": self.status} if is_about_rights else {}),
        }

    @property
    def json(self) -> bytes:
        return json.dumps(self.body).encode()

    @property
    def headers(self) -> dict[str, str]:
        """With the length and the type of `json`."""
        return {
            "Content-Type": "application/json",
            "Content-Length": str(len(self.json)),
            "X-Request-Id": self.request_id,
            "Cache-Control": "no-store",
            **({"WWW-Authenticate": "Bearer"} if self.status == HTTPStatus.UNAUTHORIZED else {}),
            **({} if self.retry_after is None else {"Retry-After": str(self.retry_after)}),
        }


class Door:
    """Lets in who has a token that Keyfob says is good. Raise ValueError for what is no network."""

    def __init__(
        self, *, trusted_proxies: Iterable[str] = (), kinds: Iterable[str] = ("api",)
    ) -> None:
        self._proxies = _addresses.networks(trusted_proxies)
        self._kinds = frozenset(kinds)

    def admit(
        self, arrival: Arrival, scopes: tuple[str, ...], *, patience: float
    ) -> Flow[Valid | Denied]:
        """Closed when Keyfob gives no answer: that is logged, and the request is answered 503."""
        token = credential(arrival.headers)
        if isinstance(token, Denied):
            return token
        parsed = parse(token)
        if parsed is None or parsed.kind not in self._kinds:
            return bad_token()
        try:
            return (yield from _ask(self._question(token, scopes, arrival), patience))
        except KeyfobError as error:
            return _closed(error)

    def _question(self, token: str, scopes: tuple[str, ...], arrival: Arrival) -> Question:
        """What Keyfob would not take is not told: a token restricted in that is refused then."""
        forwarded = ",".join(arrival.values(FORWARDED))
        path = quote(arrival.path)
        return Question(
            token=token,
            scopes=scopes,
            client_ip=_addresses.client_ip(arrival.peer, forwarded, self._proxies),
            method=arrival.method if _METHOD.fullmatch(arrival.method) else "",
            path=path if path.startswith("/") and len(path) <= LONGEST_PATH else "",
        )


class RuledDoor:
    """A door that knows by itself which scopes a request needs, see `rule_of`."""

    def __init__(self, rules: Rules, door: Door) -> None:
        self._rule = rule_of(rules)
        self._door = door

    def admit(self, arrival: Arrival, *, patience: float) -> Flow[Valid | Denied | Open]:
        needs = self._rule(arrival.method, arrival.path)
        match needs:
            case None:
                return _no_rule()
            case Open.OPEN:
                return needs
            case scopes:
                return (yield from self._door.admit(arrival, scopes, patience=patience))


def credential(headers: Sequence[tuple[str, str]]) -> str | Denied:
    """The one token in the headers; the same in several of them is one, a header twice is not."""
    given: list[str] = []
    for name in (HEADER, FALLBACK, AUTHORIZATION):
        values = [value for each, value in headers if each == name]
        if len(values) > 1 or any("," in value for value in values):  # how proxies join two
            return _two_credentials(f"The header {name} came twice.", name)
        given += [_bare(name, value.strip()) for value in values]
    given = [token for token in given if token]
    if len({token.removeprefix(URI_PREFIX) for token in given}) > 1:
        return _two_credentials("Two different tokens came with one request. Send one.", HEADER)
    return given[0] if given else _no_credential()


def _bare(name: str, value: str) -> str:
    if name != AUTHORIZATION:
        return value
    return value[len(BEARER) :].strip() if value.lower().startswith(BEARER) else ""


def _ask(asked: Question, patience: float) -> Flow[Valid | Denied]:
    answer = yield from _flow.verify(asked, patience=patience)
    match answer:
        case Valid():
            return answer
        case Refused(Reason.RATE_LIMITED):
            return _rate_limited()
        case Refused(Reason.INSUFFICIENT_SCOPE):
            return (yield from _lacks(asked, patience))
        case Refused():
            return bad_token()


def _lacks(asked: Question, patience: float) -> Flow[Denied]:
    """
    Name the scope only to whom the token would serve without it: who has found a token and is
    in the wrong place must not learn that it is good.
    """
    plain = replace(asked, scopes=(), cost=0)
    answer = yield from _flow.verify(plain, patience=patience)
    if not answer:
        return bad_token()
    return lacks_scope(next(iter(missing(answer.scopes, asked.scopes)), asked.scopes[0]))


def lacks_scope(scope: str) -> Denied:
    return Denied(
        status=HTTPStatus.FORBIDDEN,
        code="auth/INSUFFICIENT_SCOPE",
        message=f"This needs the scope {scope}, which you do not hold.",
        parameters={"scope": scope},
    )


def _no_credential() -> Denied:
    return Denied(
        status=HTTPStatus.UNAUTHORIZED,
        code="auth/NO_CREDENTIAL",
        message="An API token is required: send it in the header X-API-TOKEN.",
    )


def _two_credentials(message: str, name: str) -> Denied:
    return Denied(
        status=HTTPStatus.BAD_REQUEST,
        code="auth/TWO_CREDENTIALS",
        message=message,
        parameters={"field": name},
    )


def bad_token() -> Denied:
    return Denied(status=HTTPStatus.FORBIDDEN, code="auth/BAD_TOKEN", message=REFUSED)


def _no_rule() -> Denied:
    return Denied(
        status=HTTPStatus.FORBIDDEN,
        code="auth/NO_RULE",
        message="Nobody may ask for this path.",
    )


def _rate_limited() -> Denied:
    return Denied(
        status=HTTPStatus.TOO_MANY_REQUESTS,
        code="auth/RATE_LIMITED",
        message="The token was used too often. Try again in a second.",
        retry_after=COME_AGAIN,
    )


def _closed(error: KeyfobError) -> Denied:
    """Logged without a traceback, which may show local variables: one of them is the token."""
    denied = Denied(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        code="auth/UNAVAILABLE",
        message="Your token cannot be checked right now. Try again soon.",
        retry_after=error.retry_after or COME_AGAIN,
    )
    kind = type(error).__name__
    log.error("no answer from Keyfob, request %s refused: %s: %s", denied.request_id, kind, error)
    return denied
