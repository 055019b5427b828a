"""A process beside the test's: it runs the server, and what a test sends it to do there."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

import anyio
import cloudpickle

from support.indoors import Indoors

SEEN = (str(Path(__file__).parents[1]), str(Path(__file__).parents[2]))  # tests, and their root


class Elsewhere:
    """
    Its life is that of the tests' own process; servers open and close in it, one at a time. What
    is sent is a coroutine function, a closure too, with its arguments; what it gives comes back.
    What the process prints goes to `log`.
    """

    def __init__(self, log: Path) -> None:
        mine, its = socket.socketpair()
        self.log = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.elsewhere", str(its.fileno())],
            pass_fds=[its.fileno()], stdout=self.log, stderr=self.log,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(SEEN)},
        )  # fmt: skip
        its.close()
        self.connection = Connection(mine.detach())
        self.order = threading.Lock()

    async def do(self, work: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
        """`await work(rooms, …)` there; what is raised there, fails here with its traceback."""
        sent = cloudpickle.dumps((work, args, more))
        done, said = cloudpickle.loads(await asyncio.to_thread(self._exchanged, sent))
        assert done, said
        return said

    def _exchanged(self, sent: bytes) -> bytes:
        with self.order:
            self.connection.send_bytes(sent)
            return self.connection.recv_bytes()

    def end(self) -> int:
        """Return the exit code."""
        self.connection.close()
        code = self.process.wait(timeout=30)
        self.log.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.end() == 0, Path(self.log.name).read_text()


class Rooms:
    """In the process: the server that is open, if one is."""

    def __init__(self) -> None:
        self.stack = AsyncExitStack()
        self.indoors: Indoors | None = None

    async def open(self, *args: Any, **settings: Any) -> tuple[int, bool]:
        """Return its port, and whether its database is SQLite."""
        self.indoors = await self.stack.enter_async_context(Indoors.open(*args, **settings))
        return self.indoors.server.port, self.indoors.house.db.is_sqlite

    async def close(self) -> None:
        self.indoors = None
        await self.stack.aclose()

    async def answer(self, sent: bytes) -> bytes:
        work, args, more = cloudpickle.loads(sent)
        try:
            return cloudpickle.dumps((True, await work(self, *args, **more)))
        except Exception:  # noqa: BLE001 -- whatever it is, the test is told
            return cloudpickle.dumps((False, traceback.format_exc()))


async def serve(connection: Connection) -> None:
    rooms = Rooms()
    while True:
        try:
            sent = await asyncio.to_thread(connection.recv_bytes)
        except EOFError:
            return
        connection.send_bytes(await rooms.answer(sent))


if __name__ == "__main__":
    # The loop of `keyfob serve`.
    anyio.run(serve, Connection(int(sys.argv[1])), backend_options={"use_uvloop": True})
