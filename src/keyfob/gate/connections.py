"""All connections of a listener, and what they have in common."""

import asyncio
from typing import Protocol

from keyfob.gate.answers import Gate


class Connection(Protocol):
    """What the listener asks of each."""

    def look_at_the_clock(self) -> None: ...

    def finish(self) -> None: ...

    def abort(self) -> None: ...

    def flush(self) -> None: ...


class Connections:
    """`tick` goes on once a second."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.open: set[Connection] = set()
        self.none_open = asyncio.Event()
        self.none_open.set()
        self.tick = 0
        self.date = b""
        self.stopping = False
        self._to_flush: list[Connection] = []

    def flush_soon(self, connection: Connection) -> None:
        """
        Once all that has arrived is read. A client that sleeps is woken by the first answer, and
        not by each anew: under load a fifth more on a machine of two cores.
        """
        if not self._to_flush:
            asyncio.get_running_loop().call_soon(self.flush)
        self._to_flush.append(connection)

    def flush(self) -> None:
        """Send what all of them have said."""
        connections, self._to_flush = self._to_flush, []
        for each in connections:
            each.flush()

    def opened(self, connection: Connection) -> None:
        self.open.add(connection)
        self.none_open.clear()

    def closed(self, connection: Connection) -> None:
        self.open.discard(connection)
        if not self.open:
            self.none_open.set()
