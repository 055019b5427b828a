"""`Client` and `AsyncClient`: ask Keyfob whether a token is good. Nothing is cached."""

import asyncio
import os
import ssl
import time
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import ClassVar, Final, Self, TypeVar, cast

import httpx2

from keyfob_client import _flow
from keyfob_client._flow import Flow, NoReply, Outcome, Question, Reply, Send
from keyfob_client.answers import Answer
from keyfob_client.errors import Misconfigured
from keyfob_client.token_format import parse

T = TypeVar("T")

TIMEOUT: Final = 5.0  # seconds to connect, to send, and between two pieces of the answer
# Keyfob leaves an idle connection open for 75 seconds; whoever lets go first meets no race.
LIMITS: Final = httpx2.Limits(
    max_connections=100, max_keepalive_connections=100, keepalive_expiry=60
)

_BROKEN: Final = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)


class _Settings:
    """Where to ask, and as whom. The token stays out of every repr."""

    def __init__(self, server: str | None, token: str | None, patience: float) -> None:
        self._server = _address(os.environ.get("KEYFOB_SERVER", "") if server is None else server)
        self._token = _own(os.environ.get("KEYFOB_TOKEN", "") if token is None else token)
        self.patience = patience

    def __repr__(self) -> str:
        return f"{type(self).__name__}(server={str(self._server)!r})"

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "X-API-TOKEN": self._token,
            "Content-Type": "application/json",
            "User-Agent": "keyfob-client",
        }


class Client(_Settings):
    """
    A pool of connections to one Keyfob; threads may share it. It is closed by `close`, at the end
    of a `with`, or when nobody holds it any more.

    `server` and `token` are those in KEYFOB_SERVER and KEYFOB_TOKEN when left out; the token
    needs the scope `tokens:verify`. `timeout` is in seconds. `patience` is how many seconds a
    question may wait when Keyfob says to come again later. `ssl_context` is for a certificate
    that the system does not trust by itself. Raise Misconfigured for a server or a
    token that cannot be right. While there is a `stand_in`, it is asked in place of every client
    that has no `transport` of its own.
    """

    stand_in: ClassVar["Client | None"] = None

    def __init__(
        self,
        *,
        server: str | None = None,
        token: str | None = None,
        timeout: float = TIMEOUT,
        patience: float = 0,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        super().__init__(server, token, patience)
        self._is_on_the_network = transport is None
        self._http = httpx2.Client(
            base_url=self._server,
            headers=self._headers,
            timeout=timeout,
            limits=LIMITS,
            verify=ssl_context or True,
            transport=transport,
        )
        self._end = weakref.finalize(self, self._http.close)

    def verify(
        self,
        token: str,
        *,
        scopes: str | Iterable[str] = (),
        client_ip: str = "",
        method: str = "",
        path: str = "",
        cost: int = 1,
    ) -> Answer:
        """
        Is this token good for this? Raise KeyfobError when no answer can be had.

        What is left out is not vouched for: a token that is restricted in that respect is refused.
        A malformed token is refused without a request.
        """
        asked = _flow.question(token, scopes, client_ip, method, path, cost)
        return self.play(_flow.verify(asked, patience=self.patience))

    def verify_many(self, questions: Iterable[Question | str]) -> list[Answer]:
        """
        The answers in the order of the questions: all of them, or a KeyfobError. A token alone
        asks whether it is good at all.
        """
        return self.play(_flow.verify_many(_flow.questions(questions), patience=self.patience))

    def play(self, flow: Flow[T]) -> T:
        """Send what the flow wants sent, until it returns."""
        if self.stand_in is not None and self._is_on_the_network:
            return self.stand_in.play(flow)
        try:
            send = next(flow)
            while True:
                send = flow.send(self._post(send))
        except StopIteration as done:
            return cast("T", done.value)

    def _post(self, send: Send) -> Outcome:
        if send.after:
            time.sleep(send.after)
        try:
            return _reply(self._http.post(send.path, content=send.body))
        except (httpx2.RequestError, UnicodeError) as error:
            return _no_reply(error)

    def close(self) -> None:
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient(_Settings):
    """The same as `Client` for asyncio: `await` its questions, use it in an `async with`."""

    stand_in: ClassVar["AsyncClient | None"] = None

    def __init__(
        self,
        *,
        server: str | None = None,
        token: str | None = None,
        timeout: float = TIMEOUT,
        patience: float = 0,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(server, token, patience)
        self._is_on_the_network = transport is None
        self._http = httpx2.AsyncClient(
            base_url=self._server,
            headers=self._headers,
            timeout=timeout,
            limits=LIMITS,
            verify=ssl_context or True,
            transport=transport,
        )

    async def verify(
        self,
        token: str,
        *,
        scopes: str | Iterable[str] = (),
        client_ip: str = "",
        method: str = "",
        path: str = "",
        cost: int = 1,
    ) -> Answer:
        """See `Client.verify`."""
        asked = _flow.question(token, scopes, client_ip, method, path, cost)
        return await self.play(_flow.verify(asked, patience=self.patience))

    async def verify_many(self, questions: Iterable[Question | str]) -> list[Answer]:
        """See `Client.verify_many`."""
        asked = _flow.questions(questions)
        return await self.play(_flow.verify_many(asked, patience=self.patience))

    async def play(self, flow: Flow[T]) -> T:
        """Send what the flow wants sent, until it returns."""
        if self.stand_in is not None and self._is_on_the_network:
            return await self.stand_in.play(flow)
        try:
            send = next(flow)
            while True:
                send = flow.send(await self._post(send))
        except StopIteration as done:
            return cast("T", done.value)

    async def _post(self, send: Send) -> Outcome:
        if send.after:
            await asyncio.sleep(send.after)
        try:
            return _reply(await self._http.post(send.path, content=send.body))
        except (httpx2.RequestError, UnicodeError) as error:
            return _no_reply(error)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def _reply(response: httpx2.Response) -> Reply:
    return Reply(response.status_code, dict(response.headers), response.content)


def _no_reply(error: Exception) -> NoReply:
    """Unicode: a name that DNS cannot have."""
    if isinstance(error, httpx2.TimeoutException):
        return NoReply("Keyfob did not answer in time")
    why = f"Keyfob cannot be reached: {error or type(error).__name__}"
    return NoReply(why, is_broken=isinstance(error, _BROKEN))


def _address(text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text.strip())
    except httpx2.InvalidURL:
        url = httpx2.URL()
    has_more = bool(url.userinfo or url.query or url.fragment)
    if not text.strip():
        raise Misconfigured("no server is named: give it as an argument or in KEYFOB_SERVER")
    if url.scheme not in {"http", "https"} or not url.host or has_more:
        raise Misconfigured(
            "the server must look like https://keyfob.example.com, without a name, a password or "
            "a query: give it as an argument or in KEYFOB_SERVER"
        )
    return url


def _own(text: str) -> str:
    parsed = parse(text.strip())
    if parsed is None:
        raise Misconfigured(
            "the token of your own account is not there, or not whole: give it as an argument or "
            "in KEYFOB_TOKEN"
        )
    return parsed.text
