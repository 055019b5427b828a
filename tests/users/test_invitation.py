"""Invitations: one link at a time, once, for a week, and never for somebody with a password."""

import asyncio

import pytest
from support.house import acting_for

from keyfob import accounts, audit, users
from keyfob.accounts import Role
from keyfob.actors import Origin, visitor
from keyfob.errors import Conflict, Forbidden, NotFound

pytestmark = pytest.mark.anyio
PASSWORD = "a sentence that nobody guesses"


@pytest.fixture
async def main(house):
    return await house.main()


@pytest.fixture
async def dora(house, main):
    return await house.member(main, "dora@example.com", Role.REGULAR)


async def invited(house, main, user):
    async with house.transaction(acting_for(main)) as tx:
        return await accounts.members.invite(tx, user.id)


async def accept(house, link, name="Dora"):
    password = users.NewPassword("a hash")  # how it is made is not the matter here
    async with house.transaction(visitor(Origin())) as tx:
        return await users.accept(tx, link, password, full_name=name)


async def test_a_link_gives_a_password_and_a_name_once(house, main, dora):
    link = await invited(house, main, dora)
    await accept(house, link, "Dora Diaz")
    with pytest.raises(Forbidden):
        await accept(house, link)
    async with house.reader() as conn:
        user = await users.by_id(conn, dora.id)
        trail = await audit.trail(conn, subject=f"user:{dora.id}")
    assert (user.full_name, user.has_password) == ("Dora Diaz", True)
    assert [entry.action for entry in trail][:2] == ["user.invitation_used", "user.invited"]
    assert link not in repr(trail)


async def test_of_two_at_once_one_comes_in(house, main, dora):
    link = await invited(house, main, dora)
    tries = await asyncio.gather(*(accept(house, link) for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in tries) == [*["Forbidden"] * 3, "User"]


async def test_a_newer_link_ends_the_older_one(house, main, dora):
    old = await invited(house, main, dora)
    new = await invited(house, main, dora)
    async with house.reader() as conn:
        assert await users.invited(conn, old, now=house.db.now()) is None
        assert (await users.invited(conn, new, now=house.db.now())).user_id == dora.id


async def test_a_link_is_good_until_the_very_end_of_its_week(house, main, dora, clock):
    link = await invited(house, main, dora)
    clock.forward(days=7, milliseconds=-1)
    async with house.reader() as conn:
        assert await users.invited(conn, link, now=house.db.now())
        clock.forward(milliseconds=1)
        assert await users.invited(conn, link, now=house.db.now()) is None
    with pytest.raises(Forbidden):
        await accept(house, link)


async def test_nobody_with_a_password_is_invited(house, main):
    ann = await house.member(main, "ann@example.com", password=PASSWORD)
    with pytest.raises(Conflict, match="has a password already"):
        await invited(house, main, ann)


async def test_only_members_of_the_own_account_are_invited(house, main, dora):
    other = await house.main("Other")
    with pytest.raises(NotFound):
        await invited(house, other, dora)


async def test_a_link_goes_with_its_user(house, main, dora):
    link = await invited(house, main, dora)
    await house.member(main, "ann@example.com")
    async with house.transaction(acting_for(main)) as tx:
        await accounts.members.remove(tx, dora.id, account_id=None)
        seats = await accounts.seats(tx.conn, dora.id)
    assert seats == []
    await accept(house, link)  # it lets them choose a password, and into no account


async def test_nobody_comes_by_a_link_into_an_account_they_do_not_manage(house, main, dora):
    """Neither into the main account from below, nor into another family."""
    sub, other = await house.sub(main), await house.main("Other")
    for account in (sub, other):
        await house.member(account, "dora@example.com", Role.ADMIN)
        with pytest.raises(Conflict, match="not yours to manage"):
            await invited(house, account, dora)
    with pytest.raises(Conflict, match="not yours to manage"):
        await invited(house, main, dora)


async def test_the_main_account_vouches_for_its_family(house, main, dora):
    await house.member(await house.sub(main), "dora@example.com", Role.ADMIN)
    assert await invited(house, main, dora)


async def test_who_is_added_elsewhere_needs_a_new_link(house, main):
    """Whoever had the first one would come into the second account with it."""
    sub = await house.sub(main)
    eve = await house.member(sub, "eve@example.com", Role.REGULAR)
    link = await invited(house, sub, eve)
    await house.member(main, "eve@example.com", Role.ADMIN)
    with pytest.raises(Forbidden):
        await accept(house, link)
