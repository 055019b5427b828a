"""Whatever comes over the socket has one reading: so many answers, and then the rest or nothing."""

import asyncio
from random import Random

import pytest
from rows.gate import PIPELINES, ROWS, TOKEN, Row
from support.raw import ask

SHORT = 3000  # bytes
TURNS = (b"lose", b"Upgrade", b"Expect")
IN_TURN = [row for row in ROWS if row in PIPELINES or any(word in row.sent for word in TURNS)]
BY_NAME = {"ids": lambda row: row.name}


def test_the_rows_are_many_and_each_has_its_own_name():
    assert len({row.name for row in ROWS}) == len(ROWS) >= 120


def bytes_of(row: Row, token: str) -> bytes:
    return row.sent.replace(TOKEN, token.encode())


@pytest.mark.parametrize("row", ROWS, **BY_NAME)
def test_in_one_write(gate, row):
    ask(("127.0.0.1", gate.gate_port), row, [bytes_of(row, gate.made["apiToken"])])


@pytest.mark.parametrize("row", [row for row in ROWS if len(row.sent) < SHORT], **BY_NAME)
def test_one_byte_at_a_time(gate, row):
    text = bytes_of(row, gate.made["apiToken"])
    ask(("127.0.0.1", gate.gate_port), row, [text[n : n + 1] for n in range(len(text))])


@pytest.mark.parametrize("row", [row for row in ROWS if len(row.sent) >= SHORT], **BY_NAME)
def test_in_pieces_of_any_size(gate, row):
    text, pieces = bytes_of(row, gate.made["apiToken"]), []
    dice = Random(row.name)  # noqa: S311 -- the same at every run
    while text:
        size = dice.choice([1, 100, 5000, 60_000, 300_000])
        pieces.append(text[:size])
        text = text[size:]
    ask(("127.0.0.1", gate.gate_port), row, pieces)


@pytest.mark.anyio
@pytest.mark.parametrize("row", IN_TURN, **BY_NAME)
async def test_while_something_has_to_be_read_first(listening, row):
    """On PostgreSQL each first answer is waited for, and what comes behind it waits in a queue."""
    listening.house.lookup.expect_changes()
    pieces = [bytes_of(row, listening.token)]
    await asyncio.to_thread(ask, listening.address, row, pieces)
