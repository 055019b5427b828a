"""The gate on `PORT`: a bare ASGI application before the one with the framework."""

import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, Final

from keyfob.edge import MOST_BODY
from keyfob.gate.answers import Answer, Gate, Request
from keyfob.verification import Running, Unread

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# With the method that is answered here. Whatever is spelt otherwise goes the long way round.
_OURS: Final = {"/auth": "GET", "/v1/verify": "POST", "/v1/verify/batch": "POST"}


class Front:
    """
    Answers by itself what is whole with its first message; all else is the application's, which
    says the same of it, and knows how to wait for a slow body.
    """

    def __init__(self, app: App, gate: Callable[[], Gate], running: Callable[[], Running]) -> None:
        self._app = app
        self._gate = gate
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _OURS.get(scope["path"]) != scope["method"]:
            await self._app(scope, receive, send)
            return
        first = await receive()
        is_whole = first["type"] == "http.request" and not first.get("more_body")
        if not is_whole or len(first.get("body", b"")) > MOST_BODY:
            await self._app(scope, _again(first, receive), send)
            return
        answer = await self._answer(scope, first.get("body", b""))
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": split(answer.head)}
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, body: bytes) -> Answer:
        gate = self._gate()
        client = scope["client"]
        request = Request(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=scope["headers"],
            body=body,
            peer=client[0] if client else "",
            running=self._running(),
        )
        try:
            return gate.at_once(request)
        except Unread:
            return await gate.answer(request)
        except Exception:  # noqa: BLE001 -- a bug: logged there, with its trace
            return gate.broken(traceback.format_exc())


@lru_cache(maxsize=1024)
def split(head: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Lines as pairs of name and value."""
    pairs = (line.partition(b": ") for line in head.split(b"\r\n") if line)
    return tuple((name, value) for name, _, value in pairs)


def _again(first: MutableMapping[str, Any], receive: Receive) -> Receive:
    """As `receive`, with the message that was taken out in its place."""
    taken = [first]

    async def next_message() -> MutableMapping[str, Any]:
        return taken.pop() if taken else await receive()

    return next_message
