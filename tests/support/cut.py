"""A line to PostgreSQL that breaks at a commit: whether it was done, the client is not told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import make_url


class Cut(Enum):
    NEVER = auto()
    BEFORE = auto()  # PostgreSQL does not get to hear of the commit
    AFTER = auto()  # it does it, and its word is lost


@dataclass
class Line:
    """`url` is the database through it. It breaks once, at the next commit, as `cut` says."""

    target: str
    cut: Cut = Cut.NEVER
    url: str = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, target: str) -> AsyncGenerator["Line"]:
        line = cls(target)
        server = await asyncio.start_server(line._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = make_url(target).set(host="127.0.0.1", port=port, query={})
        line.url = url.render_as_string(hide_password=False)
        yield line
        server.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        url = make_url(self.target)
        host, port = url.query.get("host") or url.host, url.port or 5432
        assert isinstance(host, str)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(Path(host) / f".s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _serve(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far_in, far_out = await self._connect()
        back = asyncio.create_task(self._answers(far_in, near_out))
        while data := await near_in.read(1 << 16):
            if self.cut is not Cut.NEVER and b"COMMIT;" in data:
                cut, self.cut = self.cut, Cut.NEVER
                back.cancel()
                await asyncio.wait([back])
                if cut is Cut.AFTER:
                    far_out.write(data)
                    assert b"COMMIT" in await far_in.read(1 << 16)
                break
            far_out.write(data)
        back.cancel()
        for each in (near_out, far_out):
            each.transport.abort()

    async def _answers(self, far_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        while data := await far_in.read(1 << 16):
            near_out.write(data)
        near_out.close()
