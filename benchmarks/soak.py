"""
`make soak`: the gate under full load for ten minutes, while tokens are made and revoked.

One wrk keeps the gate busy with good tokens. Beside it one client makes a token, asks for it,
revokes it and asks again, over and over: each verdict is known, and a wrong one ends the run.
Memory and the slowest hundredth of the answers are looked at every ten seconds.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx2
import psutil
from house import furnish
from load import CLIENT_CORE, CONNECTIONS, ON, SERVER_CORE
from rich.console import Console
from serving import free_port, keyfob, serving

GOOD = 20_000  # tokens that are asked for under load, in rotation
ENTRIES = GOOD + 200  # that the server remembers: full within minutes, so what grows is a leak
EVERY = 10  # seconds between two looks
MOST_GROWTH = 0.05  # of 1: of memory, in the last two thirds

# wrk asks for one token after another, and counts what is not a 200.
ROTATION = """
local tokens, at = {{}}, 0
for line in io.lines("{values}") do tokens[#tokens + 1] = line end
function request()
    at = at % #tokens + 1
    local headers = {{["X-Keyfob-Gateway"] = "{caller}", ["X-API-TOKEN"] = tokens[at]}}
    return wrk.format("GET", "/auth", headers)
end
"""


@dataclass
class Checker:
    """Knows what every answer has to be. `took` are milliseconds since the last look."""

    api: httpx2.Client
    gate: httpx2.Client
    numbers: count = field(default_factory=count)
    checked: int = 0
    took: list[float] = field(default_factory=list)

    def life(self) -> None:
        """Of one token: good from its making to its revocation, and not a moment longer."""
        made = self.api.post("/v1/api-tokens", json={"name": f"Soaked {next(self.numbers)}"}).json()
        self.ask(made["token"], valid=True)
        self.ask(made["token"], valid=True)
        answer = self.api.delete(f"/v1/api-tokens/{made['id']}")
        assert answer.status_code == 204, answer.text
        self.ask(made["token"], valid=False)

    def ask(self, token: str, *, valid: bool) -> None:
        started = time.perf_counter()
        answer = self.gate.post("/v1/verify", json={"token": token})
        self.took.append((time.perf_counter() - started) * 1000)
        assert answer.json()["valid"] is valid, f"wrong after {self.checked}: {answer.text}"
        self.checked += 1

    def p99(self) -> float:
        took, self.took = self.took, []
        return statistics.quantiles(took, n=100)[98]


def soak(seconds: int) -> None:
    console = Console()
    with tempfile.TemporaryDirectory(prefix="keyfob-soak-") as name:
        folder = Path(name)
        made = furnish(folder / "data", token_count=GOOD + 1, good=GOOD)
        (folder / "values").write_text("\n".join(made.values))
        script = folder / "rotation.lua"
        script.write_text(ROTATION.format(values=folder / "values", caller=made.api_token))
        port, gate = free_port(), free_port()
        headers = {"x-api-token": made.api_token}
        command = [*ON, SERVER_CORE, *keyfob(folder / "data", port, gate)]
        command += ["--cache-entries", str(ENTRIES)]
        load = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script)]
        with (
            serving(command, port, "/v2/whoami", **headers) as server,
            httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as api,
            httpx2.Client(base_url=f"http://127.0.0.1:{gate}", headers=headers, timeout=60) as ask,
            subprocess.Popen(
                [*ON, CLIENT_CORE, *load, f"http://127.0.0.1:{gate}"],
                stdout=subprocess.PIPE, text=True,
            ) as wrk,
        ):  # fmt: skip
            looks = watch(console, server, Checker(api, ask), seconds)
            said, _ = wrk.communicate(timeout=60)
    console.print(said)
    assert "Non-2xx" not in said, "a good token was refused under load"
    memory = [megabytes for megabytes, _ in looks[len(looks) // 3 :]]
    growth = memory[-1] / memory[0] - 1
    console.print(f"memory {memory[0]:.1f} to {memory[-1]:.1f} MB: {growth:+.1%}")
    assert growth <= MOST_GROWTH, "memory grows"


def watch(
    console: Console, server: psutil.Process, checker: Checker, seconds: int
) -> list[tuple[float, float]]:
    """Megabytes and the 99th percentile in milliseconds, look by look."""
    looks: list[tuple[float, float]] = []
    ends = time.monotonic() + seconds
    while (now := time.monotonic()) < ends:
        while time.monotonic() < min(now + EVERY, ends):
            checker.life()
        looks.append((server.memory_info().rss / 2**20, checker.p99()))
        megabytes, late = looks[-1]
        console.print(
            f"{checker.checked:8} verdicts right, {megabytes:6.1f} MB, p99 {late:6.1f} ms"
        )
    return looks


if __name__ == "__main__":
    soak(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
