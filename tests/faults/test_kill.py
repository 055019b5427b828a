"""`kill -9` in the middle of the work: what was acknowledged stands, nothing is half done."""

import random
import signal
import threading
import time
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2
import pytest
from support import postgres
from support.house import House
from support.server import PATIENCE, Server

from keyfob.db import utc_now

THREADS = 4


@dataclass
class Load:
    """What one client asked for, what it was told, and what was under way when the server died."""

    created: dict[int, str] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    uncertain: set[int] = field(default_factory=set)  # a delete without an answer

    @property
    def answers(self) -> int:
        return len(self.created) + len(self.deleted)

    def run(self, server: Server) -> None:
        """Create and delete over one connection until it breaks."""
        mine: list[int] = []
        with server.client() as client:
            while True:
                try:
                    mine.append(self._create(client))
                    if len(mine) % 2 == 0:
                        self._delete(client, mine.pop(0))
                except httpx2.TransportError:
                    return

    def _create(self, client: httpx2.Client) -> int:
        answer = client.post("/v1/api-tokens", json={"name": uuid4().hex})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        self.created[made["id"]] = made["token"]
        return made["id"]

    def _delete(self, client: httpx2.Client, token_id: int) -> None:
        self.uncertain.add(token_id)
        answer = client.delete(f"/v1/api-tokens/{token_id}")
        assert answer.status_code == 204, answer.text
        self.uncertain.remove(token_id)
        self.deleted.add(token_id)


def killed_at_work(server: Server, answers: int, after: float) -> Load:
    """
    Work, then kill the server so many `answers` and seconds in; return what all clients know.

    Both are needed: a slow machine has not begun after a few milliseconds, and right after an
    answer is not every moment of the work.
    """
    loads = [Load() for _ in range(THREADS)]
    threads = [threading.Thread(target=load.run, args=(server,)) for load in loads]
    for thread in threads:
        thread.start()
    until = time.monotonic() + PATIENCE
    while sum(load.answers for load in loads) < answers:
        assert time.monotonic() < until, "the clients were not answered"
        assert any(thread.is_alive() for thread in threads)
        time.sleep(0.001)
    time.sleep(after)
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    whole = Load()
    for load in loads:
        whole.created |= load.created
        whole.deleted |= load.deleted
        whole.uncertain |= load.uncertain
    return whole


def check_promises(server: Server, load: Load) -> None:
    with server.client() as client:
        for token_id, value in load.created.items():
            answer = client.post("/v1/verify", json={"token": value}).json()
            if token_id in load.deleted:
                assert answer == {"valid": False, "code": "REVOKED"}
            elif token_id in load.uncertain:
                assert answer["valid"] or answer["code"] == "REVOKED"
            else:
                assert (answer["valid"], answer.get("tokenId")) == (True, token_id)


async def check_nothing_is_half_done(server: Server, loads: list[Load]) -> None:
    url = str(server.settings.get("DATABASE_URL", ""))
    house = await House.open(server.data_dir, url, utc_now)
    async with house.reader() as conn:

        async def numbers(query: str) -> set[int]:
            return {int(row[0]) for row in await conn.exec_driver_sql(query)}

        if not url:
            assert (await conn.exec_driver_sql("PRAGMA integrity_check")).scalar() == "ok"
            assert (await conn.exec_driver_sql("PRAGMA foreign_key_check")).all() == []
        rows = await numbers("SELECT id FROM tokens")
        living = await numbers("SELECT id FROM tokens WHERE revoked_at IS NULL")
        sealed = await numbers("SELECT token_id FROM sealed_tokens")
        entry = "SELECT substr(subject, 7) FROM audit_entries WHERE action = "
        made, revoked = (
            await numbers(f"{entry}'token.created'"),
            await numbers(f"{entry}'token.revoked'"),
        )
        entries = await conn.exec_driver_sql(
            "SELECT count(*) FROM audit_entries WHERE action LIKE 'token.%%'"
        )
        assert entries.scalar() == len(made) + len(revoked)
    await house.close()
    created = {token_id for load in loads for token_id in load.created}
    assert created <= rows
    assert len(rows - created) <= 1 + THREADS * len(loads)  # what was under way, and init's own
    assert made == rows
    assert revoked == rows - living
    assert sealed == living


async def kill_and_see(server: Server, times: int) -> None:
    choose = random.Random(50)  # noqa: S311 -- moments, not secrets
    loads: list[Load] = []
    server.start()
    for _ in range(times):
        loads.append(killed_at_work(server, choose.randint(1, 24), choose.uniform(0, 0.02)))
        server.start()
        check_promises(server, loads[-1])
    for load in loads:
        check_promises(server, load)
    assert server.stop() == 0
    await check_nothing_is_half_done(server, loads)
    assert any(load.deleted for load in loads)
    assert any(load.uncertain for load in loads)  # killed while a delete was under way


@pytest.mark.anyio
async def test_killed_fifty_times_on_sqlite(new_server):
    await kill_and_see(new_server.init(), 50)


@pytest.mark.anyio
async def test_killed_ten_times_on_postgresql(tmp_path):
    url = await postgres.create_database()
    server = Server(tmp_path / "data", settings={"DATABASE_URL": url}).init()
    try:
        await kill_and_see(server, 10)
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop(signal.SIGKILL)
        await postgres.drop_database(url)
