import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.house import acting_for
from support.statements import Statements, plan_of

from keyfob import tokens
from keyfob.db import milliseconds
from keyfob.errors import Forbidden, Invalid, NotFound
from keyfob.tokens import LastUse, Query, Sort, TokenKind, TokenState, store
from keyfob.tokens.listing import Cursor
from keyfob.tokens.listing import store as listed

pytestmark = pytest.mark.anyio


async def page(house, account, actor=None, **query):
    async with house.reader() as conn:
        return await tokens.page(
            conn, actor or acting_for(account), Query(**query), account_id=account.id,
            now=house.db.now(),
        )  # fmt: skip


async def names(house, account, **query):
    return [token.name for token in (await page(house, account, **query)).items]


async def some(house, clock, account, count):
    """Some share their moment, some were used."""
    for number in range(count):
        token, _ = await house.token(account, f"Token {number:02}")
        clock.forward(seconds=number % 2)
        if number % 3 == 0:
            await used(house, token, house.db.now() - timedelta(hours=number % 2))


async def used(house, token, at):
    async with house.transaction() as tx:
        last = LastUse(token.id, milliseconds(at), "", "")
        await store.set_last_used(tx, [last])


async def test_the_living_are_counted_in_an_index_however_many_there_are(house):
    """Each page of a list counts them."""
    main = await house.main()
    await house.token(main, "Workshop")
    sent = Statements(house.db)
    async with house.reader() as conn:
        found = await tokens.page(
            conn, acting_for(main), Query(), account_id=main.id, now=house.db.now()
        )
        [counting] = [text for text in sent.texts if "count(" in text]
        assert "uq_tokens_living_name" in await plan_of(conn, counting, main.id, TokenKind.API, "")
    assert found.total == 1


@pytest.mark.parametrize("search", ["", "work"])
async def test_few_deleted_ones_are_found_without_a_look_at_the_living(house, search):
    """The palette looks for them with each letter."""
    main = await house.main()
    token, _ = await house.token(main, "Workshop")
    await house.act(tokens.revoke, token.id, by=acting_for(main))
    sent = Statements(house.db)
    query = Query(states=frozenset({TokenState.REVOKED}), search=search)
    async with house.reader() as conn:
        found = await tokens.page(
            conn, acting_for(main), query, account_id=main.id, now=house.db.now()
        )
        first = next(text for text in sent.texts if "FROM tokens" in text)
        values = [main.id, TokenKind.API, *["%work%"] * (first.count("?") - 3), 100]
        assert "ix_tokens_deleted" in await plan_of(conn, first, *values)
    assert [each.name for each in found.items] == ["Workshop"]


@pytest.mark.parametrize("sort", Sort)
async def test_pages_there_and_back_show_every_token_once_while_others_come(house, clock, sort):
    main = await house.main()
    await some(house, clock, main, 11)
    everything = await names(house, main, sort=sort)
    here, seen, pages = await page(house, main, sort=sort, limit=3), [], []
    while True:
        seen += [token.name for token in here.items if token.name.startswith("Token")]
        pages.append(here)
        await house.token(main, f"New {len(pages)}")
        if not here.next_cursor:
            break
        here = await page(house, main, sort=sort, limit=3, cursor=here.next_cursor)
    assert seen == everything
    back = []
    while here.previous_cursor:
        here = await page(house, main, sort=sort, limit=3, cursor=here.previous_cursor)
        back = [t.name for t in here.items if t.name.startswith("Token")] + back
    last = [token.name for token in pages[-1].items if token.name.startswith("Token")]
    assert back + last == everything


@pytest.mark.parametrize("few", [0, 11, 1000])
async def test_a_search_that_finds_few_and_one_that_finds_many_answer_alike(
    house, clock, monkeypatch, few
):
    monkeypatch.setattr(listed, "FEW", few)
    main = await house.main()
    await some(house, clock, main, 11)
    await house.token(main, "Other")
    first = await page(house, main, search="token", sort=Sort.NAME, limit=6)
    assert [token.name for token in first.items] == [f"Token {number:02}" for number in range(6)]
    second = await page(
        house, main, search="token", sort=Sort.NAME, limit=6, cursor=first.next_cursor
    )
    assert [token.name for token in second.items] == [f"Token {n:02}" for n in range(6, 11)]
    assert (first.total, second.total, second.first, second.next_cursor) == (11, 11, 7, "")


async def test_by_last_use_those_never_used_are_the_oldest(house, clock):
    main = await house.main()
    made = {name: (await house.token(main, name))[0] for name in ("Early", "Late", "Never")}
    await used(house, made["Early"], clock.now - timedelta(days=2))
    await used(house, made["Late"], clock.now - timedelta(days=1))
    assert await names(house, main, sort=Sort.USED_LAST) == ["Late", "Early", "Never"]
    assert await names(house, main, sort=Sort.USED_FIRST) == ["Never", "Early", "Late"]


async def test_a_page_knows_its_place(house, clock):
    main = await house.main()
    await some(house, clock, main, 7)
    first = await page(house, main, limit=3)
    second = await page(house, main, limit=3, cursor=first.next_cursor)
    third = await page(house, main, limit=3, cursor=second.next_cursor)
    assert [(p.first, len(p.items), p.total) for p in (first, second, third)] == [
        (1, 3, 7),
        (4, 3, 7),
        (7, 1, 7),
    ]
    assert (first.previous_cursor, third.next_cursor) == ("", "")
    again = await page(house, main, limit=3, cursor=second.previous_cursor)
    assert (again.first, again.items) == (1, first.items)
    nothing = await page(house, main, search="no such thing")
    assert (nothing.first, nothing.total, nothing.next_cursor) == (0, 0, "")


async def test_each_state_lists_its_own_and_by_default_all_but_the_revoked(house, clock):
    main = await house.main()
    await house.token(main, "active")
    await house.token(main, "scheduled", not_before=clock.now + timedelta(days=1))
    await house.token(main, "expired", expires_at=clock.now + timedelta(hours=1))
    disabled, _ = await house.token(main, "disabled")
    revoked, _ = await house.token(main, "revoked")
    async with house.transaction(acting_for(main)) as tx:
        await tokens.update(tx, disabled.id, {"enabled": False})
        await tokens.revoke(tx, revoked.id)
    clock.forward(hours=1)
    for state in TokenState:
        assert await names(house, main, states=frozenset({state})) == [state.value]
    assert "revoked" not in await names(house, main)
    assert len(await names(house, main, states=frozenset(TokenState))) == 5


async def test_search_finds_name_description_and_hint_and_takes_nothing_for_a_pattern(house):
    main = await house.main()
    token, value = await house.token(main, "Straße 100%", description="for Grafana")
    await house.token(main, "Other_one")
    begun = token.hint[:-9]
    for search in ("strasse", "100%", "GRAFANA", token.hint, begun, token.public_id, str(value)):
        assert await names(house, main, search=search) == ["Straße 100%"]
    assert await names(house, main, search="r_o") == ["Other_one"]
    for search in ("%", "_"):
        assert len(await names(house, main, search=search)) == 1
    assert await names(house, main, search="\\") == []


async def test_a_tag_is_found_whole(house):
    main = await house.main()
    await house.token(main, "One", tags=("prod", "team:a_b"))
    await house.token(main, "Two", tags=("production",))
    assert await names(house, main, tag="prod") == ["One"]
    assert await names(house, main, tag="team:a_b") == ["One"]
    assert await names(house, main, tag="team:axb") == []
    assert await names(house, main, tag="PROD") == []


async def test_the_tags_in_use_are_those_of_living_tokens(house):
    main, other = await house.main(), await house.main("Other")
    await house.token(main, "One", tags=("prod", "ci"))
    await house.token(main, "Two", tags=("prod",))
    gone, _ = await house.token(main, "Gone", tags=("old",))
    await house.token(other, "Foreign", tags=("foreign",))
    async with house.transaction(acting_for(main)) as tx:
        await tokens.revoke(tx, gone.id)

    async def in_use(actor, kind=TokenKind.API):
        async with house.reader() as conn:
            return await tokens.tags_in_use(conn, actor, account_id=main.id, kind=kind)

    assert await in_use(acting_for(main)) == ["ci", "prod"]
    assert await in_use(acting_for(main), TokenKind.SHIPPING) == []
    with pytest.raises(Forbidden):
        await in_use(acting_for(main, "tokens:write"))
    with pytest.raises(NotFound):
        await in_use(acting_for(other))


async def test_a_list_is_of_one_account_and_for_those_who_reach_it(house):
    main, stranger = await house.main(), await house.main("Stranger")
    sub = await house.sub(main)
    await house.token(main, "Above")
    await house.token(sub, "Below")
    assert await names(house, main) == ["Above"]
    below = await page(house, sub, acting_for(main))
    assert [token.name for token in below.items] == ["Below"]
    with pytest.raises(NotFound):
        await page(house, sub, acting_for(stranger))
    with pytest.raises(Forbidden):
        await page(house, main, acting_for(sub))
    with pytest.raises(Forbidden):
        await page(house, main, acting_for(main, "tokens:write"))


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    ["x", "é", "AAAA", "[]", encoded([]), encoded({}), encoded([1, 2, 3]), encoded([1, 2, 3, 4]),
     encoded([2**70, 1, 0, False]), encoded([1, 2**40, 0, False]), encoded([1, 1, -1, False]),
     encoded(["\0", 1, 0, False]), encoded(["\ud800", 1, 0, False]), encoded([None, 1, 0, False]),
     encoded([1.5, 1, 0, False]), "W" * 10_000],
)  # fmt: skip
@pytest.mark.parametrize("sort", Sort)
def test_a_cursor_that_was_never_given_out_is_refused(text, sort):
    with pytest.raises(Invalid) as caught:
        Cursor.parse(text, sort)
    assert caught.value.field == "cursor"


def test_a_cursor_of_another_order_is_refused():
    by_name = str(Cursor(key="a", id=1, start=0, backwards=False))
    by_time = str(Cursor(key=1, id=1, start=0, backwards=True))
    for text, sort in ((by_name, Sort.NEWEST), (by_time, Sort.NAME)):
        with pytest.raises(Invalid):
            Cursor.parse(text, sort)


@given(st.text())
def test_whatever_comes_as_a_cursor_is_taken_or_refused(text):
    with pytest.raises(Invalid):
        Cursor.parse(text, Sort.NAME)


@pytest.mark.parametrize(
    ("field", "query"),
    [("limit", {"limit": 0}), ("limit", {"limit": 1001}), ("q", {"search": "x" * 201}),
     ("q", {"search": "a\0b"}), ("tag", {"tag": 'a", "b'}), ("tag", {"tag": "a\0"})],
)  # fmt: skip
def test_a_question_that_cannot_be_answered_names_the_field(field, query):
    with pytest.raises(Invalid) as caught:
        Query(**query)
    assert caught.value.field == field


HINT = "kf_api_0123456789abcdef"


@pytest.mark.parametrize(
    "typed",
    [f"{HINT}A", HINT + "A" * 49, f"export A={HINT}{'A' * 49}", f"secret-token:{HINT}A", HINT],
)
def test_of_a_pasted_token_only_the_hint_is_searched_for(typed):
    assert tokens.searchable(typed) == HINT


@pytest.mark.parametrize("typed", ["", "Workshop API Token", "kf_api_", "kf_other_" + "A" * 65])
def test_what_is_no_token_is_searched_for_as_it_is(typed):
    assert tokens.searchable(typed) == typed
