"""HTTP before it is a request: a head is bounded in size and time, a refusal is JSON like any."""

from asyncio import TimerHandle, Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from keyfob.cli.together import Together
from keyfob.gate.refusals import (
    HEAD_SECONDS,
    MOST_HEAD,
    MOST_HEADERS,
    NOT_HTTP,
    TOO_LONG,
    TOO_SLOW,
    Refusal,
)


class HeadTooLong(Exception):
    pass


class BoundedProtocol(HttpToolsProtocol):
    """
    uvicorn bounds neither a head's size nor its time: whoever sends one that never ends would
    fill the memory, or hold a connection for good.

    `_unread` are bytes since the parser got to anything, whatever it is that does not end.
    """

    _unread = 0
    _head = 0
    _in_head = False
    _in_message = False
    _clock: TimerHandle | None = None
    _refusal = NOT_HTTP

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- as uvicorn has it
        super().connection_made(cast("Transport", Together(transport)))
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MOST_HEAD:
            self._refuse(TOO_LONG)
        elif self._clock is None and (self._in_head or (self._unread and not self._in_message)):
            self._clock = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)

    def on_message_begin(self) -> None:
        self._unread = self._head = 0
        self._in_head = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)  # the colon, a space and the line's end
        super().on_header(name, value)
        if len(self.headers) > MOST_HEADERS:
            self._count(MOST_HEAD)

    def on_headers_complete(self) -> None:
        self._unread = 0
        self._in_head, self._in_message = False, True
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread = 0
        self._in_message = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """uvicorn reads on after each answer, however many requests wait for theirs already."""
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()

    def shutdown(self) -> None:
        """A stream of events never ends by itself: nobody waits for it. Browsers come back."""
        cycle: Any = self.cycle
        if cycle is not None and cycle.scope["state"].get("endless"):
            self.transport.close()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- uvicorn's words for it
        """What uvicorn calls when the parser, or one of the rules above, gave up."""
        self._refuse(self._refusal)

    def _count(self, length: int) -> None:
        """Raise HeadTooLong: headers after a chunked body are counted with those before it."""
        self._head += length
        if self._head > MOST_HEAD:
            self._refusal = TOO_LONG
            raise HeadTooLong

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _owes_an_answer(self) -> bool:
        """Whether an earlier request is whole, or its answer begun: nothing may come between."""
        cycle: Any = self.cycle
        return (
            cycle is not None
            and not cycle.response_complete
            and (cycle.response_started or not cycle.more_body)
        )

    def _refuse(self, refusal: Refusal) -> None:
        """The connection ends with it, and without a word where that could be misread."""
        if self.transport.is_closing():
            return
        if not self._owes_an_answer():
            self.transport.write(refusal.answer(self.client[0] if self.client else ""))
        self.transport.close()
