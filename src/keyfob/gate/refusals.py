"""What is said of bytes that never became a request: in the one shape of errors, and logged."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import structlog

from keyfob import problems

MOST_HEAD: Final = 64 * 1024  # bytes: the first line and all headers
MOST_HEADERS: Final = 100
HEAD_SECONDS: Final = 15  # until a head that has begun is whole

log = structlog.get_logger("keyfob")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody is asked. `code` is listed in docs/errors.md."""

    status: HTTPStatus
    code: str
    message: str

    def answer(self, ip: str) -> bytes:
        """The whole of it, as it goes over the wire; the connection ends with it."""
        request_id = str(uuid4())
        body = json.dumps(problems.body(self.status, self.code, self.message, request_id, {}))
        log.info(
            "refused before it was a request",
            code=self.code,
            status=int(self.status),
            ip=ip,
            request_id=request_id,
        )
        head = (
            f"HTTP/1.1 {int(self.status)} {self.status.phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
            "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff",
            f"X-Request-Id: {request_id}",
        )
        return "\r\n".join([*head, "", body]).encode()


NOT_HTTP: Final = Refusal(
    HTTPStatus.BAD_REQUEST, "request/NOT_HTTP", "This is not an HTTP request."
)
TOO_LONG: Final = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "request/HEAD_TOO_LARGE",
    f"The address and the headers may have at most {MOST_HEAD} bytes, in {MOST_HEADERS} headers.",
)
TOO_SLOW: Final = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "request/HEAD_TOO_SLOW",
    f"The headers did not arrive within {HEAD_SECONDS} seconds.",
)
