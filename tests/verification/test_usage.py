from datetime import timedelta
from functools import partial

import anyio
import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from keyfob import tokens
from keyfob.actors import OPERATOR
from keyfob.db import changes, milliseconds, schema
from keyfob.errors import Unavailable
from keyfob.verification import ACCEPTED, Reason, Usage
from keyfob.verification.usage import MOST_OF_A_BATCH

pytestmark = pytest.mark.anyio


async def last_use(house, token):
    c = schema.tokens.c
    async with house.reader() as conn:
        query = select(c.last_used_at, c.last_used_ip, c.last_used_agent).where(c.id == token.id)
        return tuple((await conn.execute(query)).one())


async def last_used(house, token):
    return (await last_use(house, token))[0]


async def counted(house, table=schema.usage_hourly):
    """Of each token, moment and verdict."""
    async with house.reader() as conn:
        rows = await conn.execute(
            select(table.c.token_id, table.c.at, table.c.verdict, table.c.uses)
        )
        return {(token_id, at, verdict): uses for token_id, at, verdict, uses in rows}


async def total(house):
    async with house.reader() as conn:
        return (await conn.execute(select(func.sum(schema.usage_daily.c.uses)))).scalar()


async def known(house, value):
    lookup = house.lookup
    return await lookup.patiently(partial(lookup.find, value))


@pytest.fixture
async def token(house):
    return await known(house, (await house.token(await house.main()))[1])


async def test_a_use_is_written_with_the_next_batch(house, clock, token):
    usage = Usage()
    usage.count(token, ACCEPTED, milliseconds(clock.now))
    assert await last_used(house, token) is None
    await usage.write(house.db)
    assert await last_used(house, token) == clock.now


async def test_an_older_use_does_not_replace_a_newer_one(house, clock, token):
    usage = Usage()
    for ip, at in (("192.0.2.1", clock.now), ("192.0.2.2", clock.now - timedelta(seconds=5))):
        usage.count(token, ACCEPTED, milliseconds(at), ip)
        await usage.write(house.db)
    assert await last_use(house, token) == (clock.now, "192.0.2.1", None)


async def test_many_tokens_are_written_together(house, clock):
    main = await house.main()
    values = [(await house.token(main, f"token {number}"))[1] for number in range(3)]
    made = [await known(house, value) for value in values]
    usage = Usage()
    for token in made:
        usage.count(token, ACCEPTED, milliseconds(clock.now))
    await usage.write(house.db)
    assert [await last_used(house, token) for token in made] == [clock.now] * 3


async def test_uses_are_counted_by_verdict_hour_and_day_and_add_up(house, clock, token):
    usage = Usage()
    for _ in range(2):
        for verdict in (ACCEPTED, ACCEPTED, Reason.EXPIRED, Reason.IP_DENIED, Reason.EXPIRED):
            usage.count(token, verdict, milliseconds(clock.now))
        await usage.write(house.db)
        await usage.write(house.db)
    expected = {
        (token.id, clock.now, "VALID"): 4,
        (token.id, clock.now, "EXPIRED"): 4,
        (token.id, clock.now, "IP_DENIED"): 2,
    }
    assert await counted(house) == expected
    assert await counted(house, schema.usage_daily) == expected


async def test_a_use_belongs_to_the_hour_and_day_it_was_made_in(house, clock, token):
    """Not to those in which it is written; and the clock may go back."""
    usage = Usage()
    tick = timedelta(milliseconds=1)
    for at in (clock.now - tick, clock.now, clock.now - tick, clock.now + timedelta(hours=1)):
        usage.count(token, ACCEPTED, milliseconds(at))
    clock.forward(days=3)
    await usage.write(house.db)
    day, hour = timedelta(days=1), timedelta(hours=1)
    now = clock.now - 3 * day
    assert await counted(house) == {
        (token.id, now - hour, "VALID"): 2,
        (token.id, now, "VALID"): 1,
        (token.id, now + hour, "VALID"): 1,
    }
    assert await counted(house, schema.usage_daily) == {
        (token.id, now - day, "VALID"): 2,
        (token.id, now, "VALID"): 2,
    }
    assert await last_used(house, token) == now + hour


async def test_a_refusal_is_no_use(house, clock, token):
    usage = Usage()
    usage.count(token, ACCEPTED, milliseconds(clock.now), "192.0.2.1", "good")
    usage.count(token, Reason.EXPIRED, milliseconds(clock.now) + 1, "192.0.2.9", "bad")
    await usage.write(house.db)
    assert await last_use(house, token) == (clock.now, "192.0.2.1", "good")


@pytest.mark.parametrize(
    ("ip", "agent", "kept"),
    [
        ("203.0.113.7", "curl/8", ("203.0.113.7", "curl/8")),
        ("::ffff:203.0.113.7", "", ("203.0.113.7", None)),
        ("2001:DB8:0::1", "é", ("2001:db8::1", "é")),
        ("fe80::1%\x00", "a\x00b\nc", ("fe80::1", "abc")),
        ("no address", "a" * 10_000, (None, "a" * 200)),
        ("1" * 10_000, "\x00", (None, None)),
    ],
)
async def test_of_an_address_and_an_agent_only_what_can_be_is_kept(
    house, clock, token, ip, agent, kept
):
    usage = Usage()
    usage.count(token, ACCEPTED, milliseconds(clock.now), ip, agent)
    await usage.write(house.db)
    assert (await last_use(house, token))[1:] == kept


async def test_a_token_in_an_agent_is_cut_to_its_hint(house, clock):
    made, value = await house.token(await house.main())
    for cut in (0, 20):
        usage = Usage()
        agent = f"{'x' * (170 + cut - len(made.hint))} {value}"
        at = milliseconds(clock.now) + cut
        usage.count(await known(house, value), ACCEPTED, at, "", agent)
        await usage.write(house.db)
        assert (await last_use(house, made))[2].endswith(made.hint + "…")


async def test_what_could_not_be_written_is_kept_for_the_next_time(house, clock, token):
    usage = Usage()
    usage.count(token, ACCEPTED, milliseconds(clock.now))
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("ALTER TABLE tokens RENAME TO elsewhere")
    for _ in range(2):
        with pytest.raises((SQLAlchemyError, Unavailable)):
            await usage.write(house.db)
        usage.count(token, ACCEPTED, milliseconds(clock.now))
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("ALTER TABLE elsewhere RENAME TO tokens")
    await usage.write(house.db)
    assert await last_used(house, token) == clock.now
    assert await counted(house) == {(token.id, clock.now, "VALID"): 3}


async def test_memory_is_bounded_and_the_oldest_hour_goes_first(house, clock):
    main = await house.main()
    made = [await known(house, (await house.token(main, f"{n}"))[1]) for n in range(3)]
    usage = Usage(most_records=3)
    for hours in (1, 0):
        for token in made:
            usage.count(token, ACCEPTED, milliseconds(clock.now - timedelta(hours=hours)))
    await usage.write(house.db)
    assert await counted(house) == {(token.id, clock.now, "VALID"): 1 for token in made}


async def test_a_token_that_is_gone_is_left_out_and_the_others_are_written(house, clock):
    kept, doomed = await house.main("Kept"), await house.main("Doomed")
    stays = await known(house, (await house.token(kept))[1])
    goes = await known(house, (await house.token(doomed))[1])
    usage = Usage()
    for token in (goes, stays):
        usage.count(token, ACCEPTED, milliseconds(clock.now))
    async with house.transaction() as tx:
        await tx.conn.execute(delete(schema.accounts).where(schema.accounts.c.id == doomed.id))
    await usage.write(house.db)
    assert await counted(house) == {(stays.id, clock.now, "VALID"): 1}


async def test_the_counts_of_a_deleted_account_go_with_it(house, clock):
    doomed = await house.main()
    token = await known(house, (await house.token(doomed))[1])
    usage = Usage()
    usage.count(token, ACCEPTED, milliseconds(clock.now))
    await usage.write(house.db)
    async with house.transaction() as tx:
        await tx.conn.execute(delete(schema.accounts).where(schema.accounts.c.id == doomed.id))
    assert await counted(house) == await counted(house, schema.usage_daily) == {}


async def test_processes_that_count_the_same_token_add_up(house, clock, token):
    many = [Usage() for _ in range(4)]
    for _ in range(5):
        async with anyio.create_task_group() as group:
            for usage in many:
                usage.count(token, ACCEPTED, milliseconds(clock.now))
                group.start_soon(usage.write, house.db)
    assert await counted(house) == {(token.id, clock.now, "VALID"): 20}


async def test_more_than_one_batch(house, clock, token):
    """A record for each hour, so many that they do not go into one."""
    usage = Usage()
    number = MOST_OF_A_BATCH + 1
    for hours in range(number):
        usage.count(token, ACCEPTED, milliseconds(clock.now - timedelta(hours=hours)))
    await usage.write(house.db)
    assert (len(await counted(house)), await total(house)) == (number, number)
    assert await last_used(house, token) == clock.now


async def test_writing_makes_nobody_forget_a_token(house, clock):
    _, value = await house.token(await house.main())
    token = await known(house, value)
    usage = Usage()
    async with house.reader() as conn:
        before = await changes.newest(conn)
    for _ in range(2):
        usage.count(token, ACCEPTED, milliseconds(clock.now))
        await usage.write(house.db)
    assert await known(house, value) is token
    async with house.reader() as conn:
        assert await changes.newest(conn) == before


async def test_a_change_of_the_token_goes_through_while_its_use_is_written(house, clock, token):
    usage = Usage()

    async def rename():
        for number in range(5):
            async with house.transaction(OPERATOR) as tx:
                await tokens.update(tx, token.id, {"name": f"Name {number}"})

    async with anyio.create_task_group() as group:
        group.start_soon(rename)
        for _ in range(5):
            usage.count(token, ACCEPTED, milliseconds(clock.now))
            await usage.write(house.db)
    assert await total(house) == 5
