"""Listen for services and gateways: on a port, with TLS where wanted, or on a Unix socket."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.utils import formatdate
from socket import socket
from typing import Final

from keyfob.gate.answers import Gate
from keyfob.gate.connections import Connections
from keyfob.gate.protocol import GateProtocol

BACKLOG: Final = 2048  # connections that wait to be accepted
LAST_SECONDS: Final = 10  # that requests get to finish once the server is told to stop
TICK: Final = 1  # second


class Listener:
    """All sockets of the gate, in this process."""

    def __init__(self, gate: Gate) -> None:
        self._connections = Connections(gate)
        self._servers: list[asyncio.Server] = []
        self._clock: asyncio.Task[None] | None = None

    async def start(self, sockets: Sequence[socket], *, tls: ssl.SSLContext | None = None) -> None:
        """`sockets` are bound already; TLS is spoken on those of a port."""
        loop = asyncio.get_running_loop()
        self._tick()
        for each in sockets:
            server = await loop.create_server(
                lambda: GateProtocol(self._connections),
                sock=each,
                backlog=BACKLOG,
                ssl=tls if each.family.name != "AF_UNIX" else None,
            )
            self._servers.append(server)
        self._clock = asyncio.create_task(self._keep_time())

    async def stop(self, *, seconds: float = LAST_SECONDS) -> None:
        """Take no more connections, answer what is being asked, then close what is left."""
        for server in self._servers:
            server.close()
        self._connections.stopping = True
        await asyncio.sleep(0)  # what has arrived by now is read, and answered
        for connection in list(self._connections.open):
            connection.finish()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._connections.none_open.wait()
        for connection in list(self._connections.open):
            connection.abort()
        if self._clock is not None:
            self._clock.cancel()

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._tick()
            for connection in list(self._connections.open):
                connection.look_at_the_clock()

    def _tick(self) -> None:
        self._connections.tick += 1
        self._connections.date = f"date: {formatdate(usegmt=True)}\r\n".encode()
