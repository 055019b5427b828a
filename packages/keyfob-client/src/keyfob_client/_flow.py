"""
A question to Keyfob from the first byte to the answer, without any I/O.

A flow is a generator: it yields what is to be sent and is sent what came of it, until it returns.
`Client` and `AsyncClient` play the same flows; so does whoever asks on behalf of a request.
"""

import json
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

from keyfob_client.answers import Answer, Reason, Refused, read
from keyfob_client.errors import (
    BadRequest,
    Forbidden,
    KeyfobError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from keyfob_client.token_format import parse

T = TypeVar("T")

VERIFY: Final = "/v1/verify"
VERIFY_BATCH: Final = "/v1/verify/batch"
MOST_OF_A_BATCH: Final = 1000  # questions, the most that Keyfob takes at once
TOO_LARGE: Final = "request/TOO_LARGE"  # of Keyfob's codes
SECONDS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
COME_AGAIN: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
MALFORMED: Final = Refused(Reason.NOT_FOUND)  # what Keyfob says of it, too

ERRORS: Final[Mapping[int, type[KeyfobError]]] = {
    HTTPStatus.BAD_REQUEST: BadRequest,
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BadRequest,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    Is this token good for this? An empty field is not told, and then not vouched for: a token
    that is restricted in that respect is refused.

    `cost` is what the call counts against the token's limits.
    """

    token: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    client_ip: str = ""
    method: str = ""
    path: str = ""
    cost: int = 1

    @property
    def body(self) -> dict[str, object]:
        """As it goes over the wire, without what is not told."""
        told: dict[str, object] = {
            "scopes": [*self.scopes],
            "clientIp": self.client_ip,
            "method": self.method,
            "path": self.path,
        }
        return {
            "token": self.token,
            **{name: value for name, value in told.items() if value},
            **({} if self.cost == 1 else {"cost": self.cost}),
        }


@dataclass(frozen=True, slots=True)
class Send:
    """POST this body, `after` so many seconds."""

    path: str
    body: bytes = field(repr=False)
    after: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The names of `headers` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoReply:
    """
    `is_broken`: a connection broke that had stood, as one that was closed while idle does; not
    so when nobody was there, or the time was up.
    """

    why: str
    is_broken: bool = False


Outcome = Reply | NoReply
Flow = Generator[Send, Outcome, T]


def question(
    token: str, scopes: str | Iterable[str], client_ip: str, method: str, path: str, cost: int
) -> Question:
    """One scope may be a plain text: its letters are never taken for scopes."""
    return Question(
        token=token,
        scopes=(scopes,) if isinstance(scopes, str) else tuple(scopes),
        client_ip=client_ip,
        method=method,
        path=path,
        cost=cost,
    )


def questions(asked: Iterable[Question | str]) -> list[Question]:
    """A text alone is a token."""
    return [Question(token=each) if isinstance(each, str) else each for each in asked]


def verify(asked: Question, *, patience: float) -> Flow[Answer]:
    """Nothing is sent for a malformed token. `patience` is in seconds, see `_ask`."""
    if parse(asked.token) is None:
        return MALFORMED
    body = yield from _ask(VERIFY, asked.body, patience)
    return _answer(body)


def verify_many(asked: Sequence[Question], *, patience: float) -> Flow[list[Answer]]:
    """The answers, in the order of the questions: all of them, or an error."""
    answers: list[Answer] = [MALFORMED for _ in asked]
    places = [place for place, each in enumerate(asked) if parse(each.token) is not None]
    for start in range(0, len(places), MOST_OF_A_BATCH):
        chunk = places[start : start + MOST_OF_A_BATCH]
        said = yield from _batch([asked[place].body for place in chunk], patience)
        for place, answer in zip(chunk, said, strict=True):
            answers[place] = answer
    return answers


def _batch(items: Sequence[object], patience: float) -> Flow[list[Answer]]:
    """In halves when it has more bytes than Keyfob takes: paths may be long."""
    try:
        body = yield from _ask(VERIFY_BATCH, {"items": items}, patience)
    except BadRequest as error:
        half = len(items) // 2
        if error.code != TOO_LARGE or half == 0:
            raise
        first = yield from _batch(items[:half], patience)
        return first + (yield from _batch(items[half:], patience))
    return _answers(body, len(items))


def _ask(path: str, body: Mapping[str, object], patience: float) -> Flow[object]:
    """
    Return what the 200 says. Raise the KeyfobError of any other outcome.

    Sent again once when the connection broke: a question is safe to repeat. Sent again after
    `Retry-After` as long as all the waiting together is within `patience` seconds.
    """
    send = Send(path, json.dumps(body).encode())
    outcome = yield send
    if isinstance(outcome, NoReply) and outcome.is_broken:
        outcome = yield send
    while isinstance(outcome, Reply) and outcome.status in COME_AGAIN:
        wait = _retry_after(outcome)
        if wait is None or wait > patience:
            break
        patience -= wait
        outcome = yield Send(path, send.body, after=wait)
    match outcome:
        case NoReply(why):
            raise Unavailable(why)
        case Reply(HTTPStatus.OK):
            return _parsed(outcome)
        case Reply():
            raise _error(outcome)


def _answer(body: object) -> Answer:
    try:
        return read(body)
    except ValueError:
        raise _stranger(HTTPStatus.OK) from None


def _answers(body: object, count: int) -> list[Answer]:
    items = _fields(body).get("items")
    if not isinstance(items, list) or len(cast("list[object]", items)) != count:
        raise _stranger(HTTPStatus.OK)
    return [_answer(each) for each in cast("list[object]", items)]


def _error(reply: Reply) -> KeyfobError:
    """An error in Keyfob's own words, when it is Keyfob that speaks."""
    said = _fields(_parsed(reply))
    code, message = said.get("errorCode"), said.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        return _stranger(reply.status, retry_after=_retry_after(reply))
    return ERRORS.get(reply.status, Unavailable)(
        message,
        code=code,
        request_id=str(said.get("requestId", "")),
        field=str(_fields(said.get("parameters")).get("field", "")),
        retry_after=_retry_after(reply),
    )


def _stranger(status: int, *, retry_after: int | None = None) -> Unavailable:
    return Unavailable(
        f"what answered is not Keyfob (HTTP {int(status)}); check the server's address",
        retry_after=retry_after,
    )


def _parsed(reply: Reply) -> object:
    """None for what is not JSON."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def _fields(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _retry_after(reply: Reply) -> int | None:
    """In seconds, at least one; None for a date, which needs a clock that both sides share."""
    text = reply.headers.get("retry-after", "")
    return max(1, int(text)) if SECONDS.fullmatch(text) else None
