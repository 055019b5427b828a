"""Everything about one token, and finding whatever there is by its name."""

import re
from datetime import UTC, datetime

from web.conftest import TOKENS, Console, names_in, serving, text_of
from web.test_token_tabs import SHARED, add
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
