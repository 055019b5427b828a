"""Data-shipping tokens: one enabled at all times, never more than the plan has, also at once."""

import asyncio
from dataclasses import replace

import pytest
from support.house import House, acting_for
from support.kinds import change, limits, remove, ship, ships, verdict_on

from keyfob import audit, families
from keyfob.accounts import Plan
from keyfob.errors import Conflict, Forbidden, Invalid, NotFound
from keyfob.tokens import TokenId, TokenKind, shipping
from keyfob.tokens.shipping import Limits, SortField
from keyfob.verification import ACCEPTED, Reason

pytestmark = pytest.mark.anyio


async def founded(house, most=15):
    async with house.transaction() as tx:
        plan = Plan(max_shipping_tokens=most)
        return await families.found(tx, house.instance, name="Main", plan=plan)


async def default_of(house, account):
    return (await ships(house, acting_for(account)))[0][0]


async def entries(house, token):
    async with house.reader() as conn:
        return await audit.trail(conn, subject=token.subject)


async def test_an_account_begins_with_one(house):
    main = await house.main()
    ((token, value),) = await ships(house, acting_for(main))
    assert (token.name, token.kind, token.enabled, token.scopes) == (
        "Default", TokenKind.SHIPPING, True, (),
    )  # fmt: skip
    assert str(value).startswith(token.hint)


async def test_what_was_made_reads_back_as_it_was(house):
    main = await house.main()
    actor = replace(acting_for(main), responsible="admin@example.com")
    token, value = await ship(house, actor, enabled=False)
    assert (token.enabled, token.responsible) == (False, "admin@example.com")
    assert (await ships(house, actor))[1] == (token, value)


async def test_a_name_is_unique_among_the_accounts_own_whatever_the_case(house):
    main = await house.main()
    sub = await house.sub(main)
    actor = acting_for(main)
    second, _ = await ship(house, actor, "Second")
    for name in ("second", " SECOND ", "default"):
        with pytest.raises(Conflict) as caught:
            await ship(house, actor, name)
        assert caught.value.code == "tokens/NAME_TAKEN"
    with pytest.raises(Conflict):
        await change(house, actor, second.id, name="DEFAULT")
    assert (await change(house, actor, second.id, name="SECOND"))[0].name == "SECOND"
    await ship(house, acting_for(sub), "Second")
    await house.token(main, "Second")  # of another kind
    await remove(house, actor, second.id)
    await ship(house, actor, "Second")


async def test_only_the_enabled_ones_count_against_the_limit(house):
    main = await founded(house, most=2)
    actor = acting_for(main)
    assert await limits(house, actor) == Limits(most=2, enabled=1)
    off, _ = await ship(house, actor, "Off", enabled=False)
    on, _ = await ship(house, actor, "On")
    for attempt in (ship(house, actor, "Third"), change(house, actor, off.id, enabled=True)):
        with pytest.raises(Conflict) as caught:
            await attempt
        assert caught.value.code == "log-shipping/TOO_MANY_ENABLED"
        assert caught.value.parameters["most"] == 2
    await change(house, actor, on.id, enabled=True)  # it is already
    await ship(house, actor, "Third", enabled=False)
    assert await limits(house, actor) == Limits(most=2, enabled=2)
    await change(house, actor, on.id, enabled=False)
    assert (await change(house, actor, off.id, enabled=True))[0].enabled


async def test_a_sub_account_has_the_limit_of_the_familys_plan(house):
    main = await founded(house, most=1)
    sub = await house.sub(main)
    assert await limits(house, acting_for(sub)) == Limits(most=1, enabled=1)
    with pytest.raises(Conflict):
        await ship(house, acting_for(sub))


async def test_a_metrics_account_has_exactly_one(house):
    main = await house.main()
    await house.member(main, "boss@example.com")
    async with house.transaction(acting_for(main)) as tx:
        made, _ = await families.metrics.open_metrics(
            tx, house.instance, email="boss@example.com", name="", plan_uts=None, authorized=()
        )
    actor = acting_for(made.account)
    assert await limits(house, actor) == Limits(most=1, enabled=1)
    with pytest.raises(Conflict):
        await ship(house, actor)


async def test_the_last_enabled_one_stays(house):
    main = await house.main()
    actor = acting_for(main)
    first = await default_of(house, main)
    off, _ = await ship(house, actor, "Off", enabled=False)
    for attempt in (change(house, actor, first.id, enabled=False), remove(house, actor, first.id)):
        with pytest.raises(Conflict) as caught:
            await attempt
        assert caught.value.code == "log-shipping/LAST_ENABLED"
    await remove(house, actor, off.id)
    assert await limits(house, actor) == Limits(most=15, enabled=1)


async def outcomes(attempts):
    """The codes of those that were refused."""
    done = await asyncio.gather(*attempts, return_exceptions=True)
    codes = []
    for each in done:
        if isinstance(each, BaseException):
            assert isinstance(each, Conflict), each
            codes.append(each.code)
    return codes


def disabling(house, actor, token):
    return change(house, actor, token.id, enabled=False)


def deleting(house, actor, token):
    return remove(house, actor, token.id)


@pytest.mark.parametrize("how", [disabling, deleting])
@pytest.mark.parametrize("other", [disabling, deleting])
async def test_of_two_who_end_the_last_two_at_once_one_is_refused(house, how, other):
    for number in range(4):
        main = await house.main(f"Main {number}")
        actor = acting_for(main)
        first = await default_of(house, main)
        second, _ = await ship(house, actor)
        attempts = [how(house, actor, first), other(house, actor, second)]
        assert await outcomes(attempts) == ["log-shipping/LAST_ENABLED"]
        assert await limits(house, actor) == Limits(most=15, enabled=1)


async def test_as_many_at_once_as_you_like_never_exceed_the_limit(house):
    main = await founded(house, most=4)
    actor = acting_for(main)
    off = [(await ship(house, actor, f"Off {n}", enabled=False))[0] for n in range(3)]
    attempts = [ship(house, actor, f"New {number}") for number in range(9)]
    attempts += [change(house, actor, token.id, enabled=True) for token in off]
    refused = await outcomes(attempts)
    assert refused == ["log-shipping/TOO_MANY_ENABLED"] * 9
    assert await limits(house, actor) == Limits(most=4, enabled=4)


async def test_one_name_at_once_is_given_once(house):
    main = await house.main()
    actor = acting_for(main)
    refused = await outcomes([ship(house, actor, "Same") for _ in range(6)])
    assert refused == ["tokens/NAME_TAKEN"] * 5


async def test_nobody_reaches_those_of_another_account(house):
    main, foreign = await house.main(), await house.main("Foreign")
    sub, sibling = await house.sub(main), await house.sub(main, "Sibling")
    token = await default_of(house, sub)
    for other in (main, sibling, foreign):
        actor = acting_for(other)
        for attempt in (
            change(house, actor, token.id, name="Mine"),
            remove(house, actor, token.id),
        ):
            with pytest.raises(NotFound) as caught:
                await attempt
            assert caught.value.code == "log-shipping/TOKEN_NOT_FOUND"
        async with house.reader() as conn:
            with pytest.raises(NotFound):
                await shipping.get(conn, house.instance, actor, token.id)
        assert [it.account_id for it, _ in await ships(house, actor)] == [other.id]


async def test_what_is_no_living_shipping_token_is_not_found(house):
    main = await house.main()
    actor = acting_for(main)
    api, _ = await house.token(main)
    gone, _ = await ship(house, actor)
    await remove(house, actor, gone.id)
    for number in (api.id, gone.id, 0, -1, 1, 2_009_999, 2**31, 2**63):
        async with house.reader() as conn:
            with pytest.raises(NotFound):
                await shipping.get(conn, house.instance, actor, TokenId(number))
        with pytest.raises(NotFound):
            await change(house, actor, TokenId(number), enabled=True)
        with pytest.raises(NotFound):
            await remove(house, actor, TokenId(number))


async def test_a_deleted_one_leaves_the_list_and_its_row_without_the_value(house):
    main = await house.main()
    actor = acting_for(main)
    token, value = await ship(house, actor)
    assert await remove(house, actor, token.id) == (token, value)
    assert [it.name for it, _ in await ships(house, actor)] == ["Default"]
    async with house.reader() as conn:
        query = f"select * from sealed_tokens where token_id = {token.id}"  # noqa: S608 -- a number
        assert (await conn.exec_driver_sql(query)).all() == []
    verdict, known = await verdict_on(house, main, value)
    assert (verdict, known.id, known.revoked) == (Reason.REVOKED, token.id, True)


async def test_verify_answers_for_it_while_it_is_enabled(house):
    main = await house.main()
    actor = acting_for(main)
    token, value = await ship(house, actor)
    for enabled in (True, False, True):
        changed, _ = await change(house, actor, token.id, enabled=enabled)
        verdict, known = await verdict_on(house, main, value)
        assert verdict is (ACCEPTED if enabled else Reason.DISABLED)
        assert (known.id, known.enabled, known.filters) == (changed.id, enabled, ())


async def test_search_filters_sorts_and_pages(house, clock):
    main = await house.main()
    actor = acting_for(main)
    for name, enabled in (("beta", True), ("Alpha", False), ("gamma", True)):
        await ship(house, actor, name, enabled=enabled)
        clock.forward(seconds=1)
    by_name, by_time = SortField.NAME, SortField.CREATED_AT
    for wanted, found in (
        ({}, "Default beta Alpha gamma"),
        ({"enabled": True}, "Default beta gamma"),
        ({"enabled": False}, "Alpha"),
        ({"order": {by_name: False}}, "Alpha beta Default gamma"),
        ({"order": {by_name: True}}, "gamma Default beta Alpha"),
        ({"order": {by_time: False}}, "Default beta Alpha gamma"),
        ({"order": {by_time: True}}, "gamma Alpha Default beta"),
        ({"order": {by_time: True, by_name: True}}, "gamma Alpha Default beta"),
        ({"order": {by_time: True, by_name: False}}, "gamma Alpha beta Default"),
        ({"page_size": 3}, "Default beta Alpha"),
        ({"page_size": 3, "page_number": 2}, "gamma"),
        ({"page_size": 3, "page_number": 3}, ""),
        ({"page_number": 10**30}, ""),
    ):
        assert " ".join(it.name for it, _ in await ships(house, actor, **wanted)) == found, wanted
    for page in ({"page_number": 0}, {"page_number": -1}, {"page_size": 0}, {"page_size": 1001}):
        with pytest.raises(Invalid):
            await ships(house, actor, **page)


async def test_whoever_could_not_make_one_is_not_told_its_value(house):
    main = await house.main()
    token, _ = await ship(house, acting_for(main))
    reader = acting_for(main, "tokens:read")
    assert [value for _, value in await ships(house, reader)] == [None, None]
    async with house.reader() as conn:
        assert await shipping.get(conn, house.instance, reader, token.id) == (token, None)
    writer = acting_for(main, "tokens:*")
    assert None not in [value for _, value in await ships(house, writer)]


async def test_scopes_are_asked_for(house):
    main = await house.main()
    token = await default_of(house, main)
    reader, nobody = acting_for(main, "tokens:read"), acting_for(main, "logs:read")
    for attempt in (
        ship(house, reader),
        change(house, reader, token.id, name="x"),
        remove(house, reader, token.id),
        ships(house, nobody),
        limits(house, nobody),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_where_values_are_not_kept_only_the_making_shows_it(tmp_path, clock):
    house = await House.open(tmp_path / "data", "", clock, reveal=False)
    main = await house.main()
    actor = acting_for(main)
    token, value = await ship(house, actor)
    assert str(value).startswith(token.hint)
    assert [it for _, it in await ships(house, actor)] == [None, None]
    assert await change(house, actor, token.id, name="Else") == (
        replace(token, name="Else", updated_by="the test's token"), None,
    )  # fmt: skip
    async with house.reader() as conn:
        assert await shipping.account_tokens(conn, house.instance, [main.id]) == {}
    await house.close()


async def test_values_kept_before_are_not_shown_any_more_either(tmp_path, clock):
    house = await House.open(tmp_path / "data", "", clock)
    main = await house.main()
    await house.close()
    house = await House.open(tmp_path / "data", "", clock, reveal=False)
    assert [it for _, it in await ships(house, acting_for(main))] == [None]
    async with house.reader() as conn:
        assert await shipping.account_tokens(conn, house.instance, [main.id]) == {}
    await house.close()


async def test_the_accounts_token_is_the_oldest_that_is_enabled(house):
    main = await house.main()
    actor = acting_for(main)
    first = await default_of(house, main)
    second, second_value = await ship(house, actor)
    _, third_value = await ship(house, actor, "Third")

    async def account_token():
        async with house.reader() as conn:
            return (await shipping.account_tokens(conn, house.instance, [main.id]))[main.id]

    assert (await account_token()).startswith(first.hint)
    await change(house, actor, first.id, enabled=False)
    assert await account_token() == second_value
    await remove(house, actor, second.id)
    assert await account_token() == third_value


async def test_every_act_is_on_record_with_its_kind(house, clock):
    main = await house.main()
    actor = acting_for(main)
    token, _ = await ship(house, actor)
    clock.forward(seconds=1)
    await change(house, actor, token.id)
    await change(house, actor, token.id, name="Second", enabled=True)
    changed, _ = await change(house, actor, token.id, name="Else", enabled=False)
    assert (changed.updated_at, changed.updated_by) == (clock.now, actor.name)
    await remove(house, actor, token.id)
    assert [(it.action, it.account_id, it.changes) for it in await entries(house, token)] == [
        ("token.revoked", main.id, {"kind": ("ship", None)}),
        (
            "token.updated",
            main.id,
            {"kind": ("ship", "ship"), "name": ("Second", "Else"), "enabled": (True, False)},
        ),
        (
            "token.created",
            main.id,
            {"name": (None, "Second"), "kind": (None, "ship"), "enabled": (None, True)},
        ),
    ]


async def test_whoever_speaks_for_an_account_that_is_gone_is_refused_like_its_token(house):
    main = await house.main()
    stale = await house.sub(main)
    async with house.transaction(acting_for(main)) as tx:
        await families.close(tx, stale.id)
    for attempt in (
        ship(house, acting_for(stale)),
        ships(house, acting_for(stale)),
        limits(house, acting_for(stale)),
    ):
        with pytest.raises(Forbidden) as caught:
            await attempt
        assert (caught.value.message, caught.value.code) == (
            "Insufficient privileges", "auth/BAD_TOKEN",
        )  # fmt: skip
