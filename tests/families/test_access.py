"""Who comes into a sub account through its main account, and who is told when that changes."""

from itertools import product

import pytest
from support.house import acting_for

from keyfob import accounts, audit, families
from keyfob.accounts import Role
from keyfob.families import Wanted

pytestmark = pytest.mark.anyio

ANN = "ann@example.com"


async def switch(house, main, sub, **wanted):
    async with house.transaction(acting_for(main)) as tx:
        await families.update(
            tx, sub.id, Wanted(**{"name": sub.name, "retention_days": 7} | wanted)
        )


async def told(house, account):
    async with house.reader() as conn:
        entries = await audit.trail(conn, account_id=account.id)
    return [(each.action, each.changes) for each in entries]


async def test_the_switch_is_on_record_in_the_account_itself_and_in_main(house):
    main = await house.main()
    sub, sibling = await house.sub(main, "Blue"), await house.sub(main, "Green")
    quiet = await told(house, sub), await told(house, sibling)
    await switch(house, main, sub, accessible=True)
    await switch(house, main, sub, accessible=False)
    assert (await told(house, sub))[:2] == [
        ("access.changed", {"accessible": (True, False)}),
        ("access.changed", {"accessible": (False, True)}),
    ]
    in_main = [action for action, _ in await told(house, main)]
    assert in_main[:2] == ["account.updated"] * 2
    assert "access.changed" not in in_main
    assert await told(house, sibling) == quiet[1]


async def test_what_does_not_concern_who_comes_in_is_on_record_in_main_only(house):
    main = await house.main()
    sub = await house.sub(main, accessible=True)
    before = await told(house, sub)
    await switch(house, main, sub, accessible=True, retention_days=9)
    await switch(house, main, sub, accessible=True, retention_days=9)
    assert await told(house, sub) == before


async def test_admins_of_the_account_read_it_in_words(house):
    main = await house.main()
    sub = await house.sub(main)
    await switch(house, main, sub, accessible=True)
    async with house.reader() as conn:
        events = await accounts.trail_events(conn, acting_for(sub))
    assert "Changed who may enter the account" in {event.title for event in events}


@pytest.mark.parametrize("accessible", [True, False])
async def test_one_rule_says_who_comes_in_through_main(house, accessible):
    """For each role there, active or not; a member is told as what they would come in without."""
    main = await house.main()
    sub = await house.sub(main, accessible=accessible)
    await house.member(main, ANN)
    await house.member(sub, ANN)
    cases = list(product(Role, [True, False], [None, Role.READ_ONLY], [True, False]))
    for number, (role, active, direct, not_suspended) in enumerate(cases):
        user = await house.member(main, f"u{number}@example.com", role)
        if direct:
            await house.member(sub, user.email, direct)
        async with house.transaction(acting_for(main)) as tx:
            if not active:
                await accounts.members.suspend(tx, user.id, account_id=main.id)
            if direct and not not_suspended:
                await accounts.members.suspend(tx, user.id, account_id=sub.id)
        through = role if active and (accessible or role is Role.ADMIN) else None
        async with house.reader() as conn:
            found = await accounts.seat_through_main(conn, user.id, sub.id)
            seat = await accounts.seat(conn, user.id, sub.id)
        assert found is through
        if direct is None or through is Role.ADMIN:
            assert (seat.role if seat else None) is through
        else:
            assert (seat.role if seat else None) is (direct if not_suspended else None)


async def test_nobody_comes_through_main_into_main_or_into_another_family(house):
    main, other = await house.main("One"), await house.main("Two")
    sub = await house.sub(other, accessible=True)
    user = await house.member(main, ANN)
    async with house.reader() as conn:
        for account in (main, other, sub):
            assert await accounts.seat_through_main(conn, user.id, account.id) is None
