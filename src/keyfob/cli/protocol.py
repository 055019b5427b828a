"""HTTP before it is a request: a head is bounded in size and time, a refusal is JSON like any."""

import json
from asyncio import TimerHandle, Transport
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD: Final = 64 * 1024  # bytes: the first line and all headers
MOST_LINES: Final = 100  # headers
HEAD_SECONDS: Final = 15  # until a head that has begun is whole

log = structlog.get_logger("keyfob")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no application is asked. `code` is listed in docs/errors.md."""

    status: HTTPStatus
    code: str
    message: str


NOT_HTTP: Final = Refusal(
    HTTPStatus.BAD_REQUEST, "request/NOT_HTTP", "This is not an HTTP request."
)
TOO_LONG: Final = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "request/HEAD_TOO_LARGE",
    f"The address and the headers may have at most {MOST_HEAD} bytes, in {MOST_LINES} headers.",
)
TOO_SLOW: Final = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "request/HEAD_TOO_SLOW",
    f"The headers did not arrive within {HEAD_SECONDS} seconds.",
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
    _in_message = False
    _clock: TimerHandle | None = None
    _refusal = NOT_HTTP

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- as uvicorn has it
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._in_message and self._clock is None:
            self._clock = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MOST_HEAD:
            self._refuse(TOO_LONG)

    def on_message_begin(self) -> None:
        self._unread = self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)  # the colon, a space and the line's end
        super().on_header(name, value)
        if len(self.headers) > MOST_LINES:
            self._count(MOST_HEAD)

    def on_headers_complete(self) -> None:
        self._unread = 0
        self._in_message = True
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread = 0
        self._in_message = False
        super().on_message_complete()

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
            self.transport.write(_answer(refusal, self.client))
        self.transport.close()


def _answer(refusal: Refusal, client: tuple[str, int] | None) -> bytes:
    """In the one shape of errors, logged like any."""
    request_id = str(uuid4())
    body = json.dumps(
        {
            "errorCode": refusal.code,
            "message": refusal.message,
            "requestId": request_id,
            "parameters": {},
        }
    )
    log.info(
        "refused before it was a request",
        code=refusal.code,
        status=int(refusal.status),
        ip=client[0] if client else "",
        request_id=request_id,
    )
    head = (
        f"HTTP/1.1 {int(refusal.status)} {refusal.status.phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {request_id}",
    )
    return "\r\n".join([*head, "", body]).encode()
