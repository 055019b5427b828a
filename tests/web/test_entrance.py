"""Set up, sign in, stay signed in, sign out."""

import pytest
from web.conftest import ANN, BOB, OURS, PASSWORD, TOKENS, Console, serving, setup_link, text_of

from keyfob.config import load
from keyfob.web.visit import local_path

FIELDS = {
    "accountName": "Workshop o11y",
    "fullName": "Ann Admin",
    "email": "ann@example.com",
    "password": PASSWORD,
}


@pytest.fixture
def empty(tmp_path):
    """An installation where nobody has been yet."""
    return load(environ={}, options={"data_dir": tmp_path / "empty"})


def test_whoever_has_the_link_sets_up_and_is_signed_in(empty, clock):
    link = setup_link(empty, clock)
    with serving(empty, clock) as client:
        console = Console(client)
        form = console.get(f"/setup?link={link}")
        assert form.status_code == 200
        assert link in form.text
        done = console.post("/setup", link=link, **FIELDS)
        assert done.headers["location"] == TOKENS
        page = console.get(TOKENS)
        assert "Workshop o11y Admin | Main account" in text_of(page)
        assert "Your account is ready" in text_of(page)
        assert "Your account is ready" not in text_of(console.get(TOKENS))
        assert console.post("/setup", link=link, **FIELDS).status_code == 403
        assert console.get(f"/setup?link={link}").headers["location"] == "/login"


def test_a_link_of_fifteen_minutes_is_spent(empty, clock):
    link = setup_link(empty, clock)
    with serving(empty, clock) as client:
        clock.forward(minutes=14, seconds=59)
        assert client.get(f"/setup?link={link}").status_code == 200
        clock.forward(seconds=1)
        refused = Console(client).post("/setup", link=link, **FIELDS)
        assert refused.status_code == 403
        assert "Restart it: it prints a new link" in text_of(refused)
        assert client.get(f"/setup?link={link}").status_code == 403


@pytest.mark.parametrize("path", ["/", "/login", TOKENS])
def test_while_nothing_is_set_up_everything_leads_to_the_link(empty, clock, path):
    with serving(empty, clock) as client:
        answer = client.get(path, follow_redirects=True)
    assert answer.url.path == "/setup"
    assert "one-time link" in text_of(answer)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("accountName", "", "The account name is required"),
        ("accountName", "Work/shop", "The account name may have letters"),
        ("email", "ann", "The e-mail address must be an e-mail address"),
        ("password", "fourteen chars", "The password must have at least 15 characters"),
        ("password", "aaaaaaaaaaaaaaaaaa", "The password is too easy to guess"),
        ("fullName", "x" * 101, "The name must be at most 100 characters"),
    ],
)
def test_a_wrong_field_is_named_and_the_rest_is_kept(empty, clock, field, value, words):
    link = setup_link(empty, clock)
    with serving(empty, clock) as client:
        answer = Console(client).post("/setup", link=link, **{**FIELDS, field: value})
        assert answer.status_code == 400
        assert words in text_of(answer)
        assert link in answer.text
        kept = {k: v for k, v in FIELDS.items() if k not in {field, "password"}}
        assert all(f'value="{text}"' in answer.text for text in kept.values())
        assert PASSWORD not in answer.text
        assert Console(client).post("/setup", link=link, **FIELDS).status_code == 303


def test_all_mistakes_are_told_at_once(empty, clock):
    link = setup_link(empty, clock)
    wrong = {"accountName": "a/b", "fullName": "x" * 101, "email": "ann", "password": "short"}
    with serving(empty, clock) as client:
        answer = Console(client).post("/setup", link=link, **wrong)
    assert answer.status_code == 400
    for words in (
        "The account name may have letters", "The name must be at most 100 characters",
        "The e-mail address must be an e-mail address", "The password must have at least 15",
    ):  # fmt: skip
        assert words in text_of(answer)


def test_a_link_that_was_never_made_is_not_good(empty, clock):
    with serving(empty, clock) as client:
        page = text_of(client.get("/setup?link=wrong"))
        waiting = text_of(client.get("/setup"))
    assert "This link is not good (any more)" in page
    for each in (page, waiting):
        assert "Or stop the server and run keyfob init on its host." in each


def test_a_wrong_link_costs_no_password_hash(empty, clock):
    with serving(empty, clock) as client:
        answer = Console(client).post("/setup", link="guessed", **FIELDS, account="")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [("", "keyfob_session", False), ("https://keyfob.test", "__Host-keyfob_session", True)],
)
def test_the_session_cookie_is_as_strict_as_can_be(config, clock, public_url, name, secure):
    config = config.model_copy(update={"public_url": public_url})
    with serving(config, clock) as client:
        cookie = Console(client).sign_in().headers["set-cookie"]
        assert client.get(TOKENS).status_code == 200
    assert cookie.startswith(f"{name}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert ("Secure" in cookie) == secure
    assert "Domain" not in cookie
    assert "Max-Age" not in cookie


def test_a_wrong_password_keeps_the_address_and_says_nothing_more(console):
    answers = [
        console.sign_in(password="not this one, sorry"),
        console.sign_in(email="nobody@example.com"),
        console.sign_in(email="'\"><script>alert(1)</script>"),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert "do not belong together" in text_of(answer)
        assert "set-cookie" not in answer.headers
        assert "<script>alert" not in answer.text
    assert f'value="{ANN}"' in answers[0].text


def test_ten_attempts_in_five_minutes_are_enough(console, clock):
    for _ in range(10):
        assert console.sign_in(password="wrong").status_code == 403
    limited = console.sign_in()
    assert limited.status_code == 429
    assert "Try again in 5 min" in text_of(limited)
    assert limited.headers["retry-after"] == "300"
    clock.forward(minutes=5)
    assert console.sign_in().status_code == 303


def test_signing_in_ends_the_session_that_the_browser_brings(ann, furnished):
    assert ann.sign_in(password="wrong").status_code == 403
    assert ann.get("/settings").status_code == 200
    assert ann.sign_in(BOB).status_code == 303
    assert ann.get("/settings").status_code == 200
    ann.client.cookies.clear()
    ann.client.cookies.set("keyfob_session", furnished.session, domain="127.0.0.1", path="/")
    assert ann.get("/settings").status_code == 303


def test_signing_in_leads_where_one_wanted_to_go(console):
    sent = console.get(f"{TOKENS}?q=ci&limit=50")
    form = console.get(sent.headers["location"])
    assert f'value="{TOKENS}?q=ci&amp;limit=50"' in form.text
    done = console.sign_in(next=f"{TOKENS}?q=ci&limit=50")
    assert done.headers["location"] == f"{TOKENS}?q=ci&limit=50"
    again = console.get(f"/login?next={TOKENS}")
    assert again.headers["location"] == TOKENS


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil",
        "javascript:alert(1)", "///evil.example", "/\t/evil.example", "/a\r\nSet-Cookie: x", "",
        "http:/evil", "/ä", "//[", "//[/", "http://[", "[",
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere(text):
    assert local_path(text) == "/"


def test_where_somebody_wanted_to_go_may_be_unreadable(console):
    assert console.get("/login?next=//[").status_code == 200
    assert console.post("/theme", theme="dark", back="//[").headers["location"] == "/"


@pytest.mark.parametrize("text", ["/", "/settings", "/settings/manage-tokens/api?q=a%20b#x"])
def test_an_address_here_is_kept(text):
    assert local_path(text) == text


def test_half_an_hour_of_silence_ends_a_session(ann, clock):
    clock.forward(minutes=29)
    assert ann.get("/").status_code == 200
    clock.forward(minutes=29)
    assert ann.get("/").status_code == 200
    clock.forward(minutes=30)
    assert ann.get("/").headers["location"] == "/login"


def test_an_open_page_alone_keeps_no_session_alive(ann, clock):
    for _ in range(3):
        clock.forward(minutes=14)
        page = ann.get(TOKENS, **{"X-Keyfob-Freshens": "yes"})
    assert page.headers["location"].startswith("/login")


def test_twelve_hours_end_a_session_however_busy(ann, clock):
    for _ in range(35):
        clock.forward(minutes=20)
        assert ann.get("/").status_code == 200
    clock.forward(minutes=20)
    assert ann.get("/").status_code == 303


def test_signing_out_ends_the_session_not_just_the_cookie(ann):
    cookie = ann.client.cookies["keyfob_session"]
    done = ann.post("/logout", account="another one")
    assert done.headers["location"] == "/login"
    assert "keyfob_session" not in ann.client.cookies
    assert "You are signed out" in text_of(ann.get("/login"))
    ann.client.cookies.set("keyfob_session", cookie)
    assert ann.get("/").status_code == 303


@pytest.mark.parametrize("value", [b"", b"x", b"x" * 4000, b"\xc3\xa4"])
def test_a_session_that_never_was_is_none(console, value):
    answer = console.client.get("/", headers={"Cookie": b"keyfob_session=" + value})
    assert answer.status_code == 303


def test_a_new_sign_in_has_a_new_session(ann):
    first = ann.client.cookies["keyfob_session"]
    ann.client.cookies.clear()
    ann.sign_in()
    assert ann.client.cookies["keyfob_session"] != first
    assert ann.client.post("/login", headers=OURS).status_code == 403


def test_who_forgot_the_password_reads_whom_to_ask(console):
    assert "Ask whoever runs this server for a link" in text_of(console.get("/login"))
    spent = console.get("/invitation?link=spent")
    assert "with keyfob users invite" in text_of(spent)
