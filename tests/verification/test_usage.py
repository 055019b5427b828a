from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from keyfob.db import milliseconds, schema
from keyfob.errors import Unavailable
from keyfob.verification import ACCEPTED, Usage

pytestmark = pytest.mark.anyio


async def last_used(house, token):
    async with house.reader() as conn:
        query = select(schema.tokens.c.last_used_at).where(schema.tokens.c.id == token.id)
        return (await conn.execute(query)).scalar_one()


async def known(house, value):
    lookup = house.lookup
    return await lookup.patiently(partial(lookup.find, value))


async def test_a_use_is_written_with_the_next_batch(house, clock):
    token = await known(house, (await house.token(await house.main()))[1])
    usage = Usage()
    usage.count(token, ACCEPTED, milliseconds(clock.now))
    assert await last_used(house, token) is None
    await usage.write(house.db)
    assert await last_used(house, token) == clock.now


async def test_an_older_use_does_not_replace_a_newer_one(house, clock):
    token = await known(house, (await house.token(await house.main()))[1])
    usage = Usage()
    for at in (clock.now, clock.now - timedelta(seconds=5)):
        usage.count(token, ACCEPTED, milliseconds(at))
        await usage.write(house.db)
    assert await last_used(house, token) == clock.now


async def test_many_tokens_are_written_together(house, clock):
    main = await house.main()
    values = [(await house.token(main, f"token {number}"))[1] for number in range(3)]
    made = [await known(house, value) for value in values]
    usage = Usage()
    for token in made:
        usage.count(token, ACCEPTED, milliseconds(clock.now))
    await usage.write(house.db)
    assert [await last_used(house, token) for token in made] == [clock.now] * 3


async def test_what_could_not_be_written_is_kept_for_the_next_time(house, clock):
    token = await known(house, (await house.token(await house.main()))[1])
    usage = Usage()
    usage.count(token, ACCEPTED, milliseconds(clock.now))
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("ALTER TABLE tokens RENAME TO elsewhere")
    with pytest.raises((SQLAlchemyError, Unavailable)):
        await usage.write(house.db)
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("ALTER TABLE elsewhere RENAME TO tokens")
    await usage.write(house.db)
    assert await last_used(house, token) == clock.now
