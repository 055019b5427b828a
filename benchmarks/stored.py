"""A million tokens in one process's memory, and many millions stored beside a thousand."""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from inside import rate

from keyfob.config import load
from keyfob.db import Database
from keyfob.house import open_house
from keyfob.keys import Instance
from keyfob.verification import ACCEPTED, NO_USE, Lookup, verify

HOT = 1_000  # tokens that are asked for: the same ones, however many are stored
TIMES = 100  # how often each of them is asked for in a round
ROUNDS = 5


async def measure(
    few: Path, many: Path, hot: list[str], values: list[str], account_id: int
) -> dict[str, list[float]]:
    """`many` is a copy of `few`, with more tokens: of those, `values` are known."""
    with_few, with_many = await _open(few), await _open(many)
    before = _megabytes()
    lookup = Lookup(*with_many, entries=len(values))
    ask = _asking(lookup, account_id)
    for value in values:
        ask(value)
    assert lookup.size.tokens == len(values)
    found = {"megabytes": [_megabytes() - before]}
    found |= {name: [] for name in ("few", "few, cold", "many", "many, cold")}
    for _ in range(ROUNDS):
        for name, house in (("few", with_few), ("many", with_many)):
            ask = _asking(Lookup(*house, entries=HOT), account_id)
            found[f"{name}, cold"].append(_once(ask, hot))
            found[name] += rate(ask, hot * TIMES, rounds=1)
    for db, _ in (with_few, with_many):
        await db.close()
    return found


async def _open(data_dir: Path) -> tuple[Database, Instance]:
    return await open_house(load(environ={}, options={"data_dir": data_dir}))


def _asking(lookup: Lookup, account_id: int) -> Callable[[str], None]:
    def good(value: str) -> None:
        assert verify(lookup, value, NO_USE, account_id=account_id).verdict is ACCEPTED

    return good


def _once(ask: Callable[[str], None], values: list[str]) -> float:
    """Per second, each for the first time."""
    started = time.perf_counter()
    for value in values:
        ask(value)
    return len(values) / (time.perf_counter() - started)


def _megabytes() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    *folders, account, file = sys.argv[1:]
    few_dir, many_dir = map(Path, folders)
    wanted = json.loads(Path(file).read_text())
    found = measure(few_dir, many_dir, wanted["hot"], wanted["values"], int(account))
    print(json.dumps(asyncio.run(found)))  # noqa: T201 -- its answer
