"""Middleware for any ASGI application: nobody passes without a token that Keyfob says is good."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from keyfob_client._door import Arrival, Denied, Door, RuledDoor
from keyfob_client._rules import OPEN, Open, Rules
from keyfob_client.answers import Valid
from keyfob_client.client import AsyncClient

__all__ = ["OPEN", "KeyfobMiddleware"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY_VIOLATION: Final = 1008  # why a WebSocket is closed; before it was accepted, that is a 403


class KeyfobMiddleware:
    """
    The application finds the `Valid` answer in `scope["state"]["keyfob"]` (in Starlette,
    `request.state.keyfob`); None where the rule is OPEN. WebSockets are asked for as well.

    `rules` and `kinds`: see `keyfob_client.wsgi`, they are the same. `client` is made from
    KEYFOB_SERVER and KEYFOB_TOKEN when left out, and then closed when the application ends.
    """

    def __init__(
        self,
        app: App,
        *,
        rules: Rules = (),
        trusted_proxies: Iterable[str] = (),
        kinds: Iterable[str] = ("api",),
        client: AsyncClient | None = None,
    ) -> None:
        self._app = app
        self._door = RuledDoor(rules, Door(trusted_proxies=trusted_proxies, kinds=kinds))
        self._client = client or AsyncClient()
        self._is_own = client is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            if self._is_own:
                await self._client.aclose()
            return
        flow = self._door.admit(arrival(scope), patience=self._client.patience)
        match await self._client.play(flow):
            case Denied() as denied:
                await _deny(denied, scope, receive, send)
            case Valid() as valid:
                await self._app(_with(scope, valid), receive, send)
            case Open.OPEN:
                await self._app(_with(scope, None), receive, send)


def arrival(scope: Scope) -> Arrival:
    client = scope.get("client")
    return Arrival(
        headers=[
            (name.decode("latin-1").lower(), text.decode("latin-1"))
            for name, text in scope["headers"]
        ],
        peer=client[0] if client else "",
        method=scope.get("method", "GET"),  # what opens a WebSocket is a GET
        path=scope["path"],
    )


def _with(scope: Scope, valid: Valid | None) -> Scope:
    return {**scope, "state": {**scope.get("state", {}), "keyfob": valid}}


async def _deny(denied: Denied, scope: Scope, receive: Receive, send: Send) -> None:
    prefix = "http"
    if scope["type"] == "websocket":
        await receive()  # the wish to connect
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        prefix = "websocket.http"
    headers = [(name.lower().encode(), text.encode()) for name, text in denied.headers.items()]
    start = {"type": f"{prefix}.response.start", "status": int(denied.status), "headers": headers}
    await send(start)
    await send({"type": f"{prefix}.response.body", "body": denied.json})
