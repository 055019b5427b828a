"""Whoever loses what they act with while their request is on its way changes nothing any more."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from support.house import ORIGIN, acting_for

from keyfob import accounts, tokens
from keyfob.accounts import Role
from keyfob.actors import OPERATOR
from keyfob.errors import Forbidden
from keyfob.scopes import Scope
from keyfob.tokens import Draft, require_standing
from keyfob.verification import actor_of

pytestmark = pytest.mark.anyio

ANN, CAROL = "ann@example.com", "carol@example.com"


@pytest.fixture
async def family(house):
    """Ann and Carol are admins of one account; Carol asks as the console does."""
    house.db.require_standing = require_standing
    main = await house.main()
    ann, carol = [await house.member(main, email) for email in (ANN, CAROL)]
    async with house.reader() as conn:
        seats = [await accounts.seat(conn, user.id, main.id) for user in (ann, carol)]
    by_ann, by_carol = (replace(seat.actor(ORIGIN), of_request=True) for seat in seats)
    return house, main, carol, by_ann, by_carol


async def suspend(tx, carol):
    await accounts.members.suspend(tx, carol.id)


async def remove(tx, carol):
    await accounts.members.remove(tx, carol.id, account_id=None)


async def demote(tx, carol):
    await accounts.members.update(tx, carol.id, full_name=None, role=Role.REGULAR, account_id=None)


async def undo_suspending(tx, carol):
    await accounts.members.unsuspend(tx, carol.id)


async def undo_removing(tx, _):
    await accounts.members.create(
        tx, email=CAROL, full_name="Carol", role=Role.ADMIN, account_id=None
    )


async def undo_demoting(tx, carol):
    await accounts.members.update(tx, carol.id, full_name=None, role=Role.ADMIN, account_id=None)


UNDONE = [(suspend, undo_suspending), (remove, undo_removing), (demote, undo_demoting)]


@pytest.mark.parametrize(("do", "undo"), UNDONE)
async def test_nobody_undoes_what_was_done_to_them(family, do, undo):
    house, main, carol, by_ann, by_carol = family
    async with house.transaction(by_ann) as tx:
        await do(tx, carol)
    for act in (
        undo,
        lambda tx, _: tokens.create(tx, house.instance, Draft(name="Backdoor"), account_id=main.id),
    ):
        with pytest.raises(Forbidden) as caught:
            async with house.transaction(by_carol) as tx:
                await act(tx, carol)
        assert caught.value.code == "auth/NOT_ANY_MORE"
    async with house.reader() as conn:
        seat = await accounts.seat(conn, carol.id, main.id)
    assert seat is None or seat.role is Role.REGULAR


@pytest.mark.parametrize(("do", "undo"), UNDONE)
async def test_not_even_when_they_waited_for_the_lock(family, do, undo):
    """As on PostgreSQL: the first look was before the change was committed."""
    house, _, carol, by_ann, by_carol = family
    async with house.transaction(by_ann) as tx:
        await do(tx, carol)
    house.db.require_standing = None
    with pytest.raises(Forbidden):
        async with house.transaction(by_carol) as tx:
            await undo(tx, carol)


async def test_who_still_may_goes_on(family):
    house, main, _, by_ann, _ = family
    async with house.transaction(by_ann) as tx:
        made, _ = await tokens.create(tx, house.instance, Draft(name="Fine"), account_id=main.id)
    assert made.account_id == main.id


ENDS = {
    "revoked": lambda tx, token, _: tokens.revoke(tx, token.id),
    "disabled": lambda tx, token, _: tokens.update(tx, token.id, {"enabled": False}),
    "narrowed": lambda tx, token, _: tokens.update(tx, token.id, {"scopes": ["tokens:read"]}),
    "expired": lambda tx, token, _: tokens.update(
        tx, token.id, {"expires_at": tx.now + timedelta(seconds=1)}
    ),
    "of a suspended account": lambda tx, _, account: accounts.suspend(tx, account.main_id),
}


@pytest.mark.parametrize("end", ENDS)
async def test_a_token_that_ends_while_its_body_comes_in_makes_nothing(house, clock, end):
    house.db.require_standing = require_standing
    main = await house.main()
    sub = await house.sub(main)
    token, value = await house.token(sub, "Leaked", scopes=(Scope("*"),))
    known = await house.lookup.patiently(partial(house.lookup.find, value))
    actor = replace(actor_of(known, ORIGIN), of_request=True)
    async with house.transaction(OPERATOR) as tx:
        await ENDS[end](tx, token, sub)
    clock.forward(seconds=2)
    with pytest.raises(Forbidden) as caught:
        async with house.transaction(actor) as tx:
            await tokens.create(tx, house.instance, Draft(name="Backdoor"), account_id=sub.id)
    assert caught.value.code == "auth/BAD_TOKEN"


async def test_tests_and_the_operator_are_not_asked(house):
    house.db.require_standing = require_standing
    main = await house.main()
    for actor in (OPERATOR, acting_for(main)):
        async with house.transaction(actor) as tx:
            await tokens.create(tx, house.instance, Draft(name=actor.name), account_id=main.id)
