"""Invitations: one link at a time, once, for a week, and never for somebody with a password."""

import asyncio

import pytest
from sqlalchemy import delete
from support.house import acting_for

from keyfob import accounts, audit, users
from keyfob.accounts import Role
from keyfob.actors import Origin
from keyfob.db.schema import memberships
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
    return await accounts.accept_invitation(
        house.db, Origin(), link, password=password, full_name=name
    )


async def test_a_link_gives_a_password_and_a_name_once(house, main, dora):
    link = await invited(house, main, dora)
    await accept(house, link, "Dora Diaz")
    with pytest.raises(Forbidden):
        await accept(house, link)
    async with house.reader() as conn:
        user = await users.by_id(conn, dora.id)
        trail = await audit.trail(conn, subject=f"user:{dora.id}")
    assert (user.full_name, user.has_password) == ("Dora Diaz", True)
    assert [entry.action for entry in trail][:3] == [
        "user.signed_in",
        "user.invitation_used",
        "user.invited",
    ]
    assert link not in repr(trail)


async def test_of_two_at_once_one_comes_in(house, main, dora):
    link = await invited(house, main, dora)
    tries = await asyncio.gather(*(accept(house, link) for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in tries) == [*["Forbidden"] * 3, "SignedIn"]


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


@pytest.mark.parametrize("do", ["remove", "suspend", "remove_everywhere", "suspend_everywhere"])
async def test_who_is_shut_out_has_no_link_any_more(house, main, dora, do):
    link = await invited(house, main, dora)
    await house.member(main, "ann@example.com")
    named = {"account_id": main.id} if do in {"remove", "suspend"} else {}
    async with house.transaction(acting_for(main)) as tx:
        await getattr(accounts.members, do)(tx, dora.id, **named)
    with pytest.raises(Forbidden):
        await accept(house, link)
    async with house.reader() as conn:
        assert not (await users.by_id(conn, dora.id)).has_password


async def test_a_link_is_no_good_without_a_membership(house, main, dora):
    """Whatever took it away."""
    link = await invited(house, main, dora)
    async with house.transaction() as tx:
        await tx.conn.execute(delete(memberships).where(memberships.c.user_id == dora.id))
    with pytest.raises(Forbidden):
        await accept(house, link)


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


async def test_who_invited_somebody_first_does_not_come_in_elsewhere_with_them(house, main):
    """The sub account's admin made the link, and may have chosen the password."""
    sub, sibling, other = await house.sub(main), await house.sub(main), await house.main("Other")
    boss = await house.member(sub, "boss@example.com", Role.REGULAR)
    await accept(house, await invited(house, sub, boss))
    for account in (sibling, other):
        with pytest.raises(Conflict, match="whose admins may know it"):
            async with house.transaction(acting_for(account)) as tx:
                await accounts.add_member(tx, account, email="boss@example.com", role=Role.ADMIN)
    with pytest.raises(Conflict):
        await house.member(main, "boss@example.com", Role.ADMIN)  # the operator, who knows nobody


async def test_the_main_account_takes_the_password_and_invites_anew(house, main):
    sub = await house.sub(main)
    boss = await house.member(sub, "boss@example.com", Role.REGULAR)
    signed_in = await accept(house, await invited(house, sub, boss))
    async with house.transaction(acting_for(main)) as tx:
        await accounts.members.create(
            tx, email="boss@example.com", full_name="Boss", role=Role.ADMIN, account_id=None
        )
    async with house.reader() as conn:
        assert not (await users.by_id(conn, boss.id)).has_password
        assert await users.resume(conn, signed_in.session_id, now=house.db.now()) is None
    with pytest.raises(Conflict, match="not yours to manage"):
        await invited(house, sub, boss)
    await accept(house, await invited(house, main, boss))
    third = await house.sub(main)  # whom main vouches for is as good below it
    await house.member(third, "boss@example.com", Role.ADMIN)


async def test_an_own_password_is_kept_when_somebody_joins(house, main):
    """It was set on the host, or with the setup link: nobody else had it."""
    ann = await house.member(main, "ann@example.com", password=PASSWORD)
    await house.member(await house.main("Other"), "ann@example.com", Role.ADMIN)
    async with house.reader() as conn:
        assert (await users.by_id(conn, ann.id)).has_password


async def test_adding_and_inviting_at_once_leave_no_link_into_both(house, main):
    sub = await house.sub(main)
    for number in range(8):
        address = f"eve{number}@example.com"
        eve = await house.member(sub, address, Role.REGULAR)
        made, _ = await asyncio.gather(
            invited(house, sub, eve), house.member(main, address, Role.ADMIN),
            return_exceptions=True,
        )  # fmt: skip
        if isinstance(made, str):
            with pytest.raises(Forbidden):
                await accept(house, made)
