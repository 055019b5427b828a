"""A real server process on a real socket, and the `keyfob` command beside it."""

import atexit
import itertools
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2

KEYFOB = str(Path(sys.executable).parent / "keyfob")
PASSWORD = "correct horse battery staple"
ADMIN = "admin@example.com"
PATIENCE = 60  # seconds: no test is about how fast it is, and machines are busy
TLS = ssl.create_default_context()  # made once: it costs more than the requests of many a test


def environment(**settings: object) -> dict[str, str]:
    """The test's own environment without any KEYFOB_ setting, and then these."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("KEYFOB_")}
    return plain | {f"KEYFOB_{name}": str(value) for name, value in settings.items()}


def ports() -> Generator[int]:
    """
    Below those that systems give to whoever asks for any, clients among them: nobody takes one
    between its choice and its use. Each process of the tests has a range of its own, above 10080,
    which browsers refuse to go to.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    mine = range(11_000 + 1_000 * (worker % 20), 12_000 + 1_000 * (worker % 20))
    yield from itertools.islice(itertools.cycle(mine), os.getpid() % len(mine), None)


PORTS = ports()


def free_port() -> int:
    while True:
        port = next(PORTS)
        with socket.socket() as listener, suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            return port


def keyfob(
    *arguments: str, env: dict[str, str], stdin: str = "", code: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """Run the command; fail with what it said unless it exits with `code` (None: any)."""
    done = subprocess.run(
        [KEYFOB, *arguments], env=env, input=stdin, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert code is None or done.returncode == code, (arguments, done.returncode, done.stderr)
    return done


def inited(env: dict[str, str]) -> dict[str, Any]:
    """What `keyfob init --json` printed: accountId, adminId, apiToken."""
    done = keyfob(
        "init", "--account-name", "Workshop o11y", "--admin-email", ADMIN,
        "--api-token-name", "Workshop API Token", "--json",
        env=env | {"KEYFOB_ADMIN_PASSWORD": PASSWORD},
    )  # fmt: skip
    return json.loads(done.stdout)


@cache
def inited_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="keyfob-inited-"))
    atexit.register(shutil.rmtree, folder)
    made = inited(environment(DATA_DIR=folder / "data"))
    (folder / "made").write_text(json.dumps(made))
    return folder


@dataclass
class Server:
    """`made` is what `inited` says of it."""

    data_dir: Path
    settings: dict[str, object] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    made: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    gate_port: int | None = 0  # none: nobody chose one
    is_covered: bool = False  # whether coverage looks on, which makes it half as fast

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        gate = {} if self.gate_port is None else {"GATE_PORT": self.gate_port}
        return environment(DATA_DIR=self.data_dir, PORT=self.port, **gate | self.settings)

    @property
    def log(self) -> Path:
        return self.data_dir.parent / f"{self.data_dir.name}.log"

    def init(self) -> "Server":
        """On SQLite, a copy of what the command made once: it takes seconds, and is always that."""
        if "DATABASE_URL" in self.settings:
            self.made = inited(self.env)
        else:
            shutil.copytree(inited_once() / "data", self.data_dir)
            self.made = json.loads((inited_once() / "made").read_text())
        return self

    def start(self) -> "Server":
        """Return when it answers: it, and nobody else who has its port."""
        env = self.env
        if not self.is_covered:
            env.pop("COVERAGE_PROCESS_CONFIG", None)
        with self.log.open("a") as log:
            begin = log.tell()
            self.process = subprocess.Popen(
                [KEYFOB, "serve"], env=env, stdout=log, stderr=log, text=True
            )
        deadline = time.monotonic() + PATIENCE
        with httpx2.Client(base_url=self.url, verify=TLS, timeout=PATIENCE) as client:
            while time.monotonic() < deadline:
                assert self.process.poll() is None, self.log.read_text()
                if b"Keyfob is at" not in self.log.read_bytes()[begin:]:
                    time.sleep(0.02)
                elif client.get("/readyz").status_code == 200:
                    return self
        raise AssertionError(self.log.read_text())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Return the exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def gave_up_waiting(self) -> bool:
        """Whether it stopped before all was answered: its last seconds had run out."""
        return "timeout graceful shutdown exceeded" in self.log.read_text()

    def client(self, token: str | None = None) -> httpx2.Client:
        """Speaks for `token`; by default for the one that init made."""
        return httpx2.Client(
            base_url=self.url,
            headers={"X-API-TOKEN": self.made["apiToken"] if token is None else token},
            timeout=30,
            verify=TLS,
        )
