"""An account of strangers may add somebody by their address: that harms them nowhere else."""

from datetime import timedelta

import pytest
from support.house import ORIGIN

from keyfob import accounts, audit, users
from keyfob.accounts import Role
from keyfob.errors import Conflict, Forbidden

pytestmark = pytest.mark.anyio

ANN, MALLORY, DORA = "ann@example.com", "mallory@example.com", "dora@example.com"
HERS = "another sentence nobody guesses"


@pytest.fixture
async def two(house, clock):
    """Mallory's account is the older one. Ann came into hers before Mallory adds her."""
    evil, good = await house.main("Evil"), await house.main("Good")
    mallory = await house.member(evil, MALLORY, password=HERS)
    ann = await house.member(good, ANN, password=HERS)
    clock.forward(days=1)
    async with house.reader() as conn:
        by_mallory = (await accounts.seat(conn, mallory.id, evil.id)).actor(ORIGIN)
        by_ann = (await accounts.seat(conn, ann.id, good.id)).actor(ORIGIN)
    return house, evil, good, ann, by_mallory, by_ann


async def add(house, actor, email=ANN, role=Role.ADMIN):
    async with house.transaction(actor) as tx:
        return await accounts.members.create(
            tx, email=email, full_name="Of theirs", role=role, account_id=None
        )


async def sessions_of(house, user):
    async with house.reader() as conn:
        return await users.living(conn, user.id, now=house.db.now())


async def test_they_give_nobody_another_name(two):
    house, _, _, ann, by_mallory, _ = two
    await add(house, by_mallory)
    with pytest.raises(Conflict) as caught:
        async with house.transaction(by_mallory) as tx:
            await accounts.members.update(
                tx, ann.id, full_name="Mallory", role=None, account_id=None
            )
    assert caught.value.code == "users/NAMED_ELSEWHERE"
    async with house.transaction(by_mallory) as tx:  # the name she has may be sent along
        await accounts.members.update(
            tx, ann.id, full_name=ann.full_name, role=Role.REGULAR, account_id=None
        )


@pytest.mark.parametrize("do", [accounts.members.suspend, accounts.members.remove])
async def test_they_sign_nobody_out_elsewhere(two, do):
    house, evil, good, ann, by_mallory, _ = two
    await add(house, by_mallory)
    await house.member(evil, "last@example.com")
    for account in (good, evil):
        async with house.transaction() as tx:
            await users.start(tx, ann, account_id=account.id)
    async with house.transaction(by_mallory) as tx:
        await do(tx, ann.id, account_id=None)
    assert [each.account_id for each in await sessions_of(house, ann)] == [good.id]


async def test_ones_own_account_signs_out_everywhere(two):
    house, _, good, ann, _, by_ann = two
    await house.member(good, "last@example.com", password=HERS)
    sub = await house.sub(good)
    for account in (good, sub):
        async with house.transaction() as tx:
            await users.start(tx, ann, account_id=account.id)
    async with house.transaction(by_ann) as tx:
        await accounts.members.suspend(tx, ann.id)
    assert await sessions_of(house, ann) == []


async def test_they_are_not_where_one_lands(two):
    house, evil, good, _, by_mallory, _ = two
    await add(house, by_mallory)
    signed_in = await accounts.sign_in(house.db, ORIGIN, email=ANN, password=HERS)
    assert signed_in.seat.account == good
    async with house.reader() as conn:
        seats = await accounts.seats(conn, signed_in.seat.user.id)
    assert [seat.account for seat in seats] == [evil, good]


async def test_they_do_not_take_the_warnings_away(two):
    house, evil, good, _, by_mallory, _ = two
    await add(house, by_mallory)
    with pytest.raises(Forbidden):
        await accounts.sign_in(house.db, ORIGIN, email=ANN, password="no")
    async with house.reader() as conn:
        for account in (good, evil):
            entries = await audit.trail(conn, account_id=account.id)
            assert "user.failed_sign_in" in {entry.action for entry in entries}


async def test_they_end_no_invitation(two, clock):
    house, _, good, _, by_mallory, by_ann = two
    dora = await add(house, by_ann, DORA)
    async with house.transaction(by_ann) as tx:
        link = await accounts.members.invite(tx, dora)
    with pytest.raises(Conflict) as caught:
        await add(house, by_mallory, DORA)
    assert caught.value.code == "users/INVITED_ELSEWHERE"
    hashed = await users.new_password(HERS, email=DORA)
    came = await accounts.accept_invitation(
        house.db, ORIGIN, link, password=hashed, full_name="Dora"
    )
    assert came.seat.account == good


async def test_an_invitation_that_nobody_used_keeps_nobody_out(two, clock):
    house, _, _, _, by_mallory, by_ann = two
    dora = await add(house, by_mallory, DORA)
    async with house.transaction(by_mallory) as tx:
        await accounts.members.invite(tx, dora)
    with pytest.raises(Conflict):
        await add(house, by_ann, DORA)
    clock.forward(seconds=timedelta(days=7).total_seconds())
    assert await add(house, by_ann, DORA) == dora


async def test_the_main_account_ends_an_invitation_of_its_sub_account(two):
    house, _, good, _, _, by_ann = two
    sub = await house.sub(good)
    carol = await house.member(sub, "carol@example.com")
    async with house.reader() as conn:
        by_carol = (await accounts.seat(conn, carol.id, sub.id)).actor(ORIGIN)
    dora = await add(house, by_carol, DORA)
    async with house.transaction(by_carol) as tx:
        link = await accounts.members.invite(tx, dora)
    await add(house, by_ann, DORA)
    async with house.reader() as conn:
        assert await users.invited(conn, link, now=house.db.now()) is None
