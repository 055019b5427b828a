"""Heads: what a request's has to be, beyond what the parser insists on; how an answer's begins."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import httptools

from keyfob.gate.refusals import MOST_HEAD, MOST_HEADERS

Headers = Sequence[tuple[bytes, bytes]]

# A head that names none of these but its host, once, needs no closer look.
HOST: Final = b"host"
_CODING: Final = b"transfer-encoding"
_EXPECT: Final = b"expect"
TELLING: Final = frozenset({HOST, b"connection", _CODING, _EXPECT})


STATUS: Final = {
    int(status): f"HTTP/1.1 {int(status)} {status.phrase}\r\n".encode() for status in HTTPStatus
}
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


def is_too_long(url: bytes, headers: Headers) -> bool:
    """With what stands between names, values and lines."""
    length = len(url) + sum(len(name) + len(value) + 4 for name, value in headers)
    return length > MOST_HEAD or len(headers) > MOST_HEADERS


def is_sound(version: str, headers: Headers) -> bool:
    """
    Whether every reader in between sees the same request: one host, a body that ends where all
    think it does, and a version that has headers at all (RFC 9112, 3.2 and 6.1).
    """
    hosts = sum(name == HOST for name, _ in headers)
    codings = [value.strip().lower() for name, value in headers if name == _CODING]
    if version == "1.0":
        return hosts <= 1 and not codings
    return version == "1.1" and hosts == 1 and codings in ([], [b"chunked"])


def wants_to_be_asked(version: str, headers: Headers) -> bool:
    """Whether the sender waits for our word before it sends the body (RFC 9110, 10.1.1)."""
    return version == "1.1" and any(
        name == _EXPECT and value.strip().lower() == b"100-continue" for name, value in headers
    )


def without_offer(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """The same head for a parser that would stop where another protocol is offered."""
    kept = [b"%b: %b\r\n" % header for header in headers if header[0] != b"upgrade"]
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version.encode(), b"".join(kept))


USUAL: Final = {
    path.encode(): (path, "") for path in ("/auth", "/v1/verify", "/v1/verify/batch", "/healthz")
}


def target(url: bytes) -> tuple[str, str]:
    """
    Path and query; of a whole URL as well, as proxies send it (RFC 9112, 3.2.2).

    Raise ValueError or httptools' HttpParserInvalidURLError for what is neither.
    """
    if not url.startswith(b"/"):
        if not url.lower().startswith((b"http://", b"https://")):
            raise ValueError("not an address of HTTP")
        parsed = httptools.parse_url(url)
        url = (parsed.path or b"/") + (b"?" + parsed.query if parsed.query else b"")
    path, _, query = url.decode("latin-1").partition("?")
    return path, query
