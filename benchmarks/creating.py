"""Making tokens in this process: each with its audit entry, beside what the disk can commit."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Generator
from contextlib import closing
from itertools import count
from pathlib import Path

from house import furnish
from measure import ROUNDS, Figure

from keyfob import tokens
from keyfob.accounts import AccountId
from keyfob.actors import OPERATOR
from keyfob.config import load
from keyfob.house import open_house
from keyfob.tokens import Draft
from keyfob.verification import ACCEPTED, NO_USE, Lookup, verify

TIMES = 300  # transactions of one round
BATCH = 5_000  # tokens made in one transaction


def figures(folder: Path) -> Generator[Figure]:
    made = furnish(folder, token_count=1)
    each, batches, bare = asyncio.run(measure(folder, AccountId(made.account_id)))
    yield Figure("create with audit", "/s", each, "≥ 0.5 x", "bare commit", tuple(bare))
    yield Figure(f"create {BATCH:,} in one transaction", "tokens/s", batches, "≥ 10,000")


async def measure(
    data_dir: Path, account_id: AccountId
) -> tuple[list[float], list[float], list[float]]:
    """Per second: tokens with a transaction each, tokens in batches, and bare commits."""
    db, instance = await open_house(load(environ={}, options={"data_dir": data_dir}))
    numbers = count()
    values: list[str] = []

    async def create(transactions: int, tokens_each: int) -> float:
        started = time.perf_counter()
        for _ in range(transactions):
            drafts = [Draft(name=f"Made {next(numbers)}") for _ in range(tokens_each)]
            async with db.transaction(OPERATOR) as tx:
                made = await tokens.create_many(tx, instance, drafts, account_id=account_id)
            values.extend(value for _, value in made)
        return transactions * tokens_each / (time.perf_counter() - started)

    each: list[float] = []
    batches: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(dir=data_dir) as beside:
        for _ in range(ROUNDS + 1):
            each.append(await create(TIMES, 1))
            bare.append(commits(Path(beside)))
            batches.append(await create(1, BATCH))
    lookup = Lookup(db, instance, entries=len(values))
    for value in values:
        assert verify(lookup, value, NO_USE, account_id=account_id).verdict is ACCEPTED
    await db.close()
    return each[1:], batches[1:], bare[1:]


def commits(folder: Path) -> float:
    """What the disk gives per second: one small row each, SQLite in WAL, synchronous=FULL."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (text TEXT)")
        started = time.perf_counter()
        for _ in range(TIMES):
            connection.execute("INSERT INTO rows VALUES ('one small row')")
        return TIMES / (time.perf_counter() - started)
