import asyncio

import pytest
from support.house import ORIGIN

from keyfob import accounts, families
from keyfob.accounts import LINK_LIFETIME, Plan
from keyfob.actors import visitor
from keyfob.errors import Conflict, Forbidden

pytestmark = pytest.mark.anyio


async def a_link(house):
    async with house.transaction() as tx:
        return await accounts.make_setup_link(tx)


async def is_good(house, link, clock):
    async with house.reader() as conn:
        return await accounts.setup_link_is_good(conn, link, now=clock.now)


async def redeem(house, link, name="Main"):
    """As the setup page does it: the link and the account share one transaction."""
    async with house.transaction(visitor(ORIGIN)) as tx:
        await accounts.redeem_setup_link(tx, link)
        return await families.found(tx, house.instance, name=name, plan=Plan())


async def test_a_setup_link_works_once(house, clock):
    link = await a_link(house)
    assert await is_good(house, link, clock)
    await redeem(house, link)
    assert not await is_good(house, link, clock)
    with pytest.raises(Forbidden) as caught:
        await redeem(house, link)
    assert caught.value.code == "setup/LINK_IS_SPENT"


async def test_a_setup_link_ends_at_the_very_moment_it_is_15_minutes_old(house, clock):
    link = await a_link(house)
    clock.forward(minutes=15, milliseconds=-1)
    assert await is_good(house, link, clock)
    clock.forward(milliseconds=1)
    assert LINK_LIFETIME.total_seconds() == 15 * 60
    assert not await is_good(house, link, clock)
    with pytest.raises(Forbidden):
        await redeem(house, link)


async def test_a_new_link_ends_the_old_one(house, clock):
    old, new = await a_link(house), await a_link(house)
    assert not await is_good(house, old, clock)
    assert await is_good(house, new, clock)


async def test_no_link_works_once_there_is_a_main_account(house, clock):
    link = await a_link(house)
    await house.main()
    assert not await is_good(house, link, clock)
    with pytest.raises(Forbidden):
        await redeem(house, link)


async def test_a_link_that_was_never_made_is_no_good(house, clock):
    await a_link(house)
    for made_up in ("", "x", "é" * 50, "a\0b"):
        assert not await is_good(house, made_up, clock)


async def test_a_setup_that_fails_leaves_the_link_good(house, clock):
    link = await a_link(house)
    with pytest.raises(ZeroDivisionError):
        async with house.transaction(visitor(ORIGIN)) as tx:
            await accounts.redeem_setup_link(tx, link)
            raise ZeroDivisionError
    assert await is_good(house, link, clock)


async def test_of_two_who_redeem_a_link_at_once_one_wins(house):
    link = await a_link(house)
    results = await asyncio.gather(
        *(redeem(house, link, f"Main {n}") for n in range(8)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Forbidden)]
    assert len(refused) == 7
    async with house.reader() as conn:
        main = await accounts.first_main(conn)
        assert main is not None
        count = await conn.exec_driver_sql("select count(*) from accounts")
        assert count.scalar() == 1


async def test_of_two_inits_at_once_one_wins(house):
    async def found(name):
        async with house.transaction() as tx:
            await accounts.require_empty(tx)
            return await families.found(tx, house.instance, name=name, plan=Plan())

    results = await asyncio.gather(*(found(f"Main {n}") for n in range(8)), return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 7


async def test_only_the_hash_of_a_link_is_stored(house):
    link = await a_link(house)
    async with house.reader() as conn:
        stored = (await conn.exec_driver_sql("select digest from setup_links")).scalar()
    assert len(stored) == 32
    assert link.encode() not in stored
