"""`make demo`: it starts, it can be signed in to, and it starts again on the same data."""

import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from support.house import House
from support.server import PATIENCE, environment, free_port

from keyfob import accounts, tokens
from keyfob.accounts import AccountId
from keyfob.actors import OPERATOR
from keyfob.db import utc_now
from keyfob.tokens import Query, TokenState

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


@pytest.fixture
def demo(tmp_path):
    env = environment(DATA_DIR=tmp_path / "data", PORT=free_port(), GATE_PORT=0)
    running = []

    def start(env=env):
        process = subprocess.Popen(
            [sys.executable, DEMO], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        running.append(process)
        said = []
        while not said or "Keyfob is at" not in said[-1]:
            line = process.stdout.readline()
            assert line, said
            said.append(line)
        return process, "".join(said)

    start.url = f"http://127.0.0.1:{env['KEYFOB_PORT']}"
    start.env = env
    yield start
    for process in running:
        process.kill()
        process.communicate()


def stop(process):
    process.terminate()
    assert process.wait(timeout=30) == 0


@pytest.mark.anyio
async def test_the_demo_shows_a_token_in_every_state_and_starts_again_on_its_data(demo, tmp_path):
    process, said = demo()
    assert "admin@example.com" in said
    assert f"Keyfob is at {demo.url}\n" in said
    assert httpx2.get(f"{demo.url}/readyz").status_code == 200
    stop(process)
    house = await House.open(tmp_path / "data", "", utc_now)
    try:
        everything = Query(states=frozenset(TokenState), limit=100)
        async with house.reader() as conn:
            listed = await tokens.page(
                conn, OPERATOR, everything, account_id=AccountId(2_000_001), now=utc_now()
            )
            family = await accounts.family(conn, AccountId(2_000_001))
        assert {token.state(utc_now()) for token in listed.items} == set(TokenState)
        oldest = min(token.created_at for token in listed.items)
        assert 29 < (utc_now() - oldest).days < 32
        assert {token.created_by for token in listed.items} == {"admin@example.com"}
        assert [account.name for account in family] == ["Workshop o11y", "Payments", "Mobile"]
    finally:
        await house.close()
    again, said_again = demo()
    assert said_again == said
    stop(again)


def test_untold_its_data_is_in_a_folder_that_goes_with_it(demo, tmp_path):
    env = {name: text for name, text in demo.env.items() if name != "KEYFOB_DATA_DIR"}
    process, _ = demo(env | {"TMPDIR": str(tmp_path)})
    [folder] = tmp_path.glob("keyfob-demo-*")
    assert (folder / "keyfob.db").exists()
    stop(process)
    deadline = time.monotonic() + PATIENCE
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
