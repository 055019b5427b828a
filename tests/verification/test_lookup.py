"""What is remembered, when it is forgotten, and that nobody notices the difference."""

import asyncio

import pytest
from sqlalchemy import text
from support import postgres
from support.house import House, acting_for
from support.kinds import filtered, narrow, share, unfilter
from support.statements import Statements

from keyfob import families, tokens
from keyfob.db import changes
from keyfob.errors import Unavailable
from keyfob.tokens import known, mint, secret
from keyfob.verification import ACCEPTED, NO_USE, Lookup, Reading, Reason, Unread, verify
from keyfob.verification import lookup as lookup_module
from keyfob_client.token_format import checksum

pytestmark = pytest.mark.anyio


async def ask(house, account, value, *, lookup=None):
    lookup = lookup or house.lookup
    return await lookup.patiently(
        lambda reading: verify(lookup, str(value), NO_USE, account_id=account.id, reading=reading)
    )


async def verdict(house, account, value, **more):
    return (await ask(house, account, value, **more)).verdict


async def change(house, account, token, **changes):
    async with house.transaction(acting_for(account)) as tx:
        return await tokens.update(tx, token.id, changes)


async def test_a_token_is_read_once(house):
    main = await house.main()
    _, value = await house.token(main)
    statements = Statements(house.db)
    first = await ask(house, main, value)
    assert (first.verdict, statements.reads) == (ACCEPTED, 1)
    for _ in range(20):
        again = await ask(house, main, value)
        assert again.token is first.token
    assert statements.reads == 1


async def test_what_nobody_was_given_is_asked_for_once(house):
    main = await house.main()
    stranger = mint(house.instance.token_brand, "api")
    statements = Statements(house.db)
    for _ in range(5):
        assert await verdict(house, main, stranger) is Reason.NOT_FOUND
    assert statements.reads == 1


async def test_a_wrong_secret_is_unknown_and_harms_nobody(house):
    main = await house.main()
    _, value = await house.token(main)
    other = str(mint(house.instance.token_brand, "api"))
    start = value.index(value.public_id)
    body = value[: start + 16] + other[start + 16 : -6]
    forged = body + checksum(body)
    assert house.lookup.parse(forged) is not None
    assert await verdict(house, main, forged) is Reason.NOT_FOUND
    assert await verdict(house, main, value) is ACCEPTED
    assert await verdict(house, main, forged) is Reason.NOT_FOUND


async def test_every_change_is_seen_by_the_next_question(house):
    main = await house.main()
    token, value = await house.token(main)
    for changed, expected in (
        ({"enabled": False}, Reason.DISABLED),
        ({"enabled": True}, ACCEPTED),
    ):
        await change(house, main, token, **changed)
        assert await verdict(house, main, value) is expected
    await change(house, main, token, name="Another name")
    assert (await ask(house, main, value)).token.name == "Another name"
    async with house.transaction(acting_for(main)) as tx:
        await tokens.revoke(tx, token.id)
    assert await verdict(house, main, value) is Reason.REVOKED


async def test_a_token_of_an_id_that_was_unknown_is_good_at_once(house, monkeypatch):
    main = await house.main()
    coming = mint(house.instance.token_brand, "api")
    assert await verdict(house, main, coming) is Reason.NOT_FOUND
    monkeypatch.setattr(secret, "mint", lambda *_: coming)
    _, value = await house.token(main)
    assert value == coming
    assert await verdict(house, main, coming) is ACCEPTED


async def test_an_account_that_is_suspended_takes_its_family_along(house):
    main = await house.main()
    sub = await house.sub(main)
    _, value = await house.token(sub)
    assert await verdict(house, main, value) is ACCEPTED
    for suspended in (main, sub):
        await house.suspend(suspended)
        assert await verdict(house, main, value) is Reason.ACCOUNT_SUSPENDED
        await house.suspend(suspended, again=False)
        assert await verdict(house, main, value) is ACCEPTED


async def test_an_account_that_is_deleted_or_renamed(house):
    main = await house.main()
    sub, other = await house.sub(main), await house.sub(main, "Other")
    _, value = await house.token(sub)
    _, theirs = await house.token(other)
    assert (await ask(house, sub, value)).token.account.name == "Sub account"
    kept = (await ask(house, main, theirs)).token
    async with house.transaction(acting_for(main)) as tx:
        await families.update(tx, sub.id, families.Wanted(name="Renamed", retention_days=7))
    assert (await ask(house, sub, value)).token.account.name == "Renamed"
    async with house.transaction(acting_for(main)) as tx:
        await families.close(tx, sub.id)
    assert await verdict(house, sub, value) is Reason.NOT_FOUND
    assert (await ask(house, main, theirs)).token is kept


async def test_the_filters_of_a_shared_token(house):
    main = await house.main()
    actor = acting_for(main)
    one, two = [(await filtered(house, actor, f"web-{n}")).id for n in range(2)]
    made = await share(house, actor, one)

    async def told():
        return [each.id for each in (await ask(house, main, made.value)).token.filters]

    assert await told() == [one]
    await narrow(house, actor, made.token.id, two, one)
    assert await told() == [two, one]
    await unfilter(house, actor, two)
    assert await told() == [one]


async def test_no_more_is_kept_than_was_allowed(house):
    main = await house.main()
    lookup = Lookup(house.db, house.instance, entries=100)
    values = [(await house.token(main, f"token {n}"))[1] for n in range(130)]
    for value in values:
        assert await verdict(house, main, value, lookup=lookup) is ACCEPTED
    for _ in range(200):
        await ask(house, main, mint(house.instance.token_brand, "api"), lookup=lookup)
    assert lookup.size == (100, 10, 1)
    statements = Statements(house.db)
    for value in values[30:]:
        assert await verdict(house, main, value, lookup=lookup) is ACCEPTED
    assert statements.reads == 0
    assert await verdict(house, main, values[0], lookup=lookup) is ACCEPTED
    assert statements.reads == 1


async def test_the_account_of_tokens_is_kept_once_and_not_for_ever(house):
    main = await house.main()
    values = [(await house.token(main, f"token {n}"))[1] for n in range(3)]
    lookup = Lookup(house.db, house.instance, entries=100)
    found = {id((await ask(house, main, value, lookup=lookup)).token.account) for value in values}
    assert (len(found), lookup.size.accounts) == (1, 1)
    other = await house.main("Other")
    fresh = [(await house.token(other, f"token {n}"))[1] for n in range(101)]
    for value in fresh:
        await ask(house, other, value, lookup=lookup)
    assert lookup.size == (100, 0, 1)


@pytest.fixture
async def second(house):
    """Another one on the same database, which is told of nothing."""
    lookup = Lookup(house.db, house.instance, entries=100)
    house.db.followers.remove(lookup.expect_changes)
    return lookup


async def test_what_another_process_changed_is_seen_after_the_poll(house, second):
    main = await house.main()
    token, value = await house.token(main)
    assert await verdict(house, main, value, lookup=second) is ACCEPTED
    await change(house, main, token, enabled=False)
    await asyncio.sleep(lookup_module.POLL)
    assert await verdict(house, main, value, lookup=second) is Reason.DISABLED


async def test_who_is_too_far_behind_forgets_everything(house, second, monkeypatch):
    main = await house.main()
    token, value = await house.token(main)
    assert await verdict(house, main, value, lookup=second) is ACCEPTED
    monkeypatch.setattr(changes, "KEPT", 3)
    await change(house, main, token, enabled=False)
    for number in range(4):
        await house.token(main, f"token {number}")
    async with house.transaction() as tx:
        await changes.prune(tx)
        kept = (await tx.conn.execute(text("select count(*) from changes"))).scalar()
    assert kept == 3
    await asyncio.sleep(lookup_module.POLL)
    assert await verdict(house, main, value, lookup=second) is Reason.DISABLED


async def test_a_failed_change_leaves_what_was(house):
    main = await house.main()
    token, value = await house.token(main)
    assert await verdict(house, main, value) is ACCEPTED
    with pytest.raises(ZeroDivisionError):
        async with house.transaction(acting_for(main)) as tx:
            await tokens.revoke(tx, token.id)
            assert 1 / 0
    assert await verdict(house, main, value) is ACCEPTED


async def test_many_who_want_one_cold_token_cost_one_read(house):
    main = await house.main()
    _, value = await house.token(main)
    statements = Statements(house.db)
    found = await asyncio.gather(*(verdict(house, main, value) for _ in range(500)))
    assert (set(found), statements.reads) == ({ACCEPTED}, 1)


async def test_a_file_that_was_moved_away_is_no_answer(tmp_path, clock):
    house = await House.open(tmp_path / "data", "", clock)
    main = await house.main()
    _, value = await house.token(main)
    assert await verdict(house, main, value) is ACCEPTED
    house.config.sqlite_file.rename(tmp_path / "elsewhere.db")
    await asyncio.sleep(lookup_module.POLL)
    with pytest.raises(Unavailable):
        await verdict(house, main, value)
    (tmp_path / "elsewhere.db").rename(house.config.sqlite_file)
    assert await verdict(house, main, value) is ACCEPTED
    await house.close()


@pytest.fixture
async def on_postgresql(tmp_path, clock):
    url = await postgres.create_database()
    house = await House.open(tmp_path / "data", url, clock)
    yield house
    await house.close()
    await postgres.drop_database(url)


class Held:
    """A read of tokens that waits, once it has read, until it is let go."""

    def __init__(self, monkeypatch) -> None:
        self.reading = asyncio.Event()
        self.go = asyncio.Event()
        monkeypatch.setattr(lookup_module, "read", self)

    async def __call__(self, conn, public_ids):
        found = await known.read(conn, public_ids)
        self.reading.set()
        await self.go.wait()
        return found


async def test_what_was_read_before_a_revocation_is_not_kept_after_it(on_postgresql, monkeypatch):
    house = on_postgresql
    main = await house.main()
    token, value = await house.token(main)
    held = Held(monkeypatch)
    early = asyncio.create_task(verdict(house, main, value))
    await held.reading.wait()
    async with house.transaction(acting_for(main)) as tx:
        await tokens.revoke(tx, token.id)
    later = asyncio.create_task(verdict(house, main, value))
    await asyncio.sleep(0.1)
    held.go.set()
    assert await early in {ACCEPTED, Reason.REVOKED}  # it was asked before, and answered after
    assert await later is Reason.REVOKED
    assert await verdict(house, main, value) is Reason.REVOKED


async def test_an_account_read_before_it_was_suspended_is_not_shared_with_later_tokens(
    on_postgresql, monkeypatch
):
    house = on_postgresql
    main = await house.main()
    (_, first), (_, second) = await house.token(main, "first"), await house.token(main, "second")
    held = Held(monkeypatch)
    early = asyncio.create_task(verdict(house, main, first))
    await held.reading.wait()
    await house.suspend(main)
    stranger = mint(house.instance.token_brand, "api")
    held.go.set()
    await early
    for value, expected in (
        (stranger, Reason.NOT_FOUND),
        (first, Reason.ACCOUNT_SUSPENDED),
        (second, Reason.ACCOUNT_SUSPENDED),
    ):
        assert await verdict(house, main, value) is expected


async def test_who_waits_too_long_is_told_to_come_again(on_postgresql, monkeypatch):
    house = on_postgresql
    main = await house.main()
    _, value = await house.token(main)
    held = Held(monkeypatch)
    monkeypatch.setattr(lookup_module, "PATIENCE", 0.1)
    with pytest.raises(Unavailable):
        await verdict(house, main, value)
    held.go.set()
    assert await verdict(house, main, value) is ACCEPTED


async def test_several_are_read_together(on_postgresql):
    house = on_postgresql
    main = await house.main()
    values = [str((await house.token(main, f"token {n}"))[1]) for n in range(5)]
    asked = [*values, "junk", str(mint(house.instance.token_brand, "api")), values[0]]
    lookup = Lookup(house.db, house.instance, entries=100)
    statements = Statements(house.db)

    def everything(reading: Reading) -> list[bool]:
        lookup.require(asked, reading)
        return [lookup.find(each, reading) is not None for each in asked]

    found = await lookup.patiently(everything)
    assert found == [True] * 5 + [False, False, True]
    assert statements.reads == 1


async def test_without_patience_what_is_not_remembered_is_unread(on_postgresql):
    house = on_postgresql
    _, value = await house.token(await house.main())
    with pytest.raises(Unread):
        house.lookup.find(value)
