"""A Keyfob in memory, for the tests of programs that ask one: it answers as the real one does."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from typing import Any, Final

import httpx2

from keyfob_client import _addresses, _fake_tokens, _fake_wire
from keyfob_client._door import Denied, bad_token, credential, lacks_scope
from keyfob_client._fake_tokens import FakeAccount, FakeToken
from keyfob_client._fake_wire import Rejected
from keyfob_client._flow import MOST_OF_A_BATCH, VERIFY, VERIFY_BATCH, Question
from keyfob_client._scopes import covers
from keyfob_client.answers import Answer, Reason, Refused
from keyfob_client.client import AsyncClient, Client
from keyfob_client.token_format import KINDS, URI_PREFIX

__all__ = ["FakeAccount", "FakeKeyfob", "FakeToken"]

SERVER: Final = "http://keyfob.test"
NEEDED: Final = "tokens:verify"
FIRST_ID: Final = 2_000_001
BRAND: Final = "kf"
UNAVAILABLE: Final = "server/UNAVAILABLE"


def utc_now() -> datetime:
    return datetime.now(UTC)


class FakeKeyfob(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """
    Give it to a `Client` or an `AsyncClient` as its `transport`, or take one from here.

    `requests` counts what reached it, `asked` are the questions in them, in order. `token` is the
    caller's that its clients use: it belongs to `main`, a main account, and may do nothing but
    verify. While `down` is True nobody is there.
    """

    def __init__(self, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._ids = count(FIRST_ID)
        self._tokens: dict[str, FakeToken] = {}
        self._clock = clock
        self._failing: Denied | None = None
        self.requests = 0
        self.asked: list[Question] = []
        self.down = False
        self.main = self.account("Main")
        self.token = self.mint("verifier", scopes=[NEEDED])

    def account(self, name: str, *, main: FakeAccount | None = None) -> FakeAccount:
        """A sub account of `main`; a main account, with a family of its own, without one."""
        return FakeAccount(id=next(self._ids), name=name, main=main)

    def mint(  # noqa: PLR0913 -- as many as a token has
        self,
        name: str = "a token",
        *,
        scopes: Iterable[str] = ("*",),
        account: FakeAccount | None = None,
        kind: str = "api",
        tags: Iterable[str] = (),
        expires_at: datetime | None = None,
        not_before: datetime | None = None,
        ip_allow: Iterable[str] = (),
        methods: Iterable[str] = (),
        paths: Iterable[str] = (),
    ) -> FakeToken:
        """
        A token of the main account unless `account` says another. Raise ValueError for a kind or
        a network that is none. Moments know their time zone.
        """
        if kind not in KINDS:
            raise ValueError(f"there is no kind {kind!r}: one of {', '.join(KINDS)}")
        token = FakeToken(
            value=_fake_tokens.mint(BRAND, kind),
            id=next(self._ids),
            name=name,
            account=account or self.main,
            kind=kind,
            scopes=tuple(scopes) if kind == "api" else (),
            tags=tuple(tags),
            expires_at=expires_at,
            not_before=not_before,
            ip_allow=tuple(str(each) for each in _addresses.networks(ip_allow)),
            methods=tuple(each.upper() for each in methods),
            paths=tuple(paths),
        )
        self._tokens[token.value] = token
        return token

    def client(self, *, token: FakeToken | None = None, patience: float = 0) -> Client:
        """As `token` when another one is to ask."""
        value = (token or self.token).value
        return Client(server=SERVER, token=value, patience=patience, transport=self)

    def async_client(self, *, token: FakeToken | None = None, patience: float = 0) -> AsyncClient:
        value = (token or self.token).value
        return AsyncClient(server=SERVER, token=value, patience=patience, transport=self)

    def fail(self, status: int = 503, *, retry_after: int = 1) -> None:
        """Answer everything with 429 or 503 until `recover`."""
        code = "auth/TOO_MANY_AT_ONCE" if status == HTTPStatus.TOO_MANY_REQUESTS else UNAVAILABLE
        self._failing = Denied(
            status=status, code=code, message="Try again later.", retry_after=retry_after
        )

    def recover(self) -> None:
        """Be there again, and answer."""
        self._failing, self.down = None, False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return self._respond(request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        return self._respond(request)

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        if self.down:
            raise httpx2.ConnectError("All connection attempts failed", request=request)
        try:
            return httpx2.Response(HTTPStatus.OK, json=self._answer(request))
        except Rejected as rejected:
            denied = rejected.denied
            return httpx2.Response(denied.status, headers=denied.headers, content=denied.json)

    def _answer(self, request: httpx2.Request) -> dict[str, Any]:
        if self._failing is not None:
            raise Rejected(self._failing)
        if request.url.path not in {VERIFY, VERIFY_BATCH}:
            raise Rejected(
                Denied(
                    status=HTTPStatus.NOT_FOUND,
                    code="request/UNKNOWN_PATH",
                    message="There is nothing at this address.",
                )
            )
        caller = self._caller(request)
        body = _fake_wire.parsed(request.content)
        if request.url.path == VERIFY:
            return _fake_wire.answer(self._verdict(caller, _fake_wire.question(body)))
        questions = _fake_wire.questions(body, most=MOST_OF_A_BATCH)
        return {"items": [_fake_wire.answer(self._verdict(caller, each)) for each in questions]}

    def _caller(self, request: httpx2.Request) -> FakeToken:
        """Who asks: an API token that is good, here and now, and may verify."""
        headers = [(name.lower(), text) for name, text in request.headers.multi_items()]
        given = credential(headers)
        if isinstance(given, Denied):
            raise Rejected(given)
        use = Question(
            token=given, client_ip="127.0.0.1", method=request.method, path=request.url.path
        )
        token = self._find(given)
        if token is None or token.kind != "api" or not self._decide(token, use):
            raise Rejected(bad_token())
        if not covers(token.scopes, NEEDED):
            raise Rejected(lacks_scope(NEEDED))
        return token

    def _verdict(self, caller: FakeToken, asked: Question) -> Answer:
        self.asked.append(asked)
        token = self._find(asked.token)
        if token is None or not token.is_seen_by(caller):
            return Refused(Reason.NOT_FOUND)
        return self._decide(token, asked)

    def _decide(self, token: FakeToken, asked: Question) -> Answer:
        return _fake_tokens.decide(token, asked, self._clock())

    def _find(self, value: str) -> FakeToken | None:
        return self._tokens.get(value.removeprefix(URI_PREFIX))
