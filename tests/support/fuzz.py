"""Inputs without end for the gate's own protocol object, over a real house: `make fuzz`."""

import argparse
import asyncio
import logging
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

import h11
import psutil
import structlog

from keyfob.db import utc_now
from keyfob.gate import Gate
from keyfob.gate.connections import Connections
from keyfob.gate.protocol import GateProtocol
from keyfob.tokens import Restrictions, mint
from keyfob.verification import Usage
from support.house import House
from support.inputs import Inputs

AGAIN = 4  # of so many inputs that were accepted, one is read by a second parser
LONGEST = 60  # seconds for a thousand inputs: more is a hang
RESTRICTIONS = Restrictions(ip_allow=("203.0.113.0/24",), methods=("GET",), paths=("/v1/*",))
MOST_GROWTH = 16  # MiB
HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[A-Za-z-]+: [^\r\n]*\r\n)*)\r\n")
LENGTH = re.compile(rb"content-length: (\d+)\r\n", re.IGNORECASE)
ID = re.compile(rb'x-keyfob-token-id: (\d+)|"valid":true,"tokenId":(\d+)')
BETWEEN_CHUNKS = re.compile(rb"\r\n[0-9a-f]+(;[^\r\n]*)?\r\n")
CODE = re.compile(rb'"errorCode": "([^"]+)"')


class Told(NamedTuple):
    """An answer, without what is new in each."""

    status: int
    code: bytes
    accepted: tuple[int, ...]
    closes: bool


class Recording(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("203.0.113.7", 1)})
        self.written: list[bytes] = []
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_over, "written after the end"
        self.written.append(bytes(data))

    def write_eof(self) -> None:
        self.is_over = True

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.is_over

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        raise AssertionError("nobody was slow")


@dataclass
class Fuzz:
    connections: Connections
    tokens: dict[int, bytes]  # the good ones
    inputs: Inputs
    count: Counter[str] = field(default_factory=Counter)

    def check(self, text: bytes) -> None:
        """Fail unless it has one reading, and only who may was let in."""
        whole = self._answers([text], text)
        assert whole == self._answers(self.inputs.split(text), text)
        answers, _ = whole
        self.count["inputs"] += 1
        self.count["answers"] += len(answers)
        for number, told in enumerate(answers):
            assert told.status != 500
            assert not told.closes or number == len(answers) - 1
            self.count[f"{told.status}"] += 1
            for token_id in told.accepted:
                assert self.tokens[token_id] in text + BETWEEN_CHUNKS.sub(b"", text)
        if any(told.accepted for told in answers):
            self.count["accepted"] += 1
            if self.count["accepted"] % AGAIN == 0:
                self._read_again(text, answers)

    def _answers(self, pieces: list[bytes], text: bytes) -> tuple[list[Told], bool]:
        transport = Recording()
        protocol = GateProtocol(self.connections)
        protocol.connection_made(transport)
        for piece in pieces:
            protocol.data_received(piece)
            self.connections.flush()
        was_over = transport.is_over
        assert not protocol.eof_received(), "nothing takes time on SQLite"
        protocol.connection_lost(None)
        return told(b"".join(transport.written), with_head=b"HEAD " in text), was_over

    def _read_again(self, text: bytes, answers: list[Told]) -> None:
        """Where h11 sees a request at all, it sees the tokens that were accepted, in that one."""
        seen = read_by_h11(text)
        final = [each for each in answers if each.status != 100]
        for request, answer in zip(seen, final, strict=False):
            for token_id in answer.accepted:
                assert self.tokens[token_id] in request
        self.count["read by h11 as well"] += 1
        self.count["refused by h11 alone"] += len(seen) < sum(each.status != 400 for each in final)


def told(text: bytes, *, with_head: bool) -> list[Told]:
    """Fail unless it is whole answers to the last byte."""
    answers: list[Told] = []
    at = 0
    while at < len(text):
        head = HEAD.match(text, at)
        assert head, text[at:]
        at = head.end()
        length = LENGTH.findall(head[0])
        if head[1] == b"100":
            assert not length
            body = b""
        else:
            (size,) = length
            body = text[at : at + int(size)]
            if with_head and (not body or body.startswith(b"HTTP/1.1 ")):
                body = b""
            else:
                assert len(body) == int(size), text
                at += len(body)
        code = CODE.search(body)
        accepted = tuple(int(one or other) for one, other in ID.findall(head[0] + body))
        closes = b"connection: close" in head[0].lower()
        answers.append(Told(int(head[1]), code[1] if code else b"", accepted, closes))
    return answers


def read_by_h11(text: bytes) -> list[bytes]:
    """Each request that it sees, headers and body in one; until it refuses."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=2**20)
    connection.receive_data(text)
    seen: list[bytes] = []
    parts: list[bytes] = []
    try:
        while True:
            event = connection.next_event()
            match event:
                case h11.Request():
                    parts = [value for _, value in event.headers]
                case h11.Data():
                    parts.append(bytes(event.data))
                case h11.EndOfMessage():
                    seen.append(b"".join(parts))
                    answer = h11.Response(status_code=200, headers=[("content-length", "0")])
                    connection.send(answer)
                    connection.send(h11.EndOfMessage())
                    connection.start_next_cycle()
                case _:
                    return seen
    except (h11.RemoteProtocolError, h11.LocalProtocolError):
        return seen


async def opened(folder: Path, seed: int) -> tuple[House, Fuzz]:
    house = await House.open(folder, "", utc_now, cache_entries=1000)
    main = await house.main()
    made = [
        await house.token(main, "One"),
        await house.token(main, "Another", scopes=("tokens:verify", "logs:search")),
        await house.token(main, "Restricted", restrictions=RESTRICTIONS),
    ]
    good = {int(token.id): str(value).encode() for token, value in made}
    stranger = str(mint(house.instance.token_brand, "api")).encode()
    spoilt = good[int(made[0][0].id)][:-1] + b"~"
    connections = Connections(Gate(house.lookup, Usage(), ()))
    connections.date = b"date: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
    dice = Random(seed)  # noqa: S311 -- the same inputs for the same seed
    inputs = Inputs([*good.values(), *good.values(), stranger, spoilt, b"x"], dice)
    return house, Fuzz(connections, good, inputs)


def memory() -> float:
    return psutil.Process().memory_info().rss / 2**20


async def run(count: int, seed: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        house, fuzz = await opened(Path(folder) / "data", seed)
        began, early = time.monotonic(), 0.0
        for number in range(count):
            if number % 1000 == 0:
                signal.alarm(LONGEST)
            if number == count // 10:
                early = memory()
            text = fuzz.inputs.next()
            try:
                fuzz.check(text)
            except BaseException:
                sys.stderr.write(f"seed {seed}, input {number}: {text!r}\n")
                raise
            await asyncio.sleep(0)  # what was put off until the loop goes on
        signal.alarm(0)
        late, took = memory(), time.monotonic() - began
        await house.close()
    assert late - early < MOST_GROWTH, (early, late)
    assert fuzz.count["accepted"] > count / 50
    said = ", ".join(f"{name}: {number:,}" for name, number in sorted(fuzz.count.items()))
    memory_said = f"{early:.1f} MiB after a tenth, {late:.1f} MiB at the end"
    sys.stdout.write(f"{said}; {took:.0f} s; {memory_said}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.inputs, arguments.seed))
