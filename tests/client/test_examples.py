"""The examples as they stand: real processes over real sockets, before a real server."""

import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from support.asking import CUT, STRANGER
from support.server import PATIENCE, TLS, Server, environment, free_port

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SITES = ["asgi_app", "wsgi_app", "fastapi_app", "flask_app", "django_app", "rest_framework_app"]


@pytest.fixture
def new_token(server: Server):
    def make(*scopes: str) -> str:
        named = {"name": f"example {uuid4()}", "scopes": [*scopes]}
        with server.client() as http:
            answer = http.post("/v1/api-tokens", json=named)
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]

    return make


@pytest.fixture
def env(server: Server, new_token) -> dict[str, str]:
    return environment(SERVER=server.url, TOKEN=new_token("tokens:verify"))


def run(name: str, env: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"], env=env, input=stdin, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip


@contextmanager
def started(name: str, env: dict[str, str], log: Path) -> Generator[int]:
    """Give the port of the example, which runs until the end of the `with`."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, EXAMPLES / f"{name}.py"],
            env=env | {"PORT": str(port)}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def status_of(port: int, *headers: str) -> int:
    """Of `/` with these header lines, byte for byte: a client library might join two of a name."""
    lines = ["GET / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(wire.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("name", SITES)
def test_a_site_lets_in_whom_its_rules_say(name, env, new_token, tmp_path):
    searcher, writer = new_token("logs:search"), new_token("logs:write")
    with (
        started(name, env, tmp_path / "log") as port,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", verify=TLS) as site,
    ):
        found = site.get("/search", headers={"X-API-TOKEN": searcher})
        assert (found.status_code, "Hello, Workshop o11y!" in found.text) == (200, True), found.text
        lacking = site.get("/search", headers={"Authorization": f"Bearer {writer}"})
        assert (lacking.status_code, lacking.json()["errorCode"]) == (
            403, "auth/INSUFFICIENT_SCOPE",
        )  # fmt: skip
        assert site.get("/", headers={"X-API-TOKEN": writer}).status_code == 200
        assert site.get("/", headers={"X-API-TOKEN": STRANGER}).status_code == 403
        assert site.get("/").status_code == 401
        assert "I am well." in site.get("/healthz").text
        token = f"X-API-TOKEN: {writer}"
        assert status_of(port, token) == 200
        assert status_of(port, token, token) == 400
        assert status_of(port, token, f"Authorization: Bearer {searcher}") == 400
    assert writer[:45] not in (tmp_path / "log").read_text()


def test_asking_for_one_token(env, new_token):
    value = new_token("logs:search")
    done = run("ask", env, f"{value}\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("may search the logs of Workshop o11y.\n")
    refused = run("ask", env, CUT)
    assert (refused.returncode, refused.stderr) == (1, "Refused: NOT_FOUND.\n")


def test_asking_for_several_at_once(env, new_token):
    done = run("ask_async", env, f"{new_token('a')}\n{STRANGER}\n")
    assert done.returncode == 0, done.stderr
    name, code = done.stdout.splitlines()
    assert name.startswith("example ")
    assert code == "NOT_FOUND"


def test_the_example_of_a_test_passes(env):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "no:cacheprovider",
         EXAMPLES / "test_flask_app.py"],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
