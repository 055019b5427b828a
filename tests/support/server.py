"""A real server process on a real socket, and the `keyfob` command beside it."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

KEYFOB = str(Path(sys.executable).parent / "keyfob")
PASSWORD = "correct horse battery staple"
ADMIN = "admin@example.com"
START_WITHIN = 30  # seconds
TLS = ssl.create_default_context()  # made once: it costs more than the requests of many a test


def environment(**settings: object) -> dict[str, str]:
    """The test's own environment without any KEYFOB_ setting, and then these."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("KEYFOB_")}
    return plain | {f"KEYFOB_{name}": str(value) for name, value in settings.items()}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


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


@dataclass
class Server:
    """`made` is what `keyfob init --json` printed: accountId, adminId, apiToken."""

    data_dir: Path
    settings: dict[str, object] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    made: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    gate_port: int | None = 0  # none: nobody chose one

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

    def init(self, *, account_name: str = "Workshop o11y") -> "Server":
        done = keyfob(
            "init", "--account-name", account_name, "--admin-email", ADMIN,
            "--api-token-name", "Workshop API Token", "--json",
            env=self.env | {"KEYFOB_ADMIN_PASSWORD": PASSWORD},
        )  # fmt: skip
        self.made = json.loads(done.stdout)
        return self

    def start(self) -> "Server":
        """Return when it answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [KEYFOB, "serve"], env=self.env, stdout=log, stderr=log, text=True
            )
        deadline = time.monotonic() + START_WITHIN
        with httpx2.Client(base_url=self.url, verify=TLS) as client:
            while time.monotonic() < deadline:
                assert self.process.poll() is None, self.log.read_text()
                try:
                    if client.get("/readyz").status_code == 200:
                        return self
                except httpx2.TransportError:
                    time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Return the exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def client(self, token: str | None = None) -> httpx2.Client:
        """Speaks for `token`; by default for the one that init made."""
        return httpx2.Client(
            base_url=self.url,
            headers={"X-API-TOKEN": self.made["apiToken"] if token is None else token},
            timeout=30,
            verify=TLS,
        )
