"""Servers to measure: Keyfob, and the least that serves HTTP with the same libraries."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

KEYFOB = str(Path(sys.executable).parent / "keyfob")

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


def keyfob(data_dir: Path, port: int, gate: int = 0) -> list[str]:
    command = [KEYFOB, "serve", "--data-dir", str(data_dir), "--port", str(port)]
    return [*command, "--gate-port", str(gate)]


def bare(port: int) -> list[str]:
    return [sys.executable, "-c", BARE, str(port)]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
