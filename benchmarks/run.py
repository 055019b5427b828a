"""`make bench`: what Keyfob costs on this machine. Every answer is checked; a wrong one fails."""

import json
import os
import platform
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx2
import psutil
from house import Furnished, furnish
from measure import Figure, each_round, milliseconds, per_second
from rich.console import Console
from rich.table import Table

KEYFOB = str(Path(sys.executable).parent / "keyfob")
RESULTS = Path(__file__).parent / "results"
MANY = 10_000  # tokens of the account whose page is drawn
SETTLE = 3  # seconds until a process counts as idle

# The least that serves HTTP with the same libraries: what start-up and a request cost without us.
BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False, lifespan="off")
"""


@contextmanager
def serving(command: list[str], port: int, path: str, **headers: str) -> Generator[psutil.Process]:
    """Run a server until it gives a good answer; stop it afterwards."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("KEYFOB_")}
    process = psutil.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(port, path, headers):
            assert process.poll() is None, f"{command} ended with {process.poll()}"
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int, path: str, headers: dict[str, str]) -> bool:
    try:
        response = httpx2.get(f"http://127.0.0.1:{port}{path}", headers=headers)
    except httpx2.TransportError:
        time.sleep(0.005)
        return False
    assert response.status_code == 200, response.text
    return True


def keyfob(data_dir: Path, port: int) -> list[str]:
    return [KEYFOB, "serve", "--data-dir", str(data_dir), "--port", str(port)]


def bare(port: int) -> list[str]:
    return [sys.executable, "-c", BARE, str(port)]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


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

        def page() -> None:
            answer = client.get(
                "/settings/manage-tokens/api",
                headers={"cookie": f"keyfob_session={made.session_id}"},
            )
            assert answer.status_code == 200, answer.text
            assert "Token 0000001" in answer.text
            assert f"{MANY:,}" in answer.text or str(MANY) in answer.text

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
            (f"token page, {MANY:,} tokens", page, "≤ 100"),
            (f"GET /v1/api-tokens, {MANY:,} tokens", api_list, ""),
            ("POST /v1/verify", verify, ""),
            ("POST /v1/api-tokens", create, ""),
        ):
            values, theirs = each_round(
                lambda action=action: 1000 / per_second(action, times=20),
                lambda: 1000 / per_second(hello, times=20),
            )
            yield Figure(name, "ms", values, target, "bare ASGI hello", theirs)


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


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="keyfob-bench-") as folder:
        data_dir = Path(folder) / "data"
        made = furnish(data_dir, token_count=MANY)
        figures = [
            cold_start(data_dir, made),
            idle_memory(data_dir, made),
            *requests(data_dir, made),
            bare_commit(Path(folder)),
        ]
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
    main()
