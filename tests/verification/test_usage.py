from datetime import timedelta

import pytest
from sqlalchemy.exc import SQLAlchemyError

from keyfob import tokens
from keyfob.errors import Unavailable
from keyfob.verification import Usage

pytestmark = pytest.mark.anyio


async def last_used(house, token):
    async with house.reader() as conn:
        stored = await tokens.by_public_id(conn, token.public_id)
    return stored.token.last_used_at


async def test_a_use_is_written_with_the_next_batch(house, clock):
    token, _ = await house.token(await house.main())
    usage = Usage()
    usage.saw(token.id, clock.now)
    assert await last_used(house, token) is None
    await usage.write(house.db)
    assert await last_used(house, token) == clock.now


async def test_an_older_use_does_not_replace_a_newer_one(house, clock):
    token, _ = await house.token(await house.main())
    usage = Usage()
    for at in (clock.now, clock.now - timedelta(seconds=5)):
        usage.saw(token.id, at)
        await usage.write(house.db)
    assert await last_used(house, token) == clock.now


async def test_many_tokens_are_written_together(house, clock):
    main = await house.main()
    made = [(await house.token(main, f"token {number}"))[0] for number in range(3)]
    usage = Usage()
    for token in made:
        usage.saw(token.id, clock.now)
    await usage.write(house.db)
    assert [await last_used(house, token) for token in made] == [clock.now] * 3


async def test_what_could_not_be_written_is_kept_for_the_next_time(house, clock):
    token, _ = await house.token(await house.main())
    usage = Usage()
    usage.saw(token.id, clock.now)
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("ALTER TABLE tokens RENAME TO elsewhere")
    with pytest.raises((SQLAlchemyError, Unavailable)):
        await usage.write(house.db)
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("ALTER TABLE elsewhere RENAME TO tokens")
    await usage.write(house.db)
    assert await last_used(house, token) == clock.now
