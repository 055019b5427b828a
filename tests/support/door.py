"""The whole server in the test's own process, on a database that the test can look into."""

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
from support.calling import PEER, Caller, calling
from support.house import House

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
class Door(Caller):
    """
    A caller that can look behind the door, too. `asgi` is the application itself, for what no
    client of HTTP would send.
    """

    server: Server
    app: FastAPI
    house: House
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
        with patch.object(usage, "WRITE_EVERY", 3600):  # a test that compares dumps writes alone
            async with (
                Server(http_settings(edge)) as server,
                calling(server, peer=peer) as caller,
            ):
                state = app.state
                house = House(config, state.db, state.instance, state.lookup)
                yield cls(server, caller.http, caller.connections, app, house, edge)

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
