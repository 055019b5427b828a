"""HTTP/1.1 on the gate's own port: one connection, over the parser of httptools. Strict."""

import asyncio
import traceback
from asyncio import Task, Transport
from collections import deque
from typing import Final

import httptools

from keyfob.edge import BODY_SECONDS, MOST_BATCH, MOST_BODY, too_large, too_slow
from keyfob.errors import KeyfobError
from keyfob.gate import head
from keyfob.gate.answers import Answer, Request
from keyfob.gate.connections import Connections
from keyfob.gate.patience import MOST_IGNORED, MOST_WAITING, Waits
from keyfob.gate.refusals import MOST_HEAD, MOST_HEADERS, NOT_HTTP, TOO_LONG, TOO_SLOW, Refusal
from keyfob.verification import Unread

_BATCH: Final = b"/v1/verify/batch"
_PLAIN: Final = [head.HOST]


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
        self._arrived = self._at_begin = 0  # bytes of the last read; of the one it began in
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._telling: list[bytes] = []
        self._declined = b""  # a head that offers another protocol, without that
        self._head = self._headers  # once it is whole: what comes after the body is no part of it
        self._body: list[bytes] = []
        self._length = 0
        self._too_large: KeyfobError | None = None
        self._queue: deque[tuple[Request, bool]] = deque()
        self._task: Task[None] | None = None
        self._out: list[bytes] = []
        self._last = b""  # a refusal, for when all before it is answered
        self._refusal = NOT_HTTP
        self._is_over = False  # nothing more is read
        self._is_cut = False  # though the other side may still be sending
        self._is_full = False

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- as asyncio's own documentation has it
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if peer else ""  # none on a Unix socket
        self._all.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        self._all.closed(self)
        self._is_over = True
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._arrived = len(data)
        self._unread += self._arrived
        if self._is_over:
            if self._unread > MOST_IGNORED:
                self._transport.abort()
            return
        self._feed(data)
        if self._unread > MOST_HEAD:
            self._refuse(TOO_LONG)
        self._all.flush_soon(self)

    def _feed(self, data: bytes) -> None:
        """
        Another protocol, when offered, is declined (RFC 9110, 7.8). The parser stops at an offer,
        before the body; another one gets the head without it, and what follows.
        """
        pieces: list[bytes | memoryview] = [data]
        while pieces:
            piece = pieces.pop()
            try:
                self._parser.feed_data(piece)
            except httptools.HttpParserUpgrade as offer:
                self._parser = httptools.HttpRequestParser(self)
                pieces += memoryview(piece)[offer.args[0] :], self._declined
                self._declined = b""
            except httptools.HttpParserError:
                self._refuse(self._refusal)
                return

    def eof_received(self) -> bool:
        """Answer what is whole, then close. TLS has no half of a connection."""
        self._is_over = True
        return self._task is not None and self._transport.can_write_eof()

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
        self._at_begin = self._arrived
        self._waits = Waits.HEAD
        self._since = self._all.tick

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in head.TELLING:
            self._telling.append(name)
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        is_long = self._unread + self._at_begin > MOST_HEAD or len(self._headers) > MOST_HEADERS
        if is_long and head.is_too_long(self._url, self._headers):
            self._give_up(TOO_LONG)
        # Alive without a word about the connection: only HTTP/1.1 is, and its version is dear.
        is_plain = self._telling == _PLAIN and self._parser.should_keep_alive()
        if not is_plain or self._parser.should_upgrade():
            self._look_closer()
        self._head, self._headers = self._headers, []
        self._telling.clear()
        self._unread = 0
        self._waits = Waits.BODY
        self._since = self._all.tick

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        self._length += len(body)
        most = MOST_BATCH if _BATCH in self._url else MOST_BODY
        if self._length <= most:
            self._body.append(body)
        elif self._too_large is None:
            self._too_large = too_large(most)
            self._body.clear()
            self._is_cut = True
            self._complete(keep=False)  # nobody has to send the rest
            self._is_over = True

    def on_message_complete(self) -> None:
        if self._declined:
            self._url = b""
            return
        if self._headers:
            self._drop_trailers()
        self._unread = 0
        self._waits = Waits.REQUEST
        self._since = self._all.tick
        if not self._is_over:
            self._complete(keep=self._parser.should_keep_alive() and not self._all.stopping)

    # What becomes of a request.

    def _look_closer(self) -> None:
        version, method = self._parser.get_http_version(), self._parser.get_method()
        if method == b"CONNECT" or not head.is_sound(version, self._headers):
            self._give_up(NOT_HTTP)
        if self._parser.should_upgrade():
            self._declined = head.without_offer(method, self._url, version, self._headers)
            return
        # Behind another request it would look like a word about that one.
        is_first = self._task is None and not self._queue and not self._is_over
        if is_first and head.wants_to_be_asked(version, self._headers):
            self._out.append(head.CONTINUE)

    def _drop_trailers(self) -> None:
        """Nobody in between has checked or added to them as to headers (RFC 9110, 6.5.1)."""
        if head.is_too_long(b"", self._headers):
            self._give_up(TOO_LONG)
        self._headers.clear()
        self._telling.clear()

    def _complete(self, *, keep: bool) -> None:
        method = self._parser.get_method().decode("ascii")
        path, query = head.USUAL.get(self._url) or head.target(self._url)
        body = self._too_large or b"".join(self._body)
        request = Request(method, path, query, self._head, body, self._peer)
        self._url, self._length = b"", 0
        if self._body:
            self._body = []
        if self._task is None and not self._queue:
            self._respond(request, keep=keep)
            return
        self._queue.append((request, keep))
        if len(self._queue) > MOST_WAITING:
            self._transport.pause_reading()

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
        self.flush()
        if self._all.stopping:
            self.finish()

    def _write(self, answer: Answer, method: str, *, keep: bool) -> None:
        close = b"" if keep else b"connection: close\r\n"
        body = b"" if method == "HEAD" else answer.body
        self._out += (head.STATUS[answer.status], self._all.date, answer.head, close, b"\r\n", body)
        if not keep:
            self._is_over = True
            self._queue.clear()
            self._last = b""

    def flush(self) -> None:
        """Send what is said so far."""
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
            self._out.clear()
        if self._is_over and self._task is None and not self._queue:
            self._leave()

    def _leave(self) -> None:
        if self._last and not self._transport.is_closing():
            self._transport.write(self._last)
        self._last = b""
        if self._is_cut and self._transport.can_write_eof():
            self._waits, self._since = Waits.FAREWELL, self._all.tick
            self._transport.write_eof()
        else:
            self._transport.close()

    def _give_up(self, refusal: Refusal) -> None:
        """From inside the parser: what it raises then is seen where it was fed."""
        self._refusal = refusal
        raise ValueError(refusal.code)

    def _refuse(self, refusal: Refusal) -> None:
        if not self._is_over:
            self._is_over = self._is_cut = True
            self._last = refusal.answer(self._peer)

    # What the listener calls.

    def look_at_the_clock(self) -> None:
        """Once a second: whoever is too slow has to go."""
        if self._task is not None or self._all.tick - self._since <= self._waits:
            return
        if self._is_full or self._transport.is_closing():
            self._transport.abort()  # it does not even read
            return
        match self._waits:
            case Waits.REQUEST | Waits.FAREWELL:
                self._transport.close()
            case Waits.HEAD:
                self._refuse(TOO_SLOW)
                self.flush()
            case Waits.BODY:
                self._is_cut = True
                self._write(self._all.gate.refuse(too_slow(BODY_SECONDS)), "", keep=False)
                self.flush()

    def finish(self) -> None:
        """The server stops: at once when nothing is being asked, else after the answer."""
        if self._waits in {Waits.REQUEST, Waits.FAREWELL} and self._task is None:
            self._is_over, self._is_cut = True, False
            self.flush()

    def abort(self) -> None:
        self._transport.abort()
