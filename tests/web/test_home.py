"""Home, settings, the shell: account, theme; and what every page carries."""

import re
from datetime import timedelta

import pytest
from starlette.requests import Request
from support.house import acting_for
from web.conftest import ANN, BOB, TOKENS, Console, serving, text_of
from web.test_tokens_page import house

from keyfob import accounts, markers, web
from keyfob.actors import Origin
from keyfob.web.rendering import ago, until
from keyfob.web.routing import Page

# What is no page: a stream of events, which does not end, and a file.
NO_PAGES = {"/live", "/settings/audit-trail.csv"}
GETS = [
    route.path
    for route in web.routes
    if "GET" in route.methods and "{" not in route.path and route.path not in NO_PAGES
]


def test_home_says_what_to_do_first(ann):
    page = text_of(ann.get("/"))
    assert "let us make your first API token" in page
    assert "Workshop o11y Admin | Main account" in page
    ann.add("First")
    page = text_of(ann.get("/"))
    assert "1 API token Manage tokens" in page
    assert "First kf_api_" in page


def test_home_of_somebody_who_is_no_admin_says_whom_to_ask(console):
    console.sign_in(BOB)
    page = text_of(console.get("/"))
    assert "You are User in Workshop o11y" in page
    assert ANN in page
    assert "New API token" not in page


def test_settings_lead_to_manage_tokens(ann):
    page = ann.get("/settings")
    assert f'href="{TOKENS}"' in page.text
    assert ann.get("/settings/manage-tokens").headers["location"] == TOKENS
    assert 'href="/settings" aria-current="page"' in page.text


def test_switching_the_account(ann):
    menu = text_of(ann.get(TOKENS))
    assert "Team Blue Admin · Sub account · 2000002" in menu
    done = ann.post("/account", to="2000002", back=TOKENS)
    assert done.headers["location"] == TOKENS
    page = text_of(ann.get(TOKENS))
    assert "You work in Team Blue now" in page
    assert "Team Blue Admin | Sub account" in page


def test_from_the_page_of_a_thing_switching_leads_to_its_list(ann):
    number, _ = ann.add("Of main")
    for path, lists in (
        (f"{TOKENS}/{number}", TOKENS),
        (f"{TOKENS}/{number}/edit", TOKENS),
        ("/settings/manage-users", "/settings/manage-users"),
    ):
        back = re.search(r'name="back" value="([^"]*)"', ann.get(path).text)[1]
        assert back == lists


@pytest.mark.parametrize("to", ["2000003", "", "x", "2000001"])
def test_nobody_enters_an_account_that_is_not_theirs(console, to):
    console.sign_in("carol@example.com")
    answer = console.post("/account", to=to)
    assert answer.status_code == 404
    assert "You are in no such account" in text_of(answer)
    assert "Team Blue" in text_of(console.get("/"))


def test_who_has_one_account_has_no_switcher(console):
    console.sign_in(BOB)
    assert 'action="/account"' not in console.get("/").text


@pytest.mark.parametrize(
    ("theme", "shown"),
    [("dark", "dark"), ("light", "light"), ("system", "system"), ("x", "system")],
)
def test_the_theme_can_be_chosen_before_signing_in(console, theme, shown):
    done = console.post("/theme", theme=theme, back="/login")
    assert done.headers["location"] == "/login"
    assert f'data-theme="{shown}"' in console.get("/login").text


def test_a_theme_that_never_was_is_the_systems(console):
    console.client.cookies.set("keyfob_theme", '"><script>')
    assert 'data-theme="system"' in console.get("/login").text


@pytest.mark.parametrize("path", [*GETS, "/nowhere"])
def test_every_page_lets_in_nothing_but_its_own(ann, path):
    answer = ann.get(path)
    while answer.status_code == 303:
        answer = ann.get(answer.headers["location"])
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(policy)
    nonce = policy["script-src"].removeprefix("'nonce-").removesuffix("'")
    assert len(nonce) >= 20
    assert answer.text.count("<script") == answer.text.count(
        f'<script nonce="{nonce}" src="/static/'
    )
    assert nonce not in ann.get("/").text
    for forbidden in (" style=", "<style", " onclick=", "javascript:", "https://"):
        assert forbidden not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]


def test_people_get_pages_and_programs_get_json(ann):
    page = ann.get("/settings/nothing-here")
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)
    assert 'aria-label="Main"' in page.text
    for path, accept in (("/nowhere", "application/json"), ("/v1/nowhere", "text/html")):
        answer = ann.client.get(path, headers={"Accept": accept})
        assert answer.json()["errorCode"] == "request/UNKNOWN_PATH"
    assert ann.client.put(TOKENS, headers={"Accept": "text/html"}).status_code == 405


def test_a_bug_of_ours_looks_like_a_page(console):
    request = Request(
        {
            "type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"",
            "state": {"origin": Origin(request_id="the-id")},
        }
    )  # fmt: skip
    answer = web.broken(request)
    assert answer.status_code == 500
    assert b"the-id" in answer.body


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (90_000, "1 day ago"),
    ],
)
def test_how_long_ago_is_told_in_one_unit(clock, seconds, words):
    then = clock.now
    clock.forward(seconds=seconds)
    assert ago(then, clock.now) == words
    assert ago(clock.now, then) == "just now"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (60, "in 1 minute"),
        (59, "within a minute"),
        (90_000, "in 1 day"),
        (0, "just now"),
        (-7200, "2 hours ago"),
    ],
)
def test_in_how_long_is_told_in_one_unit(clock, seconds, words):
    assert until(clock.now + timedelta(seconds=seconds), clock.now) == words


def test_every_route_of_the_console_is_a_page():
    assert all(isinstance(route, Page) for route in web.routes)


def marked(config, clock):
    async def mark(opened):
        async with opened.reader() as conn:
            main = await accounts.first_main(conn)
        async with opened.transaction(acting_for(main)) as tx:
            drafts = [
                markers.Draft(title=f"Release {number}", description="<b>x</b>", tag=tag)
                for number, tag in enumerate([markers.Tag.DEPLOYMENT, markers.Tag.OTHER] * 4)
            ]
            await markers.create(tx, drafts)
        await opened.token(main, "Ends", expires_at=clock.now + timedelta(days=3))
        for number in range(7):
            await opened.token(main, f"Idle {number}")

    house(config, clock, mark)


def test_home_tells_what_needs_attention_and_the_last_markers(config, clock):
    marked(config, clock)
    clock.forward(days=1)
    with serving(config, clock) as client:
        ann = Console(client)
        for _ in range(2):
            assert ann.sign_in(password="a wrong sentence here").status_code == 403
        ann.sign_in()
        text = text_of(ann.get("/"))
        assert "Needs attention 1 token expires within 14 days Ends in 2 days , never used" in text
        assert "2 failed sign-ins in the last day ann@example.com 2 times, last just now" in text
        assert "Release 7 Other <b>x</b> 1 day ago" in text
        assert "Release 2 Deployment" in text
        assert "Release 1 " not in text
        clock.forward(days=8)
        ann.sign_in()
        page = ann.get("/")
        text = text_of(page)
        assert "7 tokens were never used" in text
        assert "All 7" in text
        assert text.count("made 9 days ago") == 5
        assert "failed sign-in" not in text
        assert f'href="{TOKENS}?q=kf_api_' in page.text


def test_home_of_a_member_shows_the_markers_too(config, clock):
    marked(config, clock)
    with serving(config, clock) as client:
        bob = Console(client)
        bob.sign_in(BOB)
        text = text_of(bob.get("/"))
        assert "Release 7" in text
        assert "Needs attention" not in text


def test_home_says_when_all_is_well(ann):
    ann.add("Fine")
    assert "Needs attention Nothing does." in text_of(ann.get("/"))


def test_failed_sign_ins_of_one_address_are_one_line(config, clock):
    with serving(config, clock) as client:
        ann = Console(client)
        for email, times in (("bob@example.com", 1), ("ann@example.com", 3)):
            for _ in range(times):
                ann.sign_in(email=email, password="a wrong sentence here")
                clock.forward(minutes=1)
        ann.sign_in()
        text = text_of(ann.get("/"))
    assert "4 failed sign-ins in the last day ann@example.com 3 times, last 1 minute ago" in text
    assert "ago bob@example.com 4 minutes ago" in text
