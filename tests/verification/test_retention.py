from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from keyfob.db import Copied, changes, milliseconds, schema, touch
from keyfob.verification import ACCEPTED, Usage, retention, tidy

pytestmark = pytest.mark.anyio


async def ages(house, table, now):
    async with house.reader() as conn:
        moments = (await conn.execute(select(table.c.at).order_by(table.c.at))).scalars()
        return [now - at for at in moments]


async def test_counts_are_kept_as_long_as_they_can_be_looked_at(house, clock):
    token, value = await house.token(await house.main())
    if house.db.is_sqlite:
        known = house.lookup.find(value)
    else:
        known = await house.lookup.patiently(lambda reading: house.lookup.find(value, reading))
    usage = Usage()
    for days in (0, 90, 91, 400, 401):
        for hours in (0, 1):
            at = clock.now - timedelta(days=days, hours=hours)
            usage.count(known, ACCEPTED, milliseconds(at))
    await usage.write(house.db)
    await tidy(house.db)
    hour, day = timedelta(hours=1), timedelta(days=1)
    assert await ages(house, schema.usage_hourly, clock.now) == [90 * day, hour, timedelta()]
    found = await ages(house, schema.usage_daily, clock.now)
    assert found == [each * day for each in (400, 92, 91, 90, 1, 0)]
    assert token.id == known.id


async def test_much_that_is_old_is_removed_in_steps(house, clock):
    token, _ = await house.token(await house.main())
    many = retention.STEP + 1
    old = clock.now - timedelta(days=500)
    rows = [
        {"at": old + timedelta(minutes=n), "token_id": token.id, "verdict": "VALID", "uses": 1}
        for n in range(many)
    ]
    async with house.transaction() as tx:
        await tx.conn.execute(insert(schema.usage_hourly), rows)
    await tidy(house.db)
    assert await ages(house, schema.usage_hourly, clock.now) == []


async def test_the_list_of_changes_keeps_its_newest(house):
    async with house.transaction() as tx:
        for number in range(changes.KEPT + 5):
            touch(tx, Copied.ACCOUNT, number)
    await tidy(house.db)
    async with house.reader() as conn:
        query = select(func.count()).select_from(schema.changes)
        assert (await conn.execute(query)).scalar() == changes.KEPT


async def test_a_writer_that_is_long_gone_is_forgotten(house, clock):
    _, value = await house.token(await house.main())
    known = await house.lookup.patiently(lambda reading: house.lookup.find(value, reading))
    for _ in range(2):
        usage = Usage()
        usage.count(known, ACCEPTED, milliseconds(clock.now))
        await usage.write(house.db)
        clock.forward(days=20)
    await tidy(house.db)
    async with house.reader() as conn:
        query = select(func.count()).select_from(schema.usage_writers)
        assert (await conn.execute(query)).scalar() == 1
