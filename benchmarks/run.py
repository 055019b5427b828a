"""`make bench`: what Keyfob costs on this machine. Every answer is checked; a wrong one fails."""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import console
import creating
import httpx2
import load
import psutil
import usage
from house import Furnished, furnish, stock
from measure import Figure, each_round, milliseconds, per_second
from rich.console import Console
from rich.table import Table
from serving import bare, free_port, keyfob, serving

RESULTS = Path(__file__).parent / "results"
MANY = 10_000  # tokens of the account that is asked
INSIDE = 200_000  # tokens that one process remembers, as many as it does by default
CACHED = 1_000_000  # tokens that one process remembers if it is let
FEW = 1_000  # tokens stored, beside which a great many are measured
SETTLE = 3  # seconds until a process counts as idle


def cold_start(data_dir: Path, made: Furnished) -> Figure:
    """From the process's start to the first authenticated answer."""

    def ours() -> float:
        port = free_port()
        started = time.perf_counter()
        command = keyfob(data_dir, port)
        with serving(command, port, "/v2/whoami", **{"x-api-token": made.api_token}):
            return time.perf_counter() - started

    def theirs() -> float:
        port = free_port()
        started = time.perf_counter()
        with serving(bare(port), port, "/"):
            return time.perf_counter() - started

    values, reference = each_round(ours, theirs)
    return Figure("cold start to first answer", "s", values, "≤ 1.5", "bare uvicorn", reference)


def idle_memory(data_dir: Path, made: Furnished) -> Figure:
    def megabytes(process: psutil.Process) -> float:
        time.sleep(SETTLE)
        everybody = [process, *process.children(recursive=True)]
        return sum(each.memory_info().rss for each in everybody) / 2**20

    port, other = free_port(), free_port()
    headers = {"x-api-token": made.api_token}
    with (
        serving(keyfob(data_dir, port), port, "/v2/whoami", **headers) as ours,
        serving(bare(other), other, "/") as theirs,
    ):
        return Figure(
            "idle memory", "MB", [megabytes(ours)], "≤ 120", "bare uvicorn", (megabytes(theirs),)
        )


def requests(data_dir: Path, made: Furnished) -> Generator[Figure]:
    """One client, one connection, one request after another: what a request costs, not a load."""
    port, other = free_port(), free_port()
    headers = {"x-api-token": made.api_token}
    with (
        serving(keyfob(data_dir, port), port, "/v2/whoami", **headers),
        serving(bare(other), other, "/"),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client,
        httpx2.Client(base_url=f"http://127.0.0.1:{other}") as reference,
    ):
        names = count()

        def api_list() -> None:
            answer = client.get("/v1/api-tokens", headers=headers).json()
            assert len(answer["items"]) == 25
            assert answer["total"] >= MANY

        def verify() -> None:
            answer = client.post("/v1/verify", headers=headers, json={"token": made.api_token})
            assert answer.json()["valid"] is True

        def create() -> None:
            body = {"name": f"Made {next(names)}"}
            answer = client.post("/v1/api-tokens", headers=headers, json=body)
            assert answer.status_code == 201, answer.text

        def hello() -> None:
            assert reference.get("/").text == "hello"

        for name, action, target in (
            (f"GET /v1/api-tokens, {MANY:,} tokens", api_list, ""),
            ("POST /v1/verify", verify, ""),
            ("POST /v1/api-tokens", create, ""),
        ):
            values, theirs = each_round(
                lambda action=action: 1000 / per_second(action, times=20),
                lambda: 1000 / per_second(hello, times=20),
            )
            yield Figure(name, "ms", values, target, "bare ASGI hello", theirs)


def inside(folder: Path) -> Generator[Figure]:
    """In a process that does nothing else: its memory is what the tokens take."""
    data_dir, values = folder / "inside", folder / "values.json"
    made = furnish(data_dir, token_count=INSIDE + 1, good=INSIDE)
    values.write_text(json.dumps(made.values))
    found = alone("inside.py", data_dir, made.account_id, values)
    for name, unit, target in (
        ("warm", "/s", "≥ 200,000"),
        ("warm, all in rotation", "/s", ""),
        ("malformed", "/s", "≥ 500,000"),
        ("bad checksum", "/s", "≥ 500,000"),
        ("cold", "/s", "≥ 60,000"),
        ("p99 µs", "µs", "≤ 20"),
        ("bytes a token", "B", "≤ 600"),
    ):
        yield Figure(f"in process: {name}", unit, found[name], target)


def stored(folder: Path, number: int) -> Generator[Figure]:
    """A data folder with few tokens, and a copy of it with so many more."""
    few, many, file = folder / "few", folder / "many", folder / "stored.json"
    made = furnish(few, token_count=FEW + 1, good=FEW)
    shutil.copytree(few, many)
    values = stock(many, stored=number, good=CACHED)
    file.write_text(json.dumps({"hot": made.values, "values": values}))
    found = alone("stored.py", few, many, made.account_id, file)
    yield Figure(f"memory of {CACHED:,} cached tokens", "MB", found["megabytes"], "≤ 700")
    for name, also, target in (("warm", "", "≥ 0.90 x"), ("first time", ", cold", "")):
        theirs = tuple(found[f"few{also}"])
        yield Figure(
            f"{number:,} stored, {name}", "/s", found[f"many{also}"], target, f"{FEW:,} stored",
            theirs,
        )  # fmt: skip
    start = cold_start(many, made)
    yield replace(start, name=f"{number:,} stored, start to first answer", target="≤ 2")


def parts(folder: Path, data_dir: Path, made: Furnished, rate: float) -> Generator[Figure]:
    """Of one request to the gate's `/auth`, when so many are answered in a second."""
    file = folder / "parts.json"
    file.write_text(json.dumps([made.api_token, made.values[0]]))
    found = alone("parts.py", data_dir, file)
    (inside,) = found["in process"]
    for name, values in (found | {"event loop and kernel": [1e6 / rate - inside]}).items():
        yield Figure(f"one request: {name}", "µs", values)


def alone(script: str, *arguments: object) -> dict[str, list[float]]:
    """What a script finds out in a process of its own: its memory is what the tokens take."""
    file = Path(__file__).parent / script
    command = [sys.executable, str(file), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def bare_commit(folder: Path) -> Figure:
    """What the disk gives: one small row, SQLite in WAL with synchronous=FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (text TEXT)")

    def commit() -> None:
        connection.execute("INSERT INTO rows VALUES ('one small row')")

    values = [milliseconds(commit) for _ in range(200)]
    connection.close()
    return Figure("a bare commit on this disk", "ms", values)


def draw(figures: list[Figure]) -> None:
    table = Table("figure", "median", "min to max", "target", "reference", "ratio")
    for figure in figures:
        ratio = figure.ratio
        table.add_row(
            figure.name,
            f"{figure.median:.2f} {figure.unit}",
            f"{min(figure.values):.2f} to {max(figure.values):.2f}",
            figure.target,
            figure.reference,
            f"{ratio:.2f}" if ratio else "",
        )
    Console(width=120).print(table)


def main(stored_tokens: int) -> None:
    with tempfile.TemporaryDirectory(prefix="keyfob-bench-") as folder:
        data_dir = Path(folder) / "data"
        made = furnish(data_dir, token_count=MANY, good=MANY)
        figures = [
            cold_start(data_dir, made),
            idle_memory(data_dir, made),
            *requests(data_dir, made),
            bare_commit(Path(folder)),
            *console.figures(Path(folder) / "console"),
            *creating.figures(Path(folder) / "creating"),
            *usage.figures(Path(folder) / "usage"),
            *inside(Path(folder)),
            *stored(Path(folder), stored_tokens),
            *load.figures(data_dir, made),
        ]
        rate = next(each.median for each in figures if each.name == "gate /auth")
        figures += parts(Path(folder), data_dir, made, rate)
    draw(figures)
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    result = {
        "at": now.isoformat(timespec="seconds"),
        "machine": {"python": platform.python_version(), "cores": os.cpu_count()},
        "figures": [figure.as_json() for figure in figures],
    }
    file = RESULTS / f"{now:%Y-%m-%d}.json"
    file.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, default=CACHED, help="tokens: a million or more")
    wanted = parser.parse_args().stored
    if wanted < CACHED:
        parser.error(f"--stored: at least {CACHED}")
    main(wanted)
