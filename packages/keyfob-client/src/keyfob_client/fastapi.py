"""FastAPI: `Depends(Requires("logs:search"))` is the answer about the request's token."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

from fastapi import FastAPI, HTTPException, Request, Response, WebSocketException
from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.requests import HTTPConnection
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from keyfob_client import asgi
from keyfob_client._door import Denied, Door
from keyfob_client._rules import scopes_of
from keyfob_client.answers import Valid
from keyfob_client.client import AsyncClient

__all__ = ["Refusal", "Requires", "protect"]

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]
HEADER: Final = "X-API-TOKEN"


class Refusal(HTTPException):
    """
    What `Requires` raises: 400, 401, 403, 429 or 503. After `protect` its body is that of Keyfob's
    errors, before that it is the `detail` of FastAPI's.
    """

    def __init__(self, denied: Denied) -> None:
        framing = {"Content-Type", "Content-Length"}
        headers = {name: text for name, text in denied.headers.items() if name not in framing}
        super().__init__(denied.status, detail=denied.body, headers=headers)
        self.denied: Final = denied


@dataclass(frozen=True, slots=True)
class _Guard:
    client: AsyncClient
    door: Door


def protect(
    app: FastAPI,
    *,
    client: AsyncClient | None = None,
    trusted_proxies: Iterable[str] = (),
    kinds: Iterable[str] = ("api",),
) -> None:
    """
    Say for a whole application whom `Requires` asks, which networks (CIDR) it believes
    `X-Forwarded-For` of, and which kinds of tokens may pass at all. Without it that is the
    Keyfob of KEYFOB_SERVER and KEYFOB_TOKEN, no network, and API tokens.
    """
    guard = _Guard(client or AsyncClient(), Door(trusted_proxies=trusted_proxies, kinds=kinds))
    app.state.keyfob = guard
    app.add_exception_handler(Refusal, _answer)
    if client is None:
        app.router.lifespan_context = _closing(guard.client, app.router.lifespan_context)


class Requires(SecurityBase):
    """
    A dependency: the `Valid` answer about the request's token, which holds these scopes; else a
    Refusal. In the description it is the header X-API-TOKEN. Scopes of `Security` count as well.
    """

    def __init__(self, *scopes: str) -> None:
        self.model = APIKey(**cast("Any", {"in": APIKeyIn.header}), name=HEADER)
        self.scheme_name = "Keyfob"
        self._scopes = scopes_of(scopes)

    async def __call__(self, connection: HTTPConnection, wanted: SecurityScopes) -> Valid:
        guard = _guard_of(connection.app)
        flow = guard.door.admit(
            asgi.arrival(connection.scope),
            (*self._scopes, *wanted.scopes),
            patience=guard.client.patience,
        )
        match await guard.client.play(flow):
            case Valid() as valid:
                return valid
            case Denied() as denied if connection.scope["type"] == "websocket":
                raise WebSocketException(asgi.POLICY_VIOLATION, denied.message)
            case Denied() as denied:
                raise Refusal(denied)


def _guard_of(app: FastAPI) -> _Guard:
    """Made at the first request when the application was not protected before."""
    guard = getattr(app.state, "keyfob", None)
    if not isinstance(guard, _Guard):
        guard = app.state.keyfob = _Guard(AsyncClient(), Door())
    return guard


def _closing(client: AsyncClient, lifespan: Lifespan) -> Lifespan:
    @asynccontextmanager
    async def longer(app: Any) -> AsyncGenerator[Any]:
        async with client, lifespan(app) as state:
            yield state

    return longer


async def _answer(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    denied = error.denied
    return Response(denied.json, status_code=denied.status, headers=denied.headers)
