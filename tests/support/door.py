"""A server that is a process of its own, asked over its socket; a test may send work inside."""

import inspect
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle

from keyfob.db import Clock
from keyfob.tokens import mint
from support.calling import PEER, Caller, calling
from support.elsewhere import Elsewhere, Rooms
from support.house import House
from support.indoors import Indoors

Work = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Listening:
    port: int


@dataclass
class Door(Caller):
    """A caller that can send work into the server's process: `inside` runs it there."""

    elsewhere: Elsewhere
    is_sqlite: bool

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        elsewhere: Elsewhere,
        folder: Path,
        database_url: str,
        clock: Clock,
        *,
        peer: str = PEER,
        **settings: Any,
    ) -> AsyncGenerator["Door"]:
        port, is_sqlite = await elsewhere.do(Rooms.open, folder, database_url, clock, **settings)
        try:
            async with calling(Listening(port), peer=peer) as caller:
                yield cls(caller.server, caller.http, caller.connections, elsewhere, is_sqlite)
        finally:
            await elsewhere.do(Rooms.close)

    async def inside(self, work: Work, *args: Any, **more: Any) -> Any:
        """`await work(house, …)` in the server's process."""
        return await self.indoors(at_home, by_value(work), *args, **more)

    async def indoors(self, work: Work, *args: Any, **more: Any) -> Any:
        """`await work(indoors, …)` in the server's process."""
        return await self.elsewhere.do(in_the_room, by_value(work), *args, **more)

    @property
    def house(self) -> "There":
        return There(self)

    async def dump(self) -> dict[str, list[str]]:
        return await self.indoors(Indoors.dump)

    def stranger(self) -> str:
        """A token that is well formed and was given to nobody."""
        return str(mint("kf", "api"))


@dataclass(frozen=True)
class There:
    """The short cuts of the house, each done in the server's process."""

    door: Door

    def __getattr__(self, name: str) -> Work:
        return partial(self.door.inside, getattr(House, name))


async def in_the_room(rooms: Rooms, work: Work, *args: Any, **more: Any) -> Any:
    return await work(rooms.indoors, *args, **more)


async def at_home(indoors: Indoors, work: Work, *args: Any, **more: Any) -> Any:
    return await work(indoors.house, *args, **more)


def by_value(work: Work) -> Work:
    """A test's own module is not there to be imported: what is of it goes as it is."""
    module = sys.modules.get(inspect.unwrap(work).__module__)
    if module is not None and not module.__name__.startswith(("support.", "keyfob.")):
        cloudpickle.register_pickle_by_value(module)
    return work
