"""The whole server in the test's own process, on a database that the test can look into."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import httpx2
import uvicorn
from fastapi import FastAPI
from sqlalchemy import MetaData

from keyfob.app import create_app
from keyfob.cli.server import http_settings
from keyfob.config import load
from keyfob.db import Clock
from keyfob.db.schema import metadata
from keyfob.tokens import mint
from keyfob.verification import usage
from support.house import House
from support.server import TLS
from support.wire import Wire

PEER = "203.0.113.7"
HERE = ("127.0.0.1/32",)


class Server(uvicorn.Server):
    """As `keyfob serve` sets it up, in the test's own loop: no signals, no ticking."""

    async def __aenter__(self) -> Self:
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        self.socket = socket.create_server(("127.0.0.1", 0))
        await self.startup(sockets=[self.socket])
        return self

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aexit__(self, *_: object) -> None:
        for listening in self.servers:
            listening.close()
        await self.lifespan.shutdown()
        assert not self.lifespan.should_exit, "uvicorn logs what went wrong, and goes on"


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
class Door:
    """
    `http` reaches the application over a socket, through a proxy that is trusted, as the address
    PEER, unless it is opened for another. No answer may end its connection (contract 1.1): every
    test counts them. `asgi` is the application itself, for what no client of HTTP would send.
    """

    server: Server
    app: FastAPI
    house: House
    http: httpx2.AsyncClient
    connections: Connections
    asgi: Any

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, database_url: str, clock: Clock, *, peer: str = PEER, **settings: Any
    ) -> AsyncGenerator["Door"]:
        given = {"data_dir": folder, "database_url": database_url or None, "trusted_proxies": HERE}
        config = load(environ={}, options=given | settings)
        edge = create_app(config, clock=clock)
        app = behind(edge)
        connections = Connections()
        with patch.object(usage, "WRITE_EVERY", 3600):  # a test that compares dumps writes alone
            async with (
                Server(http_settings(edge)) as server,
                httpx2.AsyncClient(
                    base_url=server.url,
                    headers={"X-Forwarded-For": peer},
                    event_hooks={
                        "request": [connections.asked],
                        "response": [connections.answered],
                    },
                    timeout=60,
                    verify=TLS,
                ) as http,
            ):
                state = app.state
                house = House(config, state.db, state.instance, state.lookup)
                yield cls(server, app, house, http, connections, edge)
            assert connections.opened <= connections.at_once, connections

    async def ask(
        self, method: str, path: str, token: str | None = None, **more: Any
    ) -> httpx2.Response:
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["X-API-TOKEN"] = token
        # A whole address: of "//v2/whoami" alone the client takes "v2" for the host.
        url = self.server.url + path
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

    async def dump(self, tables: MetaData = metadata) -> dict[str, list[str]]:
        """Every row of every table but counts of use: equal dumps, nothing changed."""
        async with self.house.reader() as conn:
            return {
                table.name: sorted(repr(tuple(row)) for row in await conn.execute(table.select()))
                for table in tables.sorted_tables
                if not table.name.startswith("usage_")
            }

    def stranger(self) -> str:
        """A token that is well formed and was given to nobody."""
        return str(mint(self.house.instance.token_brand, "api"))


def behind(app: Any) -> FastAPI:
    """The application of the framework, inside what goes around it: its state, its routes."""
    while not isinstance(app, FastAPI):
        app = app._app  # noqa: SLF001 -- as said
    return app


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
