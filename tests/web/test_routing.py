"""Who may call what, from where, for which account."""

import pytest
from starlette.routing import Route
from web.conftest import (
    ANN,
    CAROL,
    PASSWORD,
    TOKENS,
    Console,
    names_in,
    serving,
    text_of,
)

from keyfob import scopes, web
from keyfob.accounts import SCOPES, Operation, Role
from keyfob.config import load
from keyfob.edge import Open
from keyfob.web.routing import Page, SignedIn

POSTS = [route.path for route in web.routes if isinstance(route, Route) and "POST" in route.methods]
RULED = [route for route in web.routes if route.rule is not Open.OPEN]
FOR_ADMINS = [
    route
    for route in RULED
    if isinstance(route.rule, Operation)
    and scopes.missing(Role.REGULAR.scopes, filter(None, [SCOPES[route.rule]]))
]
SAME = "http://127.0.0.1:8420"


async def nothing(_): ...


def named(route: Route) -> str:
    return f"{' '.join(sorted(route.methods or ()))} {route.path}"


@pytest.mark.parametrize("route", web.routes, ids=named)
def test_every_page_has_a_rule(route):
    assert isinstance(route, Page)
    assert isinstance(route.rule, Operation | Open | SignedIn)


@pytest.mark.parametrize("rule", [None, "open", "tokens.list"])
def test_a_page_without_a_rule_cannot_be_made(rule):
    with pytest.raises(TypeError, match="has no rule"):
        Page("/x", nothing, rule=rule)


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": SAME}, False),
        ({"Origin": SAME}, True),
        ({"Origin": "http://keyfob.test", "Host": "keyfob.test"}, True),
        ({"Origin": "https://keyfob.test", "Host": "keyfob.test"}, False),
        ({"Origin": "https://127.0.0.1:8420"}, False),
        ({"Origin": "http://", "Host": ""}, False),
        ({"Origin": "http://127.0.0.1:8421"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://127.0.0.1:8420.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({}, False),
        ({"Referer": SAME}, False),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(ann, headers, passes):
    answer = ann.post(TOKENS, headers=headers, name="From somewhere")
    assert answer.status_code == (201 if passes else 403)
    assert names_in(ann.get(TOKENS)) == (["From somewhere"] if passes else [])
    if not passes:
        assert "sent from another site" in text_of(answer)


@pytest.mark.parametrize(
    ("public_url", "headers", "passes"),
    [
        ("https://keyfob.test", {"Origin": "https://keyfob.test"}, True),
        ("https://Keyfob.test:443/", {"Origin": "https://keyfob.test"}, True),
        ("https://[::1]:8443", {"Origin": "https://[::1]:8443"}, True),
        ("https://keyfob.test", {"Origin": "http://keyfob.test"}, False),
        ("https://keyfob.test", {"Origin": "https://keyfob.test:8443"}, False),
        ("https://keyfob.test", {"Origin": "http://evil.test", "Host": "evil.test"}, False),
        ("https://keyfob.test", {"Origin": "https://evil.test", "Host": "evil.test"}, False),
    ],
)
def test_with_a_public_address_no_other_host_is_ours(config, clock, public_url, headers, passes):
    settings = {"data_dir": config.data_dir, "public_url": public_url}
    with serving(load(environ={}, options=settings), clock) as client:
        answer = Console(client).post("/theme", headers=headers, theme="dark")
    assert answer.status_code == (303 if passes else 403)


@pytest.mark.parametrize("path", POSTS)
def test_no_form_is_taken_from_another_site(ann, path):
    answer = ann.post(
        path.replace("{id:number}", "2000001"), headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["http://[", "http://]", "http://", "://", "[", "//["])
def test_an_origin_that_cannot_be_read_is_another_site(console, origin):
    answer = console.post("/login", headers={"Origin": origin}, email=ANN, password=PASSWORD)
    assert answer.status_code == 403


def test_a_number_that_no_token_has_leads_nowhere(ann):
    for number, words in (
        ("9" * 100, f"Token {'9' * 100} does not exist."),
        ("9" * 101, "The address may be mistyped"),
        ("9" * 5000, "The address may be mistyped"),
    ):
        page = ann.get(f"{TOKENS}/{number}/delete")
        assert page.status_code == 404
        assert words in text_of(page)


def test_signing_in_from_another_site_is_refused(console):
    answer = console.post(
        "/login", headers={"Origin": "http://evil.example"}, email=ANN, password=PASSWORD
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("account", ["2000002", "", "2000001 ", "all"])
def test_a_form_of_another_account_is_refused(ann, account):
    answer = ann.post(TOKENS, name="Wrong place", account=account)
    assert answer.status_code == 409
    assert "You work in Workshop o11y now, so nothing was changed" in text_of(answer)
    assert names_in(ann.get(TOKENS)) == []


def test_a_form_of_another_account_leads_back_to_its_page_with_the_name_kept(ann):
    ann.post("/account", to="2000002")
    refused = ann.post(TOKENS, name="Typed & kept", view="limit=50")
    again = f"{TOKENS}?new=1&name=Typed+%26+kept&limit=50"
    assert f'href="{again.replace("&", "&amp;")}"> ' in refused.text.replace("<svg", " ")
    assert "Load this page again" in text_of(refused)
    page = ann.get(again)
    assert 'value="Typed &amp; kept"' in page.text
    assert "Team Blue Admin | Sub account" in text_of(page)
    token = ann.post(f"{TOKENS}/2000001/rename", name="Other")
    assert f'href="{TOKENS}"' in token.text


def test_the_header_is_renewed_when_htmx_shows_a_problem(ann):
    refused = ann.get(f"{TOKENS}/2999999", **{"HX-Request": "true"})
    assert refused.status_code == 404
    assert '<header class="top" id="top" hx-swap-oob="true">' in refused.text
    assert "hx-swap-oob" not in ann.get(TOKENS, **{"HX-Request": "true"}).text
    assert "hx-swap-oob" not in ann.post(TOKENS, name="x", account="2000002").text


def test_after_switching_the_page_left_open_does_nothing(ann):
    ann.post("/account", to="2000002")
    assert ann.post(TOKENS, name="From the old tab").status_code == 409
    assert ann.post(TOKENS, name="From the new one", account="2000002").status_code == 201


@pytest.mark.parametrize("route", RULED, ids=named)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(console, route):
    path = route.path.replace("{id:number}", "2000001")
    answer = console.post(path) if "POST" in route.methods else console.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


def test_htmx_is_sent_to_sign_in_with_the_whole_page(console):
    answer = console.get(TOKENS, **{"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == f"/login?next={TOKENS}"


@pytest.mark.parametrize("route", FOR_ADMINS, ids=named)
def test_who_is_no_admin_gets_the_names_of_those_who_are(console, route):
    console.sign_in("bob@example.com")
    path = route.path.replace("{id:number}", "2000001")
    answer = console.post(path) if "POST" in route.methods else console.get(path)
    assert answer.status_code == 403
    assert "You need admin rights in this account" in text_of(answer)
    assert f'href="mailto:{ANN.replace("@", "%40")}"' in answer.text
    assert CAROL not in answer.text


def test_an_admin_of_the_main_account_is_admin_below_it(ann):
    ann.post("/account", to="2000002")
    page = ann.get(TOKENS)
    assert page.status_code == 200
    assert "Admin | Sub account" in text_of(page)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"name=x", "multipart/form-data; boundary=x", 400),
        (b"{}", "application/json", 400),
        (b"name=%FF", "application/x-www-form-urlencoded", 400),
        (b"name=\xff", "application/x-www-form-urlencoded", 400),
        (b"name=%00", "application/x-www-form-urlencoded", 400),
        (b"name=x&name=y", "application/x-www-form-urlencoded", 400),
        (b"a=1&" * 60, "application/x-www-form-urlencoded", 400),
        (b"name=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"", "application/x-www-form-urlencoded", 409),  # it names no account
    ],
)
def test_a_body_that_no_form_of_ours_sends_is_refused(ann, body, content_type, status):
    answer = ann.client.post(
        TOKENS, content=body,
        headers={"Sec-Fetch-Site": "same-origin", "Content-Type": content_type},
    )  # fmt: skip
    assert answer.status_code == status
    assert "<h2>" in answer.text
    assert names_in(ann.get(TOKENS)) == []


@pytest.mark.parametrize("query", ["q=%00", "q=%FF", "q=" + "x" * 201, "q=a&q=b"])
def test_an_address_that_cannot_be_read_is_a_page_that_says_so(ann, query):
    assert ann.get(f"{TOKENS}?{query}").status_code == 400


def test_a_form_of_two_types_is_refused(ann):
    form = ("Content-Type", "application/x-www-form-urlencoded")
    answer = ann.client.post(
        TOKENS, content=b"name=x", headers=[("Sec-Fetch-Site", "same-origin"), form, form]
    )
    assert answer.status_code == 400
    assert "Content-Type came twice" in text_of(answer)


def test_while_the_database_is_away_no_page_is_said_to_be_unknown(ann, config):
    config.sqlite_file.rename(config.data_dir / "elsewhere")
    for path in ("/no/such/page", TOKENS):
        answer = ann.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert "The database cannot be reached now" in text_of(answer)
    (config.data_dir / "elsewhere").rename(config.sqlite_file)
    assert ann.get("/no/such/page").status_code == 404
