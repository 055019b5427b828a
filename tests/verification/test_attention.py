"""What needs attention: which tokens are told, and which are not."""

from datetime import timedelta

import pytest
from support.house import acting_for

from keyfob import tokens
from keyfob.db import milliseconds
from keyfob.errors import Forbidden
from keyfob.verification import ACCEPTED, Reason, Usage, attention
from keyfob.verification.attention import Concern

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def worries(house, account, clock):
    async with house.reader() as conn:
        found = await attention.of_account(conn, acting_for(account), now=clock.now)
    return {worry.concern: [token.name for token in worry.tokens] for worry in found}


async def use(house, value, clock, verdict=ACCEPTED, times=1):
    known = await house.lookup.patiently(lambda reading: house.lookup.find(value, reading))
    usage = Usage()
    for _ in range(times):
        usage.count(known, verdict, milliseconds(clock.now))
    await usage.write(house.db)


async def change(house, token, **changes):
    async with house.transaction() as tx:
        await tokens.update(tx, token.id, changes)


async def test_an_account_where_all_is_well_has_none(house, clock):
    main = await house.main()
    _, value = await house.token(main, "Used")
    await use(house, value, clock)
    clock.forward(days=20)
    assert await worries(house, main, clock) == {}


async def test_tokens_that_end_within_two_weeks_the_next_one_first(house, clock):
    main = await house.main()
    for name, days in (("Later", 13.9), ("Soon", 1), ("Far", 14.1)):
        await house.token(main, name, expires_at=clock.now + days * DAY)
    off, _ = await house.token(main, "Off", expires_at=clock.now + DAY)
    gone, _ = await house.token(main, "Gone", expires_at=clock.now + DAY)
    await change(house, off, enabled=False)
    async with house.transaction() as tx:
        await tokens.revoke(tx, gone.id)
    assert await worries(house, main, clock) == {Concern.EXPIRING: ["Soon", "Later"]}


async def test_never_used_counts_after_a_week_and_only_for_what_could_be_used(house, clock):
    main = await house.main()
    off, _ = await house.token(main, "Off")
    await change(house, off, enabled=False)
    await house.token(main, "Scheduled", not_before=clock.now + 30 * DAY)
    await house.token(main, "Old")
    assert await worries(house, main, clock) == {}
    clock.forward(days=7)
    await house.token(main, "New")
    assert await worries(house, main, clock) == {}
    clock.forward(seconds=1)
    assert await worries(house, main, clock) == {Concern.NEVER_USED: ["Old"]}


async def test_unused_for_ninety_days(house, clock):
    main = await house.main()
    _, value = await house.token(main, "Idle")
    await use(house, value, clock)
    clock.forward(days=90)
    assert await worries(house, main, clock) == {}
    clock.forward(seconds=1)
    assert await worries(house, main, clock) == {Concern.UNUSED: ["Idle"]}


async def test_what_is_tried_in_vain_the_most_tried_first(house, clock):
    main = await house.main()
    off, off_value = await house.token(main, "Off")
    other, other_value = await house.token(main, "Off too")
    quiet, _ = await house.token(main, "Off and quiet")
    _, ended = await house.token(main, "Ended", expires_at=clock.now + DAY)
    await house.token(main, "Ended and quiet", expires_at=clock.now + DAY)
    for token in (off, other, quiet):
        await change(house, token, enabled=False)
    clock.forward(days=2)
    await use(house, off_value, clock, Reason.DISABLED, times=2)
    await use(house, other_value, clock, Reason.DISABLED, times=3)
    await use(house, ended, clock, Reason.EXPIRED)
    assert await worries(house, main, clock) == {
        Concern.EXPIRED_TRIED: ["Ended"],
        Concern.DISABLED_TRIED: ["Off too", "Off"],
    }
    async with house.reader() as conn:
        found = await attention.of_account(conn, acting_for(main), now=clock.now)
    assert [token.tried for worry in found for token in worry.tokens] == [1, 3, 2]
    clock.forward(days=9)
    assert await worries(house, main, clock) == {}


async def test_each_list_is_short_and_says_how_many_there_are(house, clock):
    main = await house.main()
    for number in range(7):
        await house.token(main, f"Number {number}", expires_at=clock.now + (number + 1) * DAY)
    async with house.reader() as conn:
        (worry,) = await attention.of_account(conn, acting_for(main), now=clock.now)
    assert [token.name for token in worry.tokens] == [f"Number {number}" for number in range(5)]
    assert (worry.total, worry.is_more) == (7, False)


async def test_another_account_is_not_told(house, clock):
    main = await house.main()
    sub = await house.sub(main)
    await house.token(sub, "Of sub", expires_at=clock.now + DAY)
    assert await worries(house, main, clock) == {}
    assert Concern.EXPIRING in await worries(house, sub, clock)
    with pytest.raises(Forbidden):
        async with house.reader() as conn:
            await attention.of_account(conn, acting_for(main, "account:read"), now=clock.now)
