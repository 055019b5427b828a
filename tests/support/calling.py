"""A client of a server: it counts its connections; no answer may end one (contract 1.1)."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from support.server import TLS
from support.wire import Listening, Wire

PEER = "203.0.113.7"


@dataclass
class Connections:
    """
    Counts what a client opened, and the most requests that it had under way at once: as many
    connections are enough for a server that closes none.
    """

    opened: int = 0
    at_once: int = 0
    under_way: int = 0

    async def step(self, event: str, _: object) -> None:
        self.opened += event == "connection.connect_tcp.complete"

    async def asked(self, request: httpx2.Request) -> None:
        request.extensions["trace"] = self.step
        self.under_way += 1
        self.at_once = max(self.at_once, self.under_way)

    async def answered(self, _: httpx2.Response) -> None:
        self.under_way -= 1


@dataclass
class Caller:
    """Speaks through a proxy that is trusted, as the address PEER, unless opened for another."""

    server: Listening
    http: httpx2.AsyncClient
    connections: Connections

    async def ask(
        self, method: str, path: str, token: str | None = None, **more: Any
    ) -> httpx2.Response:
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["X-API-TOKEN"] = token
        # A whole address: of "//v2/whoami" alone the client takes "v2" for the host.
        url = f"http://127.0.0.1:{self.server.port}{path}"
        return await self.http.request(method, url, headers=headers, **more)

    async def ask_raw(
        self, method: str, path: str, token: str, body: Any = None
    ) -> httpx2.Response:
        """With a token that the client refuses to send; its connection, too, has to go on."""
        sent = b"" if body is None else json.dumps(body).encode()

        def ask() -> httpx2.Response:
            with Wire(self.server) as wire:
                answer = wire.ask(method, path, token, sent, X_Forwarded_For=PEER)
                assert wire.ask("GET", "/healthz").status == 200
            return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)

        return await asyncio.to_thread(ask)


@asynccontextmanager
async def calling(server: Listening, *, peer: str = PEER) -> AsyncGenerator[Caller]:
    """As many connections as requests at once are enough for a server that closes none."""
    connections = Connections()
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}",
        headers={"X-Forwarded-For": peer},
        event_hooks={"request": [connections.asked], "response": [connections.answered]},
        timeout=60,
        verify=TLS,
    ) as http:
        yield Caller(server, http, connections)
    assert connections.opened <= connections.at_once, connections


def error_of(answer: httpx2.Response) -> dict[str, Any]:
    """The body, if it is the one error shape; else fail."""
    body = answer.json()
    kept = {"errorCode": str, "message": str, "requestId": str, "parameters": dict}
    for name, kind in kept.items():
        assert isinstance(body[name], kind), (name, body)
    assert set(body) - set(kept) == ({"code"} if answer.status_code in {401, 403} else set()), body
    assert body.get("code", answer.status_code) == answer.status_code
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"] == body["requestId"]
    return body
