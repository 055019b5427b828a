"""What is counted survives faults: nothing twice, and of `kill -9` no more than ten seconds."""

import asyncio
import signal
import time
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from support import postgres
from support.cut import Cut, Line
from support.house import House
from support.server import Server

from keyfob.db import milliseconds, schema
from keyfob.errors import Unavailable
from keyfob.verification import ACCEPTED, Usage

SECONDS = 10  # what may be lost


async def total(house) -> dict[str, int]:
    """By table."""
    async with house.reader() as conn:
        return {
            table.name: (await conn.execute(select(func.sum(table.c.uses)))).scalar() or 0
            for table in (schema.usage_hourly, schema.usage_daily)
        }


async def known(house):
    _, value = await house.token(await house.main())
    return await house.lookup.patiently(partial(house.lookup.find, value))


@pytest.mark.anyio
@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_a_commit_whose_outcome_is_not_known_is_counted_once(tmp_path, clock, cut):
    target = await postgres.create_database()
    async with Line.open(target) as line:
        house = await House.open(tmp_path / "data", line.url, clock)
        token, usage = await known(house), Usage()
        for counted in range(1, 4):
            usage.count(token, ACCEPTED, milliseconds(clock.now))
            line.cut = cut
            with pytest.raises((Unavailable, DBAPIError)):
                await usage.write(house.db)
            done = counted if cut is Cut.AFTER else counted - 1
            assert set((await total(house)).values()) == {done}
            await usage.write(house.db)
            assert set((await total(house)).values()) == {counted}
        # What is counted in between is another batch.
        usage.count(token, ACCEPTED, milliseconds(clock.now))
        line.cut = cut
        with pytest.raises((Unavailable, DBAPIError)):
            await usage.write(house.db)
        usage.count(token, ACCEPTED, milliseconds(clock.now))
        await usage.write(house.db)
        assert set((await total(house)).values()) == {5}
        await house.close()
    await postgres.drop_database(target)


def counted_by(server: Server) -> dict[str, int]:
    """What the server says of the account of its token, by name of the token."""
    with server.client() as client:
        body = client.get("/v1/usage").json()
        return {each["name"]: each["valid"] for each in body["mostUsed"]}


def work(server: Server, seconds: float) -> list[float]:
    """Verify a token until the time is over; return when each answer was there."""
    moments: list[float] = []
    with server.client() as client:
        value = client.post("/v1/api-tokens", json={"name": "Used"}).json()["token"]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert client.post("/v1/verify", json={"token": value}).json()["valid"]
            moments.append(time.monotonic())
    return moments


def killed(server: Server) -> None:
    answered = work(server.start(), 19)
    at = time.monotonic()
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    server.start()
    found = counted_by(server)["Used"]
    assert found <= len(answered)
    assert found >= sum(each <= at - SECONDS for each in answered) > 0
    assert server.stop() == 0


def test_a_kill_takes_ten_seconds_of_counts_at_most_on_sqlite(new_server):
    killed(new_server.init())


@pytest.mark.anyio
async def test_a_kill_takes_ten_seconds_of_counts_at_most_on_postgresql(tmp_path):
    url = await postgres.create_database()
    server = Server(tmp_path / "data", settings={"DATABASE_URL": url}).init()
    try:
        await asyncio.to_thread(killed, server)
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop(signal.SIGKILL)
        await postgres.drop_database(url)


def test_a_server_that_is_stopped_writes_the_rest(new_server):
    answered = work(new_server.init().start(), 1)
    assert new_server.stop() == 0
    new_server.start()
    assert counted_by(new_server)["Used"] == len(answered)
