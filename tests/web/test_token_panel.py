"""Everything about one token, and finding whatever there is by its name."""

import re
from datetime import UTC, datetime

import pytest
from web.conftest import TOKENS, Console, names_in, serving, text_of
from web.test_token_tabs import SHARED, SHIPPING, add, add_filter
from web.test_tokens_page import house, made

from keyfob import tokens
from keyfob.accounts import AccountId
from keyfob.actors import OPERATOR
from keyfob.limits import Restrictions


def test_the_panel_tells_everything(ann):
    number, value = ann.add("Grafana")
    ann.client.get("/v2/whoami", headers={"X-API-TOKEN": value})
    ann.post(
        f"{TOKENS}/{number}/edit", name="Grafana", description="Dashboards\nof Ops", tags="ops, ci",
        scopes="logs:search account:read", ip_allow="203.0.113.0/24", methods="get", paths="/v1/**",
        expires_at="2031-02-03T04:05",
    )  # fmt: skip
    page = text_of(ann.get(f"{TOKENS}/{number}"))
    for words in (
        "Grafana Active", "Dashboards of Ops", f"Number {number}", "by ann@example.com",
        "Expires Mon, Feb 3, 2031 4:05 AM UTC", "Tags ops ci", "Scopes logs:search account:read",
        "Addresses 203.0.113.0/24", "Methods GET", "Paths /v1/**", "Use in the last 30 days",
        "History", "User created a token", "User updated a token", value[:23],
    ):  # fmt: skip
        assert words in page
    assert value not in page


def test_the_picture_of_use_has_a_column_for_each_day(ann, config, clock):
    number, value = ann.add("Used")
    for _ in range(3):
        ann.client.get("/v2/whoami", headers={"X-API-TOKEN": value})
    ann.client.__exit__(None, None, None)  # what was counted is written
    with ann.client:
        page = ann.get(f"{TOKENS}/{number}")
        assert "3 good, 0 refused in 30 days" in page.text
        assert page.text.count("use-room") == 30
        assert page.text.count("use-good") == 1


def test_editing_keeps_what_was_typed_after_an_error(ann):
    number, _ = ann.add("Before")
    ann.add("Taken")
    for fields, words in (
        ({"name": "taken", "scopes": "*"}, "has a token named"),
        ({"name": "", "scopes": "*"}, "The name is required"),
        ({"name": "x", "scopes": "Not A Scope"}, "scopes"),
        ({"name": "x", "scopes": "*", "expires_at": "2001-01-01T00:00"}, "must be in the future"),
        ({"name": "x", "scopes": "*", "expires_at": "soon"}, "must be a day like"),
        (
            {"name": "x", "scopes": "*", "expires_at": "9999-12-31T23:59-23:59"},
            "must be a day like",
        ),
        (
            {"name": "x", "scopes": "*", "not_before": "0001-01-01T00:00"},
            "must be a day like",
        ),
        ({"name": "x", "scopes": "*", "ip_allow": "nowhere"}, "The list of addresses"),
        ({"name": "x", "scopes": "*", "tags": "a b !"}, "must have 1 to 50 letters"),
    ):  # fmt: skip
        page = ann.post(f"{TOKENS}/{number}/edit", description="kept so", **fields)
        assert page.status_code in {400, 409}, fields
        assert words in text_of(page), fields
        assert "kept so</textarea>" in page.text
    assert names_in(ann.get(TOKENS)) == ["Taken", "Before"]


def test_a_moment_that_was_not_touched_stays_to_the_millisecond(config, clock):
    ends = datetime(2031, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    number, _ = made(config, clock, expires_at=ends)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        at = f"{TOKENS}/{number}/edit"
        ann.post(at, name="Renamed", scopes="*", expires_at="2031-01-02T03:04")

    async def look(opened):
        async with opened.reader() as conn:
            return await tokens.get(conn, OPERATOR, number)

    token = house(config, clock, look)
    assert (token.name, token.expires_at) == ("Renamed", ends)
    assert token.account_id == AccountId(2000001)


def test_everything_is_found_by_name_or_hint(ann):
    _, value = ann.add("Grafana")
    add(ann, SHARED, "Grafana outside")
    page = text_of(ann.get("/search?q=graf"))
    assert "Grafana outside" in page
    assert "API token · kf_api_" in page
    assert "ann@example.com · Admin" in text_of(ann.get("/search?q=ann@"))
    assert "Team Blue" in text_of(ann.get("/search?q=blue"))
    assert "Audit trail" in text_of(ann.get("/search?q=AUDIT"))
    assert "Grafana" in text_of(ann.get(f"/search?q={value[:23]}"))
    assert "Nothing is called" in text_of(ann.get("/search?q=nothing+of+that+kind"))


def test_a_pasted_token_does_not_stay_in_the_address_of_a_search(ann):
    _, value = ann.add("Grafana")
    assert ann.get(f"/search?q={value}").headers["location"] == "/search"


def test_who_may_not_see_tokens_finds_none(ann, console):
    ann.add("Secret name")
    ann.post("/logout")
    console.sign_in("bob@example.com")
    page = text_of(console.get("/search?q=secret"))
    assert "Secret name" not in page.replace("Nothing is called “secret” here", "")
    assert "Manage accounts" not in text_of(console.get("/search?q=manage"))
    assert "ann@example.com" not in text_of(console.get("/search?q=ann@"))


def test_the_keys_are_listed(ann):
    page = text_of(ann.get("/keys"))
    assert "Ctrl K Find a page" in page
    assert "Use keys of a single letter" in page


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


def test_a_form_that_is_old_puts_nothing_back(ann, clock):
    """Two admins: one narrows the token, the other has its form open since before."""
    number, _ = ann.add("Shared by two")
    at = f"{TOKENS}/{number}/edit"
    seen = hidden(ann.get(at), "seen")
    clock.forward(seconds=1)
    ann.post(at, name="Shared by two", scopes="logs:search", seen=seen)
    refused = ann.post(at, name="Renamed", scopes="*", description="typed", seen=seen)
    assert refused.status_code == 409
    assert "ann@example.com changed this token since you opened the form" in text_of(refused)
    assert "typed</textarea>" in refused.text
    assert "Scopes logs:search" in text_of(ann.get(f"{TOKENS}/{number}"))
    again = ann.post(at, name="Renamed", scopes="*", seen=hidden(refused, "seen"))
    assert again.status_code == 303
    assert "Scopes *" in text_of(ann.get(f"{TOKENS}/{number}"))


def test_a_path_with_a_comma_or_a_space_stays_one_path(config, clock):
    odd = Restrictions.parse(paths=["/a,/b", "/c d"])
    number, _ = made(config, clock, restrictions=odd)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        page = ann.get(f"{TOKENS}/{number}/edit")
        assert "/a,/b\n/c d</textarea>" in page.text
        fields = {"name": "Renamed", "scopes": "*", "paths": "/a,/b\r\n/c d"}
        assert ann.post(f"{TOKENS}/{number}/edit", **fields).status_code == 303
        assert "Paths /a,/b /c d" in text_of(ann.get(f"{TOKENS}/{number}"))


KINDS = [(TOKENS, "API token"), (SHARED, "Shared token"), (SHIPPING, "Log shipping token")]


def panel_form(panel, what):
    """The fields of the panel's form that does it, as a browser without a script sends them."""
    form = re.search(rf'action="([^"]*/{what})".*?</form>', panel.text, re.DOTALL)
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
    return form[1], dict(fields)


def followed(ann, answer):
    assert answer.status_code == 303, answer.text
    return ann.get(answer.headers["location"])


@pytest.mark.parametrize(("tab", "noun"), KINDS)
def test_a_token_is_disabled_and_enabled_from_its_panel(ann, tab, noun):
    number, _ = add(ann, tab, "Switched")
    for word, other in (("Disable", "Enable"), ("Enable", "Disable")):
        panel = ann.get(f"{tab}/{number}?q=sw")
        assert word in text_of(panel)
        path, fields = panel_form(panel, "switch")
        answer = ann.post(path, **fields)
        assert answer.headers["location"] == f"{tab}/{number}?q=sw"
        again = text_of(followed(ann, answer))
        assert f"{noun} {word.lower()}d" in again
        assert f" {other} Delete…" in again
        assert ("Switched Disabled" in again) == (word == "Disable")


@pytest.mark.parametrize(("tab", "noun"), KINDS)
def test_a_token_is_deleted_from_its_panel_after_a_question(ann, tab, noun):
    number, _ = add(ann, tab, "Over")
    panel = ann.get(f"{tab}/{number}?q=ov")
    question = re.search(r'href="([^"]*/delete[^"]*)"', panel.text)[1].replace("&amp;", "&")
    asked = ann.get(question)
    assert "Delete Over ?" in text_of(asked)
    assert f'href="{tab}/{number}?q=ov" data-open autofocus>Keep it' in asked.text
    path, fields = panel_form(asked, "delete")
    answer = ann.post(path, **fields)
    assert answer.headers["location"] == f"{tab}?q=ov"
    assert f"{noun} deleted" in text_of(followed(ann, answer))
    gone = text_of(ann.get(f"{tab}/{number}"))
    assert "Over Deleted" in gone
    for word in ("Disable", "Enable", "Delete…", "Edit", "Copy-ready"):
        assert word not in gone


def test_the_last_enabled_shipping_token_can_be_neither_disabled_nor_deleted_from_its_panel(ann):
    number = re.search(r'id="token-(\d+)"', ann.get(SHIPPING).text)[1]
    panel = ann.get(f"{SHIPPING}/{number}")
    assert "It is the last enabled one" in text_of(panel)
    assert "/switch" not in panel.text
    assert "/delete" not in panel.text


def test_what_a_panel_is_refused_is_told_in_it(ann):
    """Somebody has disabled the other one since it was opened."""
    first = re.search(r'id="token-(\d+)"', ann.get(SHIPPING).text)[1]
    second, _ = add(ann, SHIPPING, "Second")
    path, fields = panel_form(ann.get(f"{SHIPPING}/{first}"), "switch")
    ann.post(f"{SHIPPING}/{second}/switch", enabled="no")
    refused = ann.post(path, **fields)
    assert refused.status_code == 409
    assert "last enabled log shipping token" in text_of(refused)
    assert f'action="{SHIPPING}/{first}/' in refused.text


def test_who_may_not_change_tokens_may_not_from_a_panel_either(ann, console):
    number, _ = ann.add("Not theirs")
    ann.post("/logout")
    console.sign_in("bob@example.com")
    for path in (f"{TOKENS}/{number}", f"{TOKENS}/{number}/delete?panel=1"):
        assert console.get(path).status_code == 403
    assert console.post(f"{TOKENS}/{number}/switch", enabled="no", panel="1").status_code == 403


def test_a_sub_account_does_not_see_the_panel_of_anothers_token(ann, console):
    number, _ = ann.add("Of main")
    ann.post("/logout")
    console.sign_in("carol@example.com")
    assert console.get(f"{TOKENS}/{number}").status_code == 404
    refused = console.post(f"{TOKENS}/{number}/switch", account="2000002", enabled="no", panel="1")
    assert refused.status_code == 404


def test_the_history_says_what_changed(ann):
    number, value = ann.add("Old name")
    at = f"{TOKENS}/{number}"
    ann.post(f"{at}/switch", enabled="no")
    ann.post(f"{at}/switch", enabled="yes")
    hostile = "<img src=x onerror=1>"
    ann.post(f"{at}/edit", name=hostile, scopes="logs:search", methods="get", tags="ci")
    page = ann.get(at)
    past = text_of(page).partition("History")[2]
    for words in (
        f"Name: Old name → became {hostile}", "Scopes: * → became logs:search",
        "Tags: none → became ci", "Restrictions: none → became Methods: GET", " Disabled ",
        " Enabled ",
    ):  # fmt: skip
        assert words in past, past
    assert "Retrievable" not in past
    assert hostile not in page.text
    assert value not in page.text


def test_the_history_of_other_kinds_tells_no_kind(ann):
    number, _ = add(ann, SHARED, "Old")
    ann.post(f"{SHARED}/{number}/edit", name="New", operator="AND")
    past = text_of(ann.get(f"{SHARED}/{number}")).partition("History")[2]
    assert "Name: Old → became New" in past
    assert "Kind" not in past


def test_the_history_tells_filters_by_what_they_are(ann):
    first = add_filter(ann, "customer", "acme")
    second = add_filter(ann, "level", "error")
    number, _ = add(ann, SHARED, "Narrowed", **{f"filter-{first}": "on"})
    fields = {"name": "Narrowed", "operator": "OR", f"filter-{second}": "on"}
    ann.post(f"{SHARED}/{number}/edit", **fields)
    past = text_of(ann.get(f"{SHARED}/{number}")).partition("History")[2]
    assert "Filters: customer=acme → became level=error" in past
    ann.post(f"{SHARED}/filters/{first}/delete")
    past = text_of(ann.get(f"{SHARED}/{number}")).partition("History")[2]
    assert f"Filters: filter {first} → became level=error" in past


def test_the_panel_names_the_zone_of_its_moments(ann):
    number, _ = ann.add("Somewhere")
    assert "Moments are in the zone UTC" in text_of(ann.get(f"{TOKENS}/{number}"))
