"""Shared tokens and filters: a week's reading, narrowed down, and changed at once."""

import asyncio
from datetime import timedelta

import pytest
from support.house import House, acting_for
from support.kinds import filtered, narrow, share, shares, unfilter, unshare, verdict_on
from support.statements import Statements

from keyfob import audit, families
from keyfob.errors import Forbidden, Invalid, NotFound
from keyfob.tokens import FilterId, FiltersOperator, TokenId, TokenKind, shared
from keyfob.tokens.shared.model import MOST_FILTERS
from keyfob.verification import ACCEPTED, Reason

pytestmark = pytest.mark.anyio

OR, AND = FiltersOperator.OR, FiltersOperator.AND


async def get(house, actor, token_id):
    async with house.reader() as conn:
        return await shared.get(conn, house.instance, actor, token_id)


async def get_filter(house, actor, filter_id):
    async with house.reader() as conn:
        return await shared.get_filter(conn, actor, filter_id)


async def every_filter(house, actor):
    async with house.reader() as conn:
        return await shared.every_filter(conn, actor)


async def three_filters(house, actor):
    return [(await filtered(house, actor, f"web-{n}")).id for n in range(3)]


async def accepted(house, main, value):
    verdict, token = await verdict_on(house, main, value)
    assert verdict is ACCEPTED, verdict
    return token


async def reason(house, main, value):
    verdict, _ = await verdict_on(house, main, value)
    assert verdict is not ACCEPTED
    return verdict


async def entries(house, subject):
    async with house.reader() as conn:
        return [(it.action, it.changes) for it in await audit.trail(conn, subject=subject)]


async def test_what_was_made_reads_back_as_it_was(house):
    main = await house.main()
    actor = acting_for(main)
    one, two, three = await three_filters(house, actor)
    made = await share(house, actor, three, one, operator=AND)
    assert (made.filters, made.operator) == ((three, one), AND)
    assert (made.token.kind, made.token.scopes) == (TokenKind.SHARED, ())
    plain = await share(house, actor)
    assert (plain.filters, plain.operator) == ((), OR)
    assert await shares(house, actor) == [made, plain]
    assert await get(house, actor, made.token.id) == made
    assert two not in made.filters


async def test_names_need_not_be_unique(house):
    main = await house.main()
    for _ in range(2):
        await share(house, acting_for(main), name="Same")
    assert [it.token.name for it in await shares(house, acting_for(main))] == ["Same", "Same"]


async def test_a_name_is_held_to_the_rule_of_every_name(house):
    main = await house.main()
    for name in ("", "  ", "a\0b", "x" * 101):
        with pytest.raises(Invalid) as caught:
            await share(house, acting_for(main), name=name)
        assert caught.value.field == "tokenName"


async def test_it_ends_after_a_week_of_whole_seconds_and_is_listed_then_too(house, clock):
    main = await house.main()
    actor = acting_for(main)
    clock.forward(seconds=0.75)
    made = await share(house, actor)
    ends = made.token.expires_at
    assert ends == clock.now - timedelta(seconds=0.75) + timedelta(days=7)
    clock.now = ends - timedelta(milliseconds=1)
    assert await accepted(house, main, made.value)
    clock.now = ends
    assert await reason(house, main, made.value) is Reason.EXPIRED
    assert await shares(house, actor) == [made]
    await unshare(house, actor, made.token.id)


async def test_its_filters_are_replaced_as_a_whole(house):
    main = await house.main()
    actor = acting_for(main)
    one, two, three = await three_filters(house, actor)
    made = await share(house, actor, one, operator=AND)
    for filters, operator, kept in (
        ((three, one, two), None, AND),
        ((three, one, three), OR, OR),
        ((two,), None, OR),
        ((), None, OR),
        ((), AND, AND),
        ((), None, AND),
    ):
        changed = await narrow(house, actor, made.token.id, *filters, operator=operator)
        assert changed.filters == tuple(dict.fromkeys(filters))
        assert changed.operator is kept
        assert (await get(house, actor, made.token.id)).filters == changed.filters


async def test_a_filter_that_is_deleted_is_gone_from_every_token_at_once(house):
    main = await house.main()
    actor = acting_for(main)
    one, two, three = await three_filters(house, actor)
    first = await share(house, actor, three, two, one)
    second = await share(house, actor, two)
    await unfilter(house, actor, two)
    assert [it.filters for it in await shares(house, actor)] == [(three, one), ()]
    stored = await accepted(house, main, first.value)
    assert [it.id for it in stored.filters] == [three, one]
    assert [it.id for it in await every_filter(house, actor)] == [one, three]
    with pytest.raises(NotFound):
        await narrow(house, actor, second.token.id, two)


async def test_a_filter_is_attached_or_deleted_never_half(house):
    main = await house.main()
    actor = acting_for(main)
    token = (await share(house, actor)).token
    for _ in range(5):
        one = (await filtered(house, actor)).id
        attaching, deleting = await asyncio.gather(
            narrow(house, actor, token.id, one), unfilter(house, actor, one),
            return_exceptions=True,
        )  # fmt: skip
        assert deleting is None
        assert isinstance(attaching, NotFound) or attaching.filters == (one,)
        assert (await get(house, actor, token.id)).filters == ()


async def test_verify_tells_filters_and_operator_in_order(house):
    main = await house.main()
    actor = acting_for(main)
    one, two, _ = await three_filters(house, actor)
    made = await share(house, actor, two, one, operator=AND)
    stored = await accepted(house, main, made.value)
    told = [(it.id, it.field, it.value) for it in stored.filters]
    assert told == [(two, "host", "web-1"), (one, "host", "web-0")]
    assert stored.filters_operator is AND
    await narrow(house, actor, made.token.id)
    assert (await accepted(house, main, made.value)).filters == ()


async def test_only_a_shared_token_costs_a_read_of_filters(house):
    main = await house.main()
    _, api = await house.token(main)
    shared_one = await share(house, acting_for(main))
    statements = Statements(house.db)
    for value, reads in ((api, 0), (shared_one.value, 1)):
        statements.clear()
        await verdict_on(house, main, value)
        assert sum("FROM token_filters" in text for text in statements.texts) == reads


async def test_a_deleted_one_is_refused_and_not_found(house):
    main = await house.main()
    actor = acting_for(main)
    one = (await filtered(house, actor)).id
    made = await share(house, actor, one)
    await unshare(house, actor, made.token.id)
    assert await reason(house, main, made.value) is Reason.REVOKED
    assert await shares(house, actor) == []
    async with house.reader() as conn:
        for table in ("sealed_tokens", "shared_token_filters"):
            query = f"select * from {table} where token_id = {made.token.id}"  # noqa: S608 -- a number
            assert (await conn.exec_driver_sql(query)).all() == []
    for attempt in (
        get(house, actor, made.token.id),
        narrow(house, actor, made.token.id),
        unshare(house, actor, made.token.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_nobody_reaches_those_of_another_account(house):
    main, foreign = await house.main(), await house.main("Foreign")
    sub, sibling = await house.sub(main), await house.sub(main, "Sibling")
    one = (await filtered(house, acting_for(sub))).id
    made = await share(house, acting_for(sub), one)
    for other in (main, sibling, foreign):
        actor = acting_for(other)
        text = f"token with id {made.token.id} not found for account {other.id}"
        for attempt in (
            get(house, actor, made.token.id),
            narrow(house, actor, made.token.id),
            unshare(house, actor, made.token.id),
        ):
            with pytest.raises(NotFound) as caught:
                await attempt
            assert caught.value.message == text
        text = f"filter with id {one} not found for account {other.id}"
        for attempt in (
            get_filter(house, actor, one), unfilter(house, actor, one), share(house, actor, one)
        ):  # fmt: skip
            with pytest.raises(NotFound) as caught:
                await attempt
            assert caught.value.message == text
        assert (await shares(house, actor), await every_filter(house, actor)) == ([], [])


async def test_ids_that_cannot_be_are_not_found(house):
    main = await house.main()
    actor = acting_for(main)
    api, _ = await house.token(main)
    for number in (api.id, 0, -1, 2_009_999, 2**31, 2**63):
        for attempt in (
            get(house, actor, TokenId(number)),
            get_filter(house, actor, FilterId(number)),
            share(house, actor, FilterId(number)),
        ):
            with pytest.raises(NotFound):
                await attempt
    with pytest.raises(Invalid):
        await share(house, actor, *map(FilterId, range(2_000_001, 2_000_002 + MOST_FILTERS)))


async def test_where_the_plan_has_none_everything_is_refused_in_the_same_words(house):
    main = await house.main()
    sub = await house.sub(main)
    actor = acting_for(sub)
    one = (await filtered(house, actor)).id
    made = await share(house, actor, one)
    async with house.transaction() as tx:
        await families.set_plan(tx, main.id, {"shared_tokens": False})
    for attempt in (
        shares(house, actor),
        get(house, actor, made.token.id),
        share(house, actor),
        narrow(house, actor, made.token.id),
        unshare(house, actor, made.token.id),
        every_filter(house, actor),
        get_filter(house, actor, one),
        filtered(house, actor),
        unfilter(house, actor, one),
    ):
        with pytest.raises(Forbidden) as caught:
            await attempt
        assert (caught.value.message, caught.value.code) == (
            "Insufficient privileges", "shared-tokens/NOT_ENABLED",
        )  # fmt: skip


async def test_scopes_are_asked_for(house):
    main = await house.main()
    one = (await filtered(house, acting_for(main))).id
    made = await share(house, acting_for(main))
    reader, nobody = acting_for(main, "tokens:read"), acting_for(main, "logs:read")
    for attempt in (
        share(house, reader),
        narrow(house, reader, made.token.id),
        unshare(house, reader, made.token.id),
        filtered(house, reader),
        unfilter(house, reader, one),
        shares(house, nobody),
        get(house, nobody, made.token.id),
        every_filter(house, nobody),
        get_filter(house, nobody, one),
    ):
        with pytest.raises(Forbidden) as caught:
            await attempt
        assert caught.value.code == "auth/INSUFFICIENT_SCOPE"


async def test_whoever_could_not_make_one_is_not_told_its_value(house):
    main = await house.main()
    made = await share(house, acting_for(main))
    reader = acting_for(main, "tokens:read")
    assert (await get(house, reader, made.token.id)).value is None
    assert [it.value for it in await shares(house, reader)] == [None]


async def test_where_values_are_not_kept_only_the_making_shows_it(tmp_path, clock):
    house = await House.open(tmp_path / "data", "", clock, reveal=False)
    main = await house.main()
    made = await share(house, acting_for(main))
    assert str(made.value).startswith(made.token.hint)
    assert [it.value for it in await shares(house, acting_for(main))] == [None]
    await house.close()


@pytest.mark.parametrize("text", ["", "a b", "a*", "a/b", "é", "a\n", "a:b", "x" * 201])
async def test_a_filter_has_no_wildcards(house, text):
    main = await house.main()
    for field, value in ((text, "v"), ("f", text)):
        with pytest.raises(Invalid) as caught:
            async with house.transaction(acting_for(main)) as tx:
                await shared.create_filter(tx, field=field, value=value, description="")
        assert caught.value.field == ("field" if field == text else "value")


async def test_every_act_is_on_record(house):
    main = await house.main()
    actor = acting_for(main)
    one, two, three = await three_filters(house, actor)
    made = await share(house, actor, one, two)
    await narrow(house, actor, made.token.id, one, two, operator=OR)  # as it is
    await narrow(house, actor, made.token.id, two, operator=AND)
    await unfilter(house, actor, two)
    await unshare(house, actor, made.token.id)
    assert made.token.expires_at is not None
    assert await entries(house, made.token.subject) == [
        ("token.revoked", {"kind": ("share", None)}),
        (
            "token.updated",
            {
                "kind": ("share", "share"),
                "filters": ([one, two], [two]),
                "filters_operator": ("OR", "AND"),
            },
        ),
        (
            "token.created",
            {
                "name": (None, "For support"),
                "kind": (None, "share"),
                "expires_at": (None, int(made.token.expires_at.timestamp())),
                "filters": (None, [one, two]),
                "filters_operator": (None, "OR"),
            },
        ),
    ]
    assert await entries(house, f"filter:{two}") == [
        (
            "filter.deleted",
            {
                "field": ("host", None),
                "value": ("web-1", None),
                "tokens": ([made.token.id], []),
            },
        ),
        (
            "filter.created",
            {
                "field": (None, "host"),
                "value": (None, "web-1"),
                "description": (None, "of web-1"),
            },
        ),
    ]
    assert [it.id for it in await every_filter(house, actor)] == [one, three]


async def test_no_filter_is_read_for_another_kind(house):
    main = await house.main()
    _, value = await house.token(main)
    known = await accepted(house, main, value)
    assert (known.filters, known.filters_operator) == ((), None)
