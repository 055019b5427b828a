"""Verify in this process: what the cache, the digest and the decision cost without HTTP."""

import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from keyfob.config import load
from keyfob.house import open_house
from keyfob.tokens.known import read_at_once
from keyfob.verification import ACCEPTED, NO_USE, Lookup, verify

TIMES = 100_000
ROUNDS = 5


def rate(
    ask: Callable[[str], object], values: Sequence[str], *, rounds: int = ROUNDS
) -> list[float]:
    """Calls per second of each round, after one that is not counted."""
    found: list[float] = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        for value in values:
            ask(value)
        found.append(len(values) / (time.perf_counter() - started))
    return found[1:]


def p99(ask: Callable[[str], object], values: Sequence[str]) -> float:
    """Microseconds."""
    took: list[int] = []
    for value in values:
        started = time.perf_counter_ns()
        ask(value)
        took.append(time.perf_counter_ns() - started)
    return statistics.quantiles(took, n=100)[98] / 1000


async def measure(data_dir: Path, values: list[str], account_id: int) -> dict[str, list[float]]:
    config = load(environ={}, options={"data_dir": data_dir})
    db, instance = await open_house(config)
    lookup = Lookup(db, instance, entries=len(values))

    def good(value: str) -> None:
        assert verify(lookup, value, NO_USE, account_id=account_id).verdict is ACCEPTED

    def bad(value: str) -> None:
        assert verify(lookup, value, NO_USE, account_id=account_id).token is None

    gc.collect()
    before = psutil.Process().memory_info().rss
    for value in values:
        good(value)
    gc.collect()
    memory = (psutil.Process().memory_info().rss - before) / len(values)
    assert lookup.size.tokens == len(values)
    hot, some = values[:10_000] * (TIMES // 10_000), values[:TIMES]
    ids = [parsed.public_id for value in some if (parsed := lookup.parse(value))]
    direct = db.direct
    assert direct is not None

    def cold(public_id: str) -> None:
        assert read_at_once(direct, public_id, lookup._accounts) is not None  # noqa: SLF001 -- one read, nothing kept

    figures = {
        "warm": rate(good, hot),
        "warm, all in rotation": rate(good, some),
        "malformed": rate(bad, [value[:-1] + "!" for value in some]),
        "bad checksum": rate(bad, [value[:-1] + "0" for value in some if value[-1] != "0"]),
        "cold": rate(cold, ids[:20_000]),
        "p99 µs": [p99(good, hot[:50_000]) for _ in range(ROUNDS)],
        "bytes a token": [memory],
    }
    await db.close()
    return figures


if __name__ == "__main__":
    folder, account, file = sys.argv[1:]
    wanted = json.loads(Path(file).read_text())
    print(json.dumps(asyncio.run(measure(Path(folder), wanted, int(account)))))  # noqa: T201 -- its answer
