"""The trail by keys, on both engines: filters, order, pages, people."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.house import acting_for

from keyfob import accounts, audit, families, tokens
from keyfob.accounts import Role
from keyfob.actors import OPERATOR, ActorKind
from keyfob.audit.listing import Actor, Wanted
from keyfob.errors import Forbidden

pytestmark = pytest.mark.anyio


async def page(house, account, wanted=None, *, limit=50, **more):
    async with house.reader() as conn:
        return await accounts.trail_page(
            conn, acting_for(account), wanted or Wanted(), limit=limit, **more
        )


def names(found):
    return [seen.entry.subject_name for seen in found.items]


async def named(house, account, *all_of, actor=OPERATOR):
    return [(await house.token(account, name, actor))[0] for name in all_of]


async def test_pages_lead_through_all_of_it_and_back(house, clock):
    main = await house.main()
    for number in range(7):
        if number % 3 == 0:  # several at one moment, too
            clock.forward(minutes=1)
        await named(house, main, f"T{number}")
    wanted = Wanted(action="token.created")
    first = await page(house, main, wanted, limit=3)
    assert (names(first), first.newer, first.total) == (["T6", "T5", "T4"], None, 8)
    second = await page(house, main, wanted, limit=3, before=first.older)
    assert names(second) == ["T3", "T2", "T1"]
    third = await page(house, main, wanted, limit=3, before=second.older)
    assert (names(third), third.older) == (["T0", "Default"], None)
    back = await page(house, main, wanted, limit=3, after=third.newer)
    assert (names(back), back.older) == (names(second), second.older)
    assert names(await page(house, main, wanted, limit=3, after=back.newer)) == names(first)
    none = await page(house, main, wanted, limit=3, after=first.items[0].entry.id)
    assert (names(none), none.newer, none.older) == ([], None, None)
    assert names(await page(house, main, wanted, limit=3, before=999_999)) == names(first)


async def test_filters_go_together(house, clock):
    main = await house.main()
    by_token = replace(acting_for(main), id=2_000_001)
    (one,) = await named(house, main, "One", actor=by_token)
    clock.forward(hours=1)
    await named(house, main, "Two")
    async with house.transaction(by_token) as tx:
        await tokens.update(tx, one.id, {"enabled": False})
    token = Actor(ActorKind.TOKEN, 2_000_001)
    for wanted, found in (
        (Wanted(actor=token), ["One", "One"]),
        (Wanted(actor=token, action="token.updated"), ["One"]),
        (Wanted(actor=Actor(ActorKind.USER, 2_000_001)), []),
        (Wanted(action="token.created", since=clock.now), ["Two"]),
        (Wanted(subject=one.subject), ["One", "One"]),
        (Wanted(subject=one.subject, since=clock.now), ["One"]),
        (Wanted(subject=one.subject, actor=Actor(ActorKind.OPERATOR, 0)), []),
        (Wanted(actor=token, until=clock.now.replace(minute=0, hour=0)), ["One"]),
        (Wanted(action="plan.changed"), []),
    ):
        answer = await page(house, main, wanted)
        assert (names(answer), answer.total) == (found, len(found)), wanted


async def test_an_accounts_own_making_is_called_as_the_main_accounts(house):
    main = await house.main()
    await house.sub(main, "Sub")
    assert names(await page(house, main, Wanted(action="account.created"))) == ["Sub"]
    assert names(await page(house, main, Wanted(action="main_account.created"))) == [main.name]


async def test_closed_accounts_leave_their_trails_in_order(house, clock):
    main = await house.main()
    for name in ("Red", "Green"):
        sub = await house.sub(main, name)
        clock.forward(minutes=1)
        await named(house, sub, f"In {name}")
        async with house.transaction(acting_for(main)) as tx:
            await families.close(tx, sub.id)
    other = await house.sub(main, "Open")
    await named(house, other, "In another")
    clock.forward(minutes=1)
    await named(house, main, "In main")
    wanted = Wanted(action="token.created")
    found = await page(house, main, wanted, limit=2)
    told = [(seen.entry.subject_name, seen.closed_account) for seen in found.items]
    assert told == [("In main", ""), ("In Green", "Green")]
    assert found.total == 6  # with the default token of each
    rest = await page(house, main, wanted, before=found.older)
    assert "In Red" in names(rest)
    assert "In another" not in names(rest)
    assert "In Green" not in names(await page(house, other, wanted))


async def test_tokens_are_told_by_their_hint(house):
    main = await house.main()
    (token,) = await named(house, main, "One")
    seen = (await page(house, main)).items[0]
    assert (seen.entry.subject, seen.hint) == (token.subject, token.hint)


async def test_who_has_done_something_each_once_by_name_of_today(house):
    main = await house.main()
    ann = await house.member(main, "ann@example.com", Role.ADMIN)
    (maker,) = await named(house, main, "Maker")
    async with house.reader() as conn:
        seat = await accounts.seat(conn, ann.id, main.id)
    for name in ("One", "Two"):
        await named(house, main, name, actor=seat.actor(acting_for(main).origin))
    await named(house, main, "Three", actor=replace(acting_for(main), id=maker.id))
    async with house.transaction() as tx:
        await tokens.update(tx, maker.id, {"name": "Renamed"})
        await tokens.revoke(tx, maker.id)
    async with house.reader() as conn:
        people = await accounts.trail_people(conn, acting_for(main))
    assert [(kind, who.name, who.deleted) for kind, who in people] == [
        (ActorKind.USER, "ann", False),
        (ActorKind.OPERATOR, "operator", False),
        (ActorKind.TOKEN, "Renamed", True),
    ]


async def test_what_is_the_same_is_told_once_with_a_number(house, clock):
    main = await house.main()
    for name, ip in (
        ("a", "192.0.2.1"),
        ("b", "192.0.2.1"),
        ("a", "192.0.2.2"),
        ("a", "192.0.2.1"),
    ):
        clock.forward(minutes=1)
        actor = replace(OPERATOR, origin=replace(OPERATOR.origin, ip=ip))
        async with house.transaction(actor) as tx:
            await audit.record(tx, "x.tried", "x:1", account_id=main.id, name=name)
    wanted, reader = Wanted(action="x.tried"), acting_for(main)
    async with house.reader() as conn:
        two = await accounts.trail_repeated(conn, reader, wanted, limit=2)
        none = await accounts.trail_repeated(conn, reader, Wanted(action="y.tried"), limit=2)
    told = [(each.name, each.ip, each.times, each.last) for each in two.items]
    before = clock.now - timedelta(minutes=1)
    assert told == [("a", "192.0.2.1", 2, clock.now), ("a", "192.0.2.2", 1, before)]
    assert (two.total, two.is_more) == (4, False)
    assert (none.total, [*none.items]) == (0, [])


async def test_only_who_may_read_the_trail_does(house):
    main = await house.main()
    nobody = acting_for(main, "tokens:*")
    async with house.reader() as conn:
        with pytest.raises(Forbidden):
            await accounts.trail_page(conn, nobody, Wanted(), limit=1)
        with pytest.raises(Forbidden):
            await accounts.trail_people(conn, nobody)
    with pytest.raises(Forbidden):
        async with house.transaction(nobody) as tx:
            await accounts.record_export(tx, {})


async def test_an_export_is_read_in_chunks_and_on_record(house, monkeypatch):
    monkeypatch.setattr("keyfob.accounts.trail.CHUNK", 3)
    main = await house.main()
    await named(house, main, *(f"T{number}" for number in range(8)))
    async with house.transaction(acting_for(main)) as tx:
        await accounts.record_export(tx, {"action": "token.created"})
    chunks = accounts.trail_chunks(house.db, acting_for(main), Wanted(action="token.created"))
    read = [[seen.entry.subject_name for seen in chunk] async for chunk in chunks]
    assert [len(each) for each in read] == [3, 3, 3]
    assert read[0] == ["T7", "T6", "T5"]
    async with house.reader() as conn:
        (entry, *_) = await audit.trail(conn, account_id=main.id)
    assert (entry.action, entry.changes) == (
        "audit.exported",
        {"action": (None, "token.created")},
    )
