"""A statement is one trip to the connection's thread, and says what it says without."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from keyfob.db import one_trip, sqlite

pytestmark = pytest.mark.anyio


@pytest.fixture
async def engine(tmp_path):
    engine = sqlite.writer(tmp_path / "one.db")
    async with engine.begin() as conn:
        await conn.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
    yield engine
    await engine.dispose()


@pytest.fixture
def trips(monkeypatch):
    """Each statement that made the trip, as it was sent."""
    made = []
    run = one_trip.Connection.run

    async def counted(self, function, *arguments):
        made.append(arguments[1])
        return await run(self, function, *arguments)

    monkeypatch.setattr(one_trip.Connection, "run", counted)
    return made


async def test_each_statement_is_one_trip(engine, trips):
    async with engine.begin() as conn:
        added = await conn.execute(
            text("INSERT INTO things (name) VALUES (:name) RETURNING id"), {"name": "a"}
        )
        assert added.scalar_one() == 1
        assert (await conn.execute(text("SELECT name FROM things"))).all() == [("a",)]
    assert [each.split()[0] for each in trips] == ["BEGIN", "INSERT", "SELECT"]


async def test_many_rows_are_one_trip(engine, trips):
    rows = [{"name": f"{n}"} for n in range(100)]
    async with engine.begin() as conn:
        added = await conn.execute(text("INSERT INTO things (name) VALUES (:name)"), rows)
        assert added.rowcount == 100
    assert len(trips) == 2


async def test_it_tells_how_many_rows_were_changed(engine):
    async with engine.begin() as conn:
        await conn.execute(text("INSERT INTO things (name) VALUES ('a'), ('b')"))
        for change, rows in (
            ("UPDATE things SET name = name || '!'", 2),
            ("DELETE FROM things", 2),
        ):
            assert (await conn.execute(text(change))).rowcount == rows
        found = await conn.execute(text("SELECT id, name FROM things"))
        assert (found.keys(), found.all()) == (["id", "name"], [])


async def test_what_the_engine_refuses_is_an_error_and_the_connection_goes_on(engine):
    async with engine.begin() as conn:
        await conn.execute(text("INSERT INTO things (name) VALUES ('a')"))
    with pytest.raises(IntegrityError, match="UNIQUE"):
        async with engine.begin() as conn:
            await conn.execute(text("INSERT INTO things (name) VALUES ('b')"))
            await conn.execute(text("INSERT INTO things (name) VALUES ('a')"))
    async with engine.begin() as conn:
        assert (await conn.execute(text("SELECT name FROM things"))).scalars().all() == ["a"]
