"""
What happens to every request before a door sees it: its id, its origin, its log line; and what
all doors share: the rule of what is open, the bound on a body, and the status of each error.
"""

import asyncio
import re
import time
import traceback
from collections.abc import Callable, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keyfob import problems
from keyfob.actors import Origin
from keyfob.config import Config, Network
from keyfob.errors import Invalid, TooLarge, Unavailable

log = structlog.get_logger("keyfob")

LONGEST_AGENT: Final = 300  # characters
MOST_BODY: Final = 64 * 1024  # bytes
MOST_BATCH: Final = 1024 * 1024  # bytes: a thousand questions, with all that can be told
BODY_SECONDS: Final = 30  # until a body has to be there: a stopped one holds nothing for ever

_SLASHES: Final = re.compile(r"/{2,}")
_UNVERSIONED: Final = "/account-management/"  # an alias of old (contract 1.1)
_GET_FOR: Final = {"HEAD": "GET"}


class Open(StrEnum):
    """The rule of a route that answers whoever asks."""

    OPEN = "open"


async def bounded_body(
    request: Request, *, seconds: float = BODY_SECONDS, most: int = MOST_BODY
) -> bytes:
    """
    Raise TooLarge as soon as there are more bytes than any honest request needs, and Invalid for
    a body that is not whole when its time is up, or when its sender leaves.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _body(request, most)
    except TimeoutError:
        raise too_slow(seconds) from None
    except ClientDisconnect:
        raise Invalid("ended early", field="body", code="request/CUT_SHORT") from None


async def _body(request: Request, most: int) -> bytes:
    chunks: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > most:
            raise too_large(most)
        chunks.append(chunk)
    return b"".join(chunks)


def too_large(most: int) -> TooLarge:
    return TooLarge(
        f"A body may have at most {most} bytes.", code="request/TOO_LARGE", field="body"
    )


def too_slow(seconds: float) -> Invalid:
    return Invalid(
        f"did not arrive within {seconds} seconds", field="body", code="request/TOO_SLOW"
    )


def content_type(headers: Headers) -> str:
    """
    Without parameters; empty when there is none. Raise Invalid for two, even of the same. One of
    parameters alone names nothing, and is returned as it came.
    """
    named = headers.getlist("content-type")
    if len(named) > 1:
        raise Invalid("came twice", field="Content-Type")
    whole = "".join(named).strip()
    return whole.partition(";")[0].strip().lower() or whole


class Edge:
    """ASGI middleware around the whole application. `broken` is what a bug of ours looks like."""

    def __init__(
        self, app: ASGIApp, *, config: Config, broken: Callable[[Request], Response] | None = None
    ) -> None:
        self._app = app
        self._config = config
        self._broken = broken or internal_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = str(uuid4())
        method = scope["method"]
        # HEAD is GET without the body, at every address; the server needs its own scope unchanged.
        scope = {**scope, "path": tidy(scope["path"]), "method": _GET_FOR.get(method, method)}
        scope.setdefault("state", {}).update(
            origin=origin(scope, request_id, self._config.proxies), wants_body=method != "HEAD"
        )
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                message["headers"] = [*headers, *self._everywhere(scope, headers)]
            elif method == "HEAD":
                message["body"] = b""
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except asyncio.CancelledError:
            if status:
                raise
            await _stopping(Request(scope))(scope, receive, answer)
        except Exception:
            # Formatted here: some renderers print local variables, and those may be secrets.
            trace = traceback.format_exc()
            log.error(  # noqa: TRY400 -- as the comment says
                "request failed", request_id=request_id, path=scope["path"], trace=trace
            )
            if status:
                raise
            await self._broken(Request(scope))(scope, receive, answer)
        finally:
            log.info(
                "request",
                method=method,
                path=scope["path"],
                status=int(status),
                ms=round((time.perf_counter() - started) * 1000, 2),
                ip=scope["state"]["origin"].ip,
                request_id=request_id,
            )

    def _everywhere(
        self, scope: Scope, headers: Sequence[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        """Headers that every answer carries, unless a door chose its own."""
        chosen = {name.lower() for name, _ in headers}
        common = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cache-control", b"no-store"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        ]
        if _may_be_opened_by_others(scope):
            common.append((b"cross-origin-opener-policy", b"same-origin"))
        if self._config.is_https:
            common.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
        return [(name, value) for name, value in common if name not in chosen]


def internal_error(request: Request) -> JSONResponse:
    """A bug of ours."""
    told = problems.internal(request.state.origin.request_id)
    return JSONResponse(told.body, status_code=told.status)


def _stopping(request: Request) -> JSONResponse:
    """For what is not done when the server's time to stop is over: a body that never came."""
    message = "The server is being stopped; nothing is half done. Try again soon."
    error = Unavailable(message, code="server/STOPPING")
    told = problems.of(error, request.state.origin.request_id)
    headers = told.headers | {"Connection": "close"}
    return JSONResponse(told.body, status_code=told.status, headers=headers)


def tidy(path: str) -> str:
    """Repeated slashes are one, one at the end is none, and an old alias is what it stands for."""
    path = _SLASHES.sub("/", path).rstrip("/") or "/"
    return f"/v1{path}" if path.startswith(_UNVERSIONED) else path


def origin(scope: Scope, request_id: str, proxies: Sequence[Network]) -> Origin:
    """Where the request came from, for the audit trail and for address rules."""
    connection = HTTPConnection(scope)
    forwarded = ",".join(connection.headers.getlist("x-forwarded-for"))
    peer = connection.client.host if connection.client else ""
    return Origin(
        ip=client_ip(peer, forwarded, proxies),
        agent=connection.headers.get("user-agent", "")[:LONGEST_AGENT],
        request_id=request_id,
    )


def client_ip(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """
    The last address that is not one of our proxies, read from the right.

    Anybody can write the left end of `X-Forwarded-For`; only what a trusted proxy appended is
    believed. An entry that is no address ends the walk at the proxy that passed it on.
    """
    address = _address(peer)
    if address is None:
        return ""
    for entry in reversed(forwarded.split(",") if forwarded else []):
        if not any(address in network for network in proxies):
            break
        before = _address(entry.strip())
        if before is None:
            break
        address = before
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])  # a zone means nothing outside its host
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _may_be_opened_by_others(scope: Scope) -> bool:
    """
    Whether another site may hold the window in which this is shown (Fetch Metadata, section 2.3).
    A browser that cannot tell is cut off from it as well (docs/decisions/opener-policy.md).
    """
    return Headers(scope=scope).get("sec-fetch-site") not in {"none", "same-origin"}
