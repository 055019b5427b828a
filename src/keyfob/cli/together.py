"""What is written within one turn of the loop leaves together, once all that came is read."""

import asyncio
from typing import Any, Final

MOST_HELD: Final = 64 * 1024  # bytes of one connection: more leaves at once

_waiting: list["Together"] = []


class Together:
    """
    A transport that holds what is written until the loop has read what has arrived.

    uvicorn writes head and body one by one, and uvloop sends each at once; the first one wakes
    the client, which then competes with us for the rest. Everything else is the transport's own.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] = []
        self._length = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not data:
            return
        if not self._held:
            self._leave_soon()
        self._held.append(data)
        self._length += len(data)
        if self._length > MOST_HELD:
            self.flush()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what is held, unless nobody is there any more."""
        held, self._held, self._length = self._held, [], 0
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))

    def _leave_soon(self) -> None:
        if not _waiting:
            asyncio.get_running_loop().call_soon(_flush_all)
        _waiting.append(self)


def _flush_all() -> None:
    waiting = _waiting[:]
    _waiting.clear()
    for each in waiting:
        each.flush()
