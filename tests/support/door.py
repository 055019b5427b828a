"""The whole application in the test's own process, on a database that the test can look into."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import MetaData

from keyfob.app import create_app
from keyfob.config import load
from keyfob.db import Clock
from keyfob.db.schema import metadata
from keyfob.tokens import mint
from support.house import House

PEER = "203.0.113.7"


@dataclass
class Door:
    """`http` reaches the application as the address PEER, unless it is opened for another."""

    app: FastAPI
    house: House
    http: httpx2.AsyncClient

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, database_url: str, clock: Clock, *, peer: str = PEER, **settings: Any
    ) -> AsyncGenerator["Door"]:
        config = load(
            environ={},
            options={"data_dir": folder, "database_url": database_url or None, **settings},
        )
        edge = create_app(config, clock=clock)
        app = behind(edge)
        transport = httpx2.ASGITransport(app=edge, client=(peer, 1234))
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://keyfob.test") as http,
        ):
            yield cls(app, House(config, app.state.db, app.state.instance, app.state.lookup), http)

    async def ask(
        self, method: str, path: str, token: str | None = None, **more: Any
    ) -> httpx2.Response:
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["X-API-TOKEN"] = token
        return await self.http.request(method, path, headers=headers, **more)

    async def dump(self, tables: MetaData = metadata) -> dict[str, list[str]]:
        """Every row of every table: equal dumps, nothing changed."""
        async with self.house.reader() as conn:
            return {
                table.name: sorted(repr(tuple(row)) for row in await conn.execute(table.select()))
                for table in tables.sorted_tables
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
