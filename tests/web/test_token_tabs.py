"""The three tabs of Manage tokens: what each does in its own way, and what all do alike."""

import re

import pytest
from web.conftest import TOKENS, names_in, text_of
from web.test_tokens_page import HOSTILE, house

from keyfob.tokens import Sort

SHARED = "/settings/manage-tokens/shared"
SHIPPING = "/settings/manage-tokens/data-shipping"
TABS = (SHARED, TOKENS, SHIPPING)
PREFIX = {SHARED: "share", TOKENS: "api", SHIPPING: "ship"}


def add(ann, tab, name, **more):
    """Make one; return its number and its value."""
    page = ann.post(tab, name=name, **more)
    assert page.status_code == 201, text_of(page)
    value = re.search(rf"=(kf_{PREFIX[tab]}_\w{{65}})", text_of(page))
    number = re.search(r'id="token-(\d+)"', page.text)
    return number[1], value[1]


def add_filter(ann, field="customer", value="acme", description="What Acme may see"):
    answer = ann.post(f"{SHARED}/filters", field=field, value=value, description=description)
    assert answer.status_code == 303, text_of(answer)
    return re.findall(r"/filters/(\d+)/delete", ann.get(SHARED).text)[-1]


def ask(ann, value):
    caller = ann.add("The caller")[1]
    answer = ann.client.post("/v1/verify", json={"token": value}, headers={"X-API-TOKEN": caller})
    return answer.json()


def test_the_tabs_stand_in_the_order_of_the_original(ann):
    page = ann.get(TOKENS)
    assert re.findall(r'<a href="(/settings/manage-tokens/[a-z-]+)"[^>]*>[A-Z]', page.text) == [
        *TABS
    ]
    for tab, name in zip(TABS, ("Shared", "API", "Data shipping"), strict=True):
        assert f"<title>{name} tokens – Manage tokens" in ann.get(tab).text  # noqa: RUF001 -- as the pages write it


@pytest.mark.parametrize("tab", TABS)
def test_one_is_made_shown_renamed_disabled_and_deleted_alike(ann, tab):
    number, value = add(ann, tab, "Newcomer")
    assert "created" in text_of(ann.post(tab, name="Another"))
    shown = ann.post(f"{tab}/{number}/reveal", view="")
    assert value in text_of(shown)
    assert ann.post(f"{tab}/{number}/rename", name="Renamed").status_code == 303
    assert {"Another", "Renamed"} <= {*names_in(ann.get(tab))}
    assert ann.post(f"{tab}/{number}/switch", enabled="no").status_code == 303
    page = ann.get(tab)
    assert "badge-disabled" in page.text
    assert "token disabled" in text_of(page)
    answer = ask(ann, value)
    assert (answer["valid"], answer["code"]) == (False, "DISABLED")
    assert "Renamed" in text_of(ann.get(f"{tab}/{number}/delete"))
    assert ann.post(f"{tab}/{number}/delete").status_code == 303
    assert "Renamed" not in names_in(ann.get(tab))
    gone = ann.get(f"{tab}?state=revoked")
    assert names_in(gone) == ["Renamed"]
    assert "/reveal" not in gone.text
    assert "Deleted" in text_of(ann.get(f"{tab}/{number}"))


@pytest.mark.parametrize("tab", TABS)
def test_a_token_of_another_tab_is_not_there(ann, tab):
    number, _ = add(ann, tab, "Here")
    for other in {*TABS} - {tab}:
        at = f"{other}/{number}"
        assert ann.get(at).status_code == 404
        for form in ("reveal", "rename", "switch", "delete", "edit"):
            fields = {"name": "x", "enabled": "no"}
            assert ann.post(f"{at}/{form}", **fields).status_code == 404, form
    assert names_in(ann.get(tab)).count("Here") == 1


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name_in_every_part(ann, tab, name):
    number, _ = add(ann, tab, name)
    ann.post(f"{tab}/{number}/edit", name=name, description=name, scopes="*", operator="OR")
    for path in (tab, f"{tab}/{number}", f"{tab}/{number}/edit", f"{tab}/{number}/delete",
                 "/search?q=%3C"):  # fmt: skip
        page = ann.get(path)
        assert page.status_code == 200
        for harm in ("<script>alert", "<img src=x", "onfocus='alert", "<svg/onload"):
            assert harm not in page.text
    asked = ann.post(f"{tab}/many/ask", **{f"tick-{number}": "on"})
    assert "<script>alert" not in asked.text


def test_a_new_token_ends_when_it_was_told_to(ann, clock):
    ann.post(TOKENS, name="Short", lifetime="30")
    assert "expires in 30 days" in text_of(ann.get(TOKENS))
    ann.post(SHARED, name="A week")
    assert "expires in 7 days" in text_of(ann.get(SHARED))
    ann.post(SHARED, name="For good", lifetime="")
    rows = text_of(ann.get(f"{SHARED}?q=good"))
    assert "expires in" not in rows.partition("For good")[2].partition("Narrow")[0]


@pytest.mark.parametrize("lifetime", ["0", "-1", "1e9", "x"])
def test_a_lifetime_that_is_not_offered_makes_nothing_and_keeps_the_name(ann, lifetime):
    page = ann.post(TOKENS, name="Kept", lifetime=lifetime)
    assert page.status_code == 400
    assert 'value="Kept"' in page.text
    assert names_in(ann.get(TOKENS)) == []


def test_the_last_enabled_shipping_token_stays(ann):
    page = ann.get(SHIPPING)
    number = re.search(r'id="token-(\d+)"', page.text)[1]
    assert "1 of 15 enabled" in text_of(page)
    assert "it can be neither disabled nor deleted" in page.text
    assert f"{number}/delete" not in page.text
    for form, fields in (("switch", {"enabled": "no"}), ("delete", {})):
        refused = ann.post(f"{SHIPPING}/{number}/{form}", **fields)
        assert refused.status_code == 409
        assert "last enabled log shipping token" in text_of(refused)


def test_no_more_shipping_tokens_than_the_plan_has(ann):
    for count in range(14):
        add(ann, SHIPPING, f"Shipper {count}")
    page = ann.get(SHIPPING)
    assert "15 of 15 enabled" in text_of(page)
    assert 'id="new-token"' not in page.text
    assert "Disable or delete one to make another" in text_of(page)
    refused = ann.post(SHIPPING, name="One more")
    assert refused.status_code == 409
    assert 'value="One more"' in refused.text


def test_another_product_says_where_its_tokens_are(ann):
    metrics = text_of(ann.get(f"{SHIPPING}?product=metrics"))
    assert "You are in no account for metrics" in metrics
    assert "There are no accounts for traces" in text_of(ann.get(f"{SHIPPING}?product=tracing"))
    assert names_in(ann.get(f"{SHIPPING}?product=logs")) == ["Default"]


def test_a_shared_token_is_narrowed_down_by_its_filters(ann):
    first, second = add_filter(ann), add_filter(ann, value="bolt")
    fields = {f"filter-{second}": "on", f"filter-{first}": "on", "operator": "AND"}
    number, value = add(ann, SHARED, "Acme and Bolt", **fields)
    assert "2 filters" in text_of(ann.get(SHARED))
    detail = text_of(ann.get(f"{SHARED}/{number}"))
    assert "customer=bolt and customer=acme" in detail
    answer = ask(ann, value)
    assert answer["filtersOperator"] == "AND"
    form = ann.get(f"{SHARED}/{number}/edit")
    assert form.text.count(" checked") == 2
    done = ann.post(
        f"{SHARED}/{number}/edit", name="Acme", operator="OR", **{f"filter-{first}": "on"}
    )
    assert done.status_code == 303
    assert "Filters customer=acme" in text_of(ann.get(f"{SHARED}/{number}"))


def test_deleting_a_filter_says_which_tokens_show_more_then(ann):
    kept, number = add_filter(ann), add_filter(ann, value="bolt")
    add(ann, SHARED, "For Bolt", **{f"filter-{number}": "on"})
    assert "No token uses it" in text_of(ann.get(f"{SHARED}/filters/{kept}/delete"))
    question = text_of(ann.get(f"{SHARED}/filters/{number}/delete"))
    assert "For Bolt" in question
    assert "This token shows more logs without it" in question
    assert ann.post(f"{SHARED}/filters/{number}/delete").status_code == 303
    assert "customer=bolt" not in text_of(ann.get(SHARED))
    assert ann.get(f"{SHARED}/filters/{number}/delete").status_code == 404


def test_a_filter_that_cannot_be_keeps_what_was_typed(ann):
    page = ann.post(f"{SHARED}/filters", field="two words", value="acme", description="D")
    assert page.status_code == 400
    assert 'value="two words"' in page.text
    assert "letters, digits and _ @ . - only" in text_of(page)


def test_a_plan_without_shared_tokens_is_told(ann, config, clock):
    def without(opened):
        from sqlalchemy import update  # noqa: PLC0415 -- the operator's own way has no switch for it

        from keyfob.db.schema import plans  # noqa: PLC0415

        async def change():
            async with opened.transaction() as tx:
                await tx.conn.execute(update(plans).values(shared_tokens=False))

        return change()

    ann.client.__exit__(None, None, None)
    house(config, clock, without)
    with ann.client:
        page = ann.get(SHARED)
        assert "Shared tokens are not part of the plan" in text_of(page)
        assert ann.post(SHARED, name="x").status_code == 403


# Filter, order, pages


def test_tokens_are_found_by_state_and_tag_and_each_choice_is_in_the_address(ann):
    for name, tags in (("One", "ci"), ("Two", "ci team:a"), ("Three", "")):
        number, _ = ann.add(name)
        ann.post(f"{TOKENS}/{number}/edit", name=name, tags=tags, scopes="*")
    ann.post(f"{TOKENS}/{number}/switch", enabled="no")
    assert names_in(ann.get(f"{TOKENS}?tag=ci")) == ["Two", "One"]
    assert names_in(ann.get(f"{TOKENS}?tag=team:a")) == ["Two"]
    assert names_in(ann.get(f"{TOKENS}?state=disabled")) == ["Three"]
    assert names_in(ann.get(f"{TOKENS}?state=active&sort=name")) == ["One", "Two"]
    assert names_in(ann.get(f"{TOKENS}?sort=-name")) == ["Two", "Three", "One"]
    none = ann.get(f"{TOKENS}?tag=nobody&sort=name")
    assert "No API token matches" in text_of(none)
    assert f'href="{TOKENS}?sort=name">Show all' in none.text
    odd = ann.get(f"{TOKENS}?state=odd&sort=odd&limit=odd&product=odd")
    assert len(names_in(odd)) == 3


def test_a_tag_that_cannot_be_is_told_beside_what_was_typed(ann):
    ann.add("One")
    page = ann.get(f"{TOKENS}?tag=%3Cb%3E&q=o")
    assert page.status_code == 400
    assert "must have 1 to 50 letters" in text_of(page)
    assert 'value="&lt;b&gt;"' in page.text
    assert names_in(page) == ["One"]


def test_the_titles_of_the_columns_turn_the_order(ann):
    ann.add("One")
    page = ann.get(TOKENS)
    assert re.findall(r'aria-sort="(\w+)"', page.text) == ["none", "descending"]
    assert f'href="{TOKENS}?sort=createdAt"' in page.text
    by_name = ann.get(f"{TOKENS}?sort=name")
    assert re.findall(r'aria-sort="(\w+)"', by_name.text) == ["ascending", "none"]
    assert f'href="{TOKENS}?sort=-name"' in by_name.text


def test_every_order_can_be_chosen_below_the_list(ann):
    ann.add("One")
    page = ann.get(f"{TOKENS}?sort=-lastUsedAt")
    assert re.findall(r'aria-sort="(\w+)"', page.text) == ["none", "none"]
    assert set(re.findall(r'<option value="(-?[a-zA-Z]+)"', page.text)) >= {*Sort}
    assert '<option value="-lastUsedAt" selected>Last used first</option>' in page.text


def test_a_field_for_a_tag_offers_those_in_use(ann):
    ann.add("One")
    number = re.search(r'id="token-(\d+)"', ann.get(TOKENS).text)[1]
    ann.post(f"{TOKENS}/many", do="tag", tag="team:o11y", **ticked(number))
    assert 'list="tags"' in ann.get(TOKENS).text
    assert ann.get(f"{TOKENS}/tags").text.strip() == '<option value="team:o11y"></option>'
    assert ann.get(f"{SHIPPING}/tags").text.strip() == ""


# Many at once


def ticked(*numbers):
    return {f"tick-{number}": "on" for number in numbers}


def test_many_are_disabled_enabled_tagged_and_deleted_at_once(ann):
    numbers = [ann.add(f"Token {count}")[0] for count in range(3)]
    for do, sign, count in (
        ("disable", "badge-disabled", 2), ("enable", "badge-disabled", 0),
        ("tag", ">ci</a>", 2), ("untag", ">ci</a>", 0),
    ):  # fmt: skip
        done = ann.post(f"{TOKENS}/many", do=do, tag="ci", **ticked(*numbers[:2]))
        assert done.status_code == 303, text_of(done)
        assert ann.get(TOKENS).text.count(sign) == count, do
    question = ann.post(f"{TOKENS}/many/ask", **ticked(*numbers[:2]))
    assert "Delete 2 tokens?" in text_of(question)
    assert len(names_in(ann.get(TOKENS))) == 3
    assert ann.post(f"{TOKENS}/many/delete", **ticked(*numbers[:2])).status_code == 303
    page = ann.get(TOKENS)
    assert "API tokens deleted" in text_of(page)
    assert names_in(page) == ["Token 2"]


def test_many_are_changed_all_or_none(ann):
    default = re.search(r'id="token-(\d+)"', ann.get(SHIPPING).text)[1]
    number, _ = add(ann, SHIPPING, "Second")
    refused = ann.post(f"{SHIPPING}/many", do="disable", **ticked(default, number))
    assert refused.status_code == 409
    assert "badge-disabled" not in ann.get(SHIPPING).text
    refused = ann.post(f"{SHIPPING}/many/delete", **ticked(number, default))
    assert refused.status_code == 409
    assert len(names_in(ann.get(SHIPPING))) == 2


@pytest.mark.parametrize("form", ["many", "many/ask", "many/delete"])
def test_nothing_ticked_is_told(ann, form):
    ann.add("One")
    page = ann.post(f"{TOKENS}/{form}", do="disable")
    assert page.status_code == 400
    assert "Tick the tokens first" in text_of(page)
    assert "badge-disabled" not in page.text


@pytest.mark.parametrize(("do", "tag"), [("explode", ""), ("tag", ""), ("tag", "two words")])
def test_many_are_not_changed_by_what_cannot_be(ann, do, tag):
    number, _ = ann.add("One")
    assert ann.post(f"{TOKENS}/many", do=do, tag=tag, **ticked(number)).status_code == 400


def test_a_hundred_rows_are_ticked_at_once(ann):
    numbers = [ann.add(f"Token {count}")[0] for count in range(100)]
    done = ann.post(f"{TOKENS}/many", do="tag", tag="all", view="limit=100", **ticked(*numbers))
    assert done.status_code == 303
    assert ann.get(f"{TOKENS}?limit=100").text.count(">all</a>") == 100


def test_a_new_token_may_be_limited_at_once(ann):
    number, _ = add(
        ann, TOKENS, "Narrow", tags="ci team:o11y", scopes="logs:search", ip_allow="203.0.113.0/24",
        methods="get", paths="/v1/**", expires_at="2031-02-03T04:05", lifetime="7",
    )  # fmt: skip
    page = text_of(ann.get(f"{TOKENS}/{number}"))
    for words in (
        "Tags ci team:o11y", "Scopes logs:search", "Addresses 203.0.113.0/24", "Methods GET",
        "Paths /v1/**", "Expires Mon, Feb 3, 2031 4:05 AM UTC",
    ):  # fmt: skip
        assert words in page
    assert page.partition("History")[2].count("User ") == 1  # made so, and not changed afterwards


def test_tokens_of_other_kinds_have_the_options_that_they_know(ann):
    number, _ = add(ann, SHIPPING, "Tagged", tags="berlin")
    assert "Tags berlin" in text_of(ann.get(f"{SHIPPING}/{number}"))
    number, _ = add(
        ann, SHARED, "Later", tags="partner", lifetime="30", not_before="2030-02-01T00:00",
        expires_at="2030-03-01T12:00",
    )  # fmt: skip
    page = text_of(ann.get(f"{SHARED}/{number}"))
    assert "Later Scheduled" in page
    assert "Expires Fri, Mar 1, 2030 12:00 PM UTC" in page
    assert "Tags partner" in page
    form = ann.get(f"{SHIPPING}?new=1").text
    assert 'name="tags"' in form
    assert 'name="scopes"' not in form
    assert 'name="expires_at"' not in form
    assert 'name="scopes"' not in ann.get(f"{SHARED}?new=1").text


@pytest.mark.parametrize(
    ("tab", "field", "typed", "words"),
    [
        (TOKENS, "tags", "no!", "The tags must have 1 to 50 letters"),
        (TOKENS, "scopes", "Not A Scope", "The scopes"),
        (TOKENS, "expires_at", "2001-01-01T00:00", "The end must be in the future"),
        (TOKENS, "not_before", "soon", "The start must be a day like"),
        (TOKENS, "ip_allow", "nowhere", "The list of addresses"),
        (SHARED, "expires_at", "2001-01-01T00:00", "The end must be in the future"),
        (SHIPPING, "tags", "no!", "The tags must have 1 to 50 letters"),
    ],
)
def test_an_option_that_cannot_be_is_told_in_its_place_and_all_stays(ann, tab, field, typed, words):
    page = ann.post(tab, **{"name": "Not yet", "tags": "kept", field: typed})
    assert page.status_code == 400
    assert '<details class="options" open>' in page.text
    assert words in text_of(page)
    assert f'id="new-{field}-note" role="alert"' in page.text
    assert 'value="Not yet"' in page.text
    assert typed in page.text
    assert field == "tags" or 'value="kept"' in page.text
    assert "Not yet" not in names_in(ann.get(tab))


def test_options_stay_typed_and_open_when_the_name_is_taken(ann):
    ann.add("Taken")
    page = ann.post(TOKENS, name="taken", scopes="logs:search")
    assert page.status_code == 409
    assert '<details class="options" open>' in page.text
    assert 'value="logs:search"' in page.text
    assert 'id="name-note" role="alert"' in page.text
    plain = ann.post(TOKENS, name="taken")
    assert '<details class="options">' in plain.text


def test_what_the_options_say_of_a_new_token_is_on_record(ann):
    number, _ = add(ann, SHARED, "Told", tags="partner")
    trail = text_of(ann.get(f"/settings/audit-trail?subject=token:{number}"))
    assert "Tags partner" in trail
