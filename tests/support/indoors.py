"""The whole server in the test's own process, on a database that the test can look into."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import uvicorn
from fastapi import FastAPI

from keyfob.app import create_app
from keyfob.cli.server import http_settings
from keyfob.config import load
from keyfob.db import Clock
from keyfob.db.schema import metadata
from keyfob.verification import usage
from support.calling import PEER, Caller, calling
from support.house import House
from support.statements import Sent, Statements

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
class Indoors(Caller):
    """
    A caller that can look behind the door, too. `asgi` is the application itself, for what no
    client of HTTP would send.
    """

    server: Server
    app: FastAPI
    house: House
    asgi: Any
    statements: Statements = field(init=False)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, database_url: str, clock: Clock, *, peer: str = PEER, **settings: Any
    ) -> AsyncGenerator["Indoors"]:
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

    async def listen(self) -> None:
        """To what is sent to the database, from now on."""
        self.statements = Statements(self.house.db)

    async def heard(self) -> Sent:
        return self.statements.sent()

    async def write_usage(self) -> None:
        """What is counted in memory; nothing else writes it down here."""
        await self.app.state.usage.write(self.house.db)

    async def dump(self) -> dict[str, list[str]]:
        """Every row of every table but counts of use: equal dumps, nothing changed."""
        async with self.house.reader() as conn:
            return {
                table.name: sorted(repr(tuple(row)) for row in await conn.execute(table.select()))
                for table in metadata.sorted_tables
                if not table.name.startswith("usage_")
            }


def behind(app: Any) -> FastAPI:
    """The application of the framework, inside what goes around it: its state, its routes."""
    while not isinstance(app, FastAPI):
        app = app._app  # noqa: SLF001 -- what surrounds it has no other way in
    return app
