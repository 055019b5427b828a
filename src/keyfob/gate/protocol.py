"""HTTP/1.1 on the gate's own port: one connection, over the parser of httptools. Strict."""

import asyncio
import traceback
from asyncio import Task, Transport
from collections import deque
from enum import IntEnum
from http import HTTPStatus
from typing import Final

import httptools

from keyfob.edge import BODY_SECONDS, MOST_BATCH, MOST_BODY, too_large, too_slow
from keyfob.errors import KeyfobError
from keyfob.gate.answers import Answer, Gate, Request
from keyfob.gate.refusals import (
    HEAD_SECONDS,
    MOST_HEAD,
    MOST_HEADERS,
    NOT_HTTP,
    TOO_LONG,
    TOO_SLOW,
    Refusal,
)
from keyfob.verification import Unread

IDLE_SECONDS: Final = 75  # that a connection without a request is kept
MOST_WAITING: Final = 64  # requests that came before the answer to an earlier one

_STATUS: Final = {
    int(status): f"HTTP/1.1 {int(status)} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BATCH: Final = "/v1/verify/batch"


class Waits(IntEnum):
    """What a connection waits for."""

    REQUEST = IDLE_SECONDS
    HEAD = HEAD_SECONDS
    BODY = BODY_SECONDS


class Connections:
    """What all connections of a listener have in common. `tick` goes on once a second."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.open: set[GateProtocol] = set()
        self.all_closed = asyncio.Event()
        self.tick = 0
        self.date = b""
        self.stopping = False

    def closed(self, connection: "GateProtocol") -> None:
        self.open.discard(connection)
        if not self.open:
            self.all_closed.set()


class GateProtocol(asyncio.Protocol):
    """
    Answers leave in the order of the requests, many in one write when they came in one read.

    What is not HTTP, or more of it than any honest client sends, is refused, and the connection
    ends: nobody knows where the next request would begin.
    """

    def __init__(self, connections: Connections) -> None:
        self._all = connections
        self._parser = httptools.HttpRequestParser(self)
        self._waits = Waits.REQUEST
        self._since = connections.tick
        self._unread = 0  # bytes since the parser got to anything
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._length = 0
        self._too_large: KeyfobError | None = None
        self._queue: deque[tuple[Request, bool]] = deque()
        self._task: Task[None] | None = None
        self._out: list[bytes] = []
        self._last = b""  # a refusal, for when all before it is answered
        self._refusal = NOT_HTTP
        self._is_over = False
        self._is_full = False

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- as asyncio's own documentation has it
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if peer else ""  # none on a Unix socket
        self._all.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        self._all.closed(self)
        self._is_over = True
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        self._unread += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(self._refusal)
        else:
            if self._unread > MOST_HEAD and self._waits is not Waits.BODY:
                self._refuse(TOO_LONG)
        self._flush()

    def eof_received(self) -> bool:
        """Answer what is whole, then close."""
        self._is_over = True
        return self._task is not None

    def pause_writing(self) -> None:
        """Who does not read its answers gets no more of them: nothing is read until it does."""
        self._is_full = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._is_full = False
        self._since = self._all.tick
        if len(self._queue) <= MOST_WAITING:
            self._transport.resume_reading()

    # What the parser calls, in this order.

    def on_message_begin(self) -> None:
        self._unread = 0
        self._waits = Waits.HEAD
        self._since = self._all.tick

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._unread > MOST_HEAD or len(self._headers) > MOST_HEADERS:
            self._bound_head()
        self._unread = 0
        self._waits = Waits.BODY
        self._since = self._all.tick
        names = [name for name, _ in self._headers]
        if names.count(b"host") != 1 and self._parser.get_http_version() != "1.0":
            self._give_up(NOT_HTTP)
        if b"expect" in names and (b"expect", b"100-continue") in self._headers:
            self._out.append(_CONTINUE)
            self._flush()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        self._length += len(body)
        most = MOST_BATCH if self._url.startswith(_BATCH.encode()) else MOST_BODY
        if self._length <= most:
            self._body.append(body)
        elif self._too_large is None:
            self._too_large = too_large(most)
            self._body.clear()
            self._complete(keep=False)  # nobody has to send the rest
            self._is_over = True

    def on_message_complete(self) -> None:
        self._unread = 0
        self._waits = Waits.REQUEST
        self._since = self._all.tick
        if not self._is_over:
            self._complete(keep=self._parser.should_keep_alive() and not self._all.stopping)

    # What becomes of a request.

    def _bound_head(self) -> None:
        """Headers after a chunked body are counted with those before it."""
        length = len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)
        if length > MOST_HEAD or len(self._headers) > MOST_HEADERS:
            self._give_up(TOO_LONG)

    def _complete(self, *, keep: bool) -> None:
        if len(self._headers) > MOST_HEADERS:
            self._give_up(TOO_LONG)
        path, query = self._target()
        body = self._too_large or b"".join(self._body)
        method = self._parser.get_method().decode("ascii")
        request = Request(method, path, query, self._headers, body, self._peer)
        self._url, self._headers, self._length = b"", [], 0
        if self._body:
            self._body = []
        if self._task is None and not self._queue:
            self._respond(request, keep=keep)
            return
        self._queue.append((request, keep))
        if len(self._queue) > MOST_WAITING:
            self._transport.pause_reading()

    def _target(self) -> tuple[str, str]:
        """Path and query; of a whole URL as well, as proxies send it (RFC 9112, 3.2.2)."""
        url = self._url
        if not url.startswith(b"/"):
            parsed = httptools.parse_url(url)
            url = (parsed.path or b"/") + (b"?" + parsed.query if parsed.query else b"")
        path, _, query = url.decode("latin-1").partition("?")
        return path, query

    def _respond(self, request: Request, *, keep: bool) -> None:
        try:
            answer = self._all.gate.at_once(request)
        except Unread:
            self._task = asyncio.ensure_future(self._respond_later(request, keep=keep))
            return
        except Exception:  # noqa: BLE001 -- a bug: logged there, with its trace
            answer = self._all.gate.broken(traceback.format_exc())
        self._write(answer, request.method, keep=keep)

    async def _respond_later(self, request: Request, *, keep: bool) -> None:
        try:
            answer = await self._all.gate.answer(request)
        except Exception:  # noqa: BLE001 -- as above
            answer = self._all.gate.broken(traceback.format_exc())
        self._task = None
        self._write(answer, request.method, keep=keep)
        while self._queue and self._task is None:
            following, keep = self._queue.popleft()
            self._respond(following, keep=keep)
        if len(self._queue) <= MOST_WAITING and not self._is_full:
            self._transport.resume_reading()
        self._flush()

    def _write(self, answer: Answer, method: str, *, keep: bool) -> None:
        close = b"" if keep else b"connection: close\r\n"
        body = b"" if method == "HEAD" else answer.body
        self._out += (_STATUS[answer.status], self._all.date, answer.head, close, b"\r\n", body)
        if not keep:
            self._is_over = True
            self._queue.clear()

    def _flush(self) -> None:
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
            self._out.clear()
        if self._is_over and self._task is None and not self._queue:
            if self._last and not self._transport.is_closing():
                self._transport.write(self._last)
            self._last = b""
            self._transport.close()

    def _give_up(self, refusal: Refusal) -> None:
        """From inside the parser: what it raises then is seen where it was fed."""
        self._refusal = refusal
        raise ValueError(refusal.code)

    def _refuse(self, refusal: Refusal) -> None:
        if not self._is_over:
            self._is_over = True
            self._last = refusal.answer(self._peer)

    # What the listener calls.

    def look_at_the_clock(self) -> None:
        """Once a second: whoever is too slow has to go."""
        age = self._all.tick - self._since
        if self._task is not None or age <= self._waits:
            return
        if self._is_full or self._waits is Waits.REQUEST:
            self._transport.abort() if self._is_full else self._transport.close()
            return
        if self._waits is Waits.HEAD:
            self._refuse(TOO_SLOW)
        else:
            self._write(self._all.gate.refuse(too_slow(BODY_SECONDS)), "", keep=False)
        self._flush()

    def finish(self) -> None:
        """The server stops: at once when nothing is being asked, else after the answer."""
        if self._waits is Waits.REQUEST and self._task is None:
            self._is_over = True
            self._flush()

    def abort(self) -> None:
        self._transport.abort()
