"""One request to the gate, part by part, in this process: microseconds that add up."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httptools

from keyfob.config import load
from keyfob.gate import Gate, Request
from keyfob.gate.connections import Connections
from keyfob.gate.protocol import GateProtocol
from keyfob.house import open_house
from keyfob.verification import ACCEPTED, NO_USE, Lookup, Usage, decide

TIMES = 20_000
ROUNDS = 7


def microseconds(action: Callable[[], object]) -> float:
    """The best of several rounds: what it costs when nobody disturbs."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(TIMES):
            action()
        best = min(best, time.perf_counter() - started)
    return best / TIMES * 1e6


class Heard:
    """What the parser calls when nobody does anything with it."""

    def on_url(self, url: bytes) -> None: ...

    def on_header(self, name: bytes, value: bytes) -> None: ...

    def on_message_complete(self) -> None: ...


class Nowhere(asyncio.Transport):
    """Nothing is sent: the kernel is not measured here. `last` is what would have been."""

    last = b""

    def write(self, data: Any) -> None:
        self.last = data

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else default


async def measure(data_dir: Path, gateway: str, token: str) -> dict[str, list[float]]:
    """The last one is all of it; the others are its parts."""
    db, instance = await open_house(load(environ={}, options={"data_dir": data_dir}))
    lookup, usage = Lookup(db, instance, entries=100), Usage()
    gate = Gate(lookup, usage, ())
    fields = [("host", "127.0.0.1"), ("x-keyfob-gateway", gateway), ("x-api-token", token)]
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    sent = f"GET /auth HTTP/1.1\r\n{lines}\r\n".encode()
    headers = [(name.encode(), value.encode()) for name, value in fields]
    request = Request("GET", "/auth", "", headers, b"", "127.0.0.1")
    known, now = lookup.find(token), lookup.now()
    assert known is not None
    parser, transport = httptools.HttpRequestParser(Heard()), Nowhere()
    connections = Connections(gate)
    protocol = GateProtocol(connections)
    protocol.connection_made(transport)

    def whole() -> None:
        protocol.data_received(sent)
        connections.flush()

    parts = {
        "parser": microseconds(lambda: parser.feed_data(sent)),
        "find two tokens": 2 * microseconds(lambda: lookup.find(token)),
        "decide on both": 2 * microseconds(lambda: decide(known, NO_USE, now)),
        "count both": 2 * microseconds(lambda: usage.count(known, ACCEPTED, now, "127.0.0.1")),
    }
    answer, everything = microseconds(lambda: gate.at_once(request)), microseconds(whole)
    assert transport.last.startswith(b"HTTP/1.1 200 OK"), transport.last
    assert b"x-keyfob-token-id: %d\r\n" % known.id in transport.last
    await db.close()
    parts["headers, and who asks what"] = answer - sum(parts.values()) + parts["parser"]
    parts["request and answer as bytes"] = everything - answer - parts["parser"]
    return {name: [value] for name, value in (*parts.items(), ("in process", everything))}


if __name__ == "__main__":
    folder, *tokens = sys.argv[1:]
    gateway, token = json.loads(Path(tokens[0]).read_text())
    print(json.dumps(asyncio.run(measure(Path(folder), gateway, token))))  # noqa: T201 -- its answer
