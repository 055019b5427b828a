from dataclasses import replace

import pytest
from sqlalchemy import event, select
from support.house import ORIGIN, acting_for

from keyfob import accounts, audit, families, markers, requests, tokens, users
from keyfob.accounts import Plan, Role
from keyfob.actors import OPERATOR, visitor
from keyfob.db import schema
from keyfob.families import Wanted
from keyfob.tokens import Draft

pytestmark = pytest.mark.anyio


class Broken(Exception):
    """A statement that was made to fail."""


async def everything(house):
    """All that is stored, in every table."""
    async with house.reader() as conn:
        return {
            table.name: sorted(repr(row) for row in await conn.execute(select(table)))
            for table in schema.metadata.sorted_tables
        }


async def run_breaking(house, action, number):
    """Run the action; its statement of this number fails. Return whether it came that far."""
    counted = 0

    def count(conn, cursor, statement, *_):
        nonlocal counted
        counted += 1
        if counted > number:
            raise Broken(statement)

    async with house.db.writer.connect():
        pass  # connected, so that only statements of the action are counted
    engine = house.db.writer.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        async with house.transaction() as tx:
            await action(tx)
    except Broken:
        return True
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return False


async def the_actions(house):
    """One of each, on what is there."""
    main = await house.main()
    sub = await house.sub(main)
    user = await house.member(main, "ann@example.com")
    token, _ = await house.token(main)
    other, _ = await house.token(main, "Other")
    async with house.transaction(visitor(ORIGIN)) as tx:
        session_id = await users.start(tx, user, account_id=main.id)
    async with house.reader() as conn:
        session = await users.resume(conn, session_id, now=house.db.now())
    secret = users.NewPassword("a hash")
    bob = await house.member(main, "bert@example.com", Role.REGULAR)
    async with house.reader() as conn:
        asking, deciding = [(await accounts.seat(conn, each.id, main.id)) for each in (bob, user)]
    asks, decides = asking.actor(ORIGIN), deciding.actor(ORIGIN)
    async with house.transaction(asks) as tx:
        open_id, granted_id = [
            await requests.make(tx, name=name, reason="why") for name in ("Open", "Granted")
        ]
    async with house.transaction(decides) as tx:
        await requests.approve(tx, house.instance, granted_id, name="Granted")
    instance = house.instance
    return {
        "token.created": lambda tx: tokens.create(
            tx, instance, Draft(name="New"), account_id=main.id
        ),
        "token.created for a sub account": lambda tx: tokens.create_for_sub_account(
            tx, instance, Draft(name="New"), account_id=sub.id
        ),
        "token.updated": lambda tx: tokens.update(
            tx, token.id, {"name": "Else", "retrievable": False}
        ),
        "token.revealed": lambda tx: tokens.reveal(tx, instance, other.id),
        "token.revoked": lambda tx: tokens.revoke(tx, token.id),
        "account.created": lambda tx: families.found(tx, instance, name="Second", plan=Plan()),
        "account.created below": lambda tx: families.open_sub(
            tx, instance, Wanted(name="Third", retention_days=7), main_id=main.id, email=None
        ),
        "account.suspended": lambda tx: accounts.suspend(tx, sub.id),
        "account.resumed": lambda tx: accounts.resume(tx, sub.id),
        "user.added": lambda tx: accounts.add_member(
            tx, sub, email="bob@example.com", role=Role.REGULAR
        ),
        "user.entered_account": lambda tx: users.enter(tx, session, account_id=sub.id),
        "user.signed_in": lambda tx: users.start(tx, user, account_id=main.id),
        "user.signed_out": lambda tx: users.end(tx, session),
        "user.changed_password": lambda tx: users.set_password(tx, user, secret),
        "setup.link_made": accounts.make_setup_link,
        "request.made": lambda tx: requests.make(
            replace(tx, actor=asks), name="Asked", reason="why"
        ),
        "request.collected": lambda tx: requests.collect(
            replace(tx, actor=asks), instance, granted_id
        ),
        "request.approved": lambda tx: requests.approve(
            replace(tx, actor=decides), instance, open_id, name="Approved"
        ),
        "marker.created": lambda tx: markers.create(
            replace(tx, actor=acting_for(main)),
            [
                markers.Draft(title="One", description="x"),
                markers.Draft(title="2", description="y"),
            ],
        ),
    }


async def test_whatever_fails_neither_the_change_nor_its_entry_is_stored(house):
    for named, action in (await the_actions(house)).items():
        before = await everything(house)
        number = 0
        while await run_breaking(house, action, number):
            assert await everything(house) == before, (named, number)
            number += 1
        assert number >= 2, named  # a change and its entry, at the least
        async with house.reader() as conn:
            entries = await audit.trail(conn, limit=2)
        assert named.split()[0] in {entry.action for entry in entries}


async def test_an_entry_says_who_what_when_and_from_where(house, clock):
    main = await house.main()
    token, value = await house.token(main, "Workshop API Token", acting_for(main), tags=("a",))
    async with house.reader() as conn:
        (entry,) = await audit.trail(conn, subject=token.subject)
    assert entry.at == clock.now
    assert (entry.account_id, entry.action) == (main.id, "token.created")
    assert (entry.subject, entry.subject_name) == (f"token:{token.id}", "Workshop API Token")
    assert (entry.actor_kind, entry.actor_id, entry.actor_name, entry.actor_account_id) == (
        "token",
        2_999_999,
        "the test's token",
        main.id,
    )
    assert (entry.ip, entry.agent, entry.request_id) == (
        ORIGIN.ip,
        ORIGIN.agent,
        ORIGIN.request_id,
    )
    assert entry.changes["name"] == (None, "Workshop API Token")
    assert entry.changes["tags"] == (None, ["a"])
    assert value[23:-6] not in repr(entry)


async def test_the_trail_is_newest_first_and_can_be_of_one_account_or_one_subject(house):
    one, two = await house.main("One"), await house.main("Two")
    first, _ = await house.token(one, "First")
    await house.token(two, "Second")
    async with house.reader() as conn:
        everybody = await audit.trail(conn)
        of_one = await audit.trail(conn, account_id=one.id)
        of_first = await audit.trail(conn, subject=first.subject)
        newest = await audit.trail(conn, limit=1)
    assert [entry.id for entry in everybody] == sorted((e.id for e in everybody), reverse=True)
    assert [entry.subject_name for entry in of_one] == ["First", "Default", "One"]
    assert [entry.subject for entry in of_first] == [first.subject]
    assert newest == everybody[:1]


async def test_what_is_too_long_for_an_entry_is_cut_and_does_not_stop_the_change(house):
    async with house.transaction(OPERATOR) as tx:
        await audit.record(tx, "token.created", "token:1", account_id=0, name="x" * 1000)
    async with house.reader() as conn:
        (entry,) = await audit.trail(conn, limit=1)
    assert entry.subject_name == "x" * 254
