"""Settings, Personal: one's own name, password and sessions."""

import re

import pytest
from web.conftest import ANN, BOB, PASSWORD, Console, serving, text_of

PROFILE, SECURITY, SESSIONS = (f"/settings/{page}" for page in ("profile", "security", "sessions"))
NEW = "an altogether different sentence"


def test_a_name_is_changed_and_others_see_it(ann):
    assert "Workshop o11y Admin 2000001" in text_of(ann.get(PROFILE))
    assert ann.post(PROFILE, fullName="Ann A").status_code == 303
    assert 'value="Ann A"' in ann.get(PROFILE).text
    assert "Ann A" in text_of(ann.get("/settings/manage-users"))


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\u200bb"])
def test_a_name_that_cannot_be_is_told(ann, name):
    page = ann.post(PROFILE, fullName=name)
    assert page.status_code == 400
    assert "The name " in text_of(page)
    assert 'value="ann"' in ann.get(PROFILE).text


def test_a_new_password_signs_out_everywhere_else(config, clock):
    with serving(config, clock) as client:
        here, there = Console(client), Console(serving(config, clock))
        there.client = type(client)(client.app, base_url=config.url, follow_redirects=False)
        here.sign_in()
        there.sign_in()
        done = here.post(SECURITY, current=PASSWORD, password=NEW)
        assert done.status_code == 303
        assert here.get(SECURITY).status_code == 200
        assert there.get(SECURITY).headers["location"].startswith("/login")
        here.post("/logout")
        assert here.sign_in(ANN, PASSWORD).status_code == 403
        assert here.sign_in(ANN, NEW).status_code == 303


@pytest.mark.parametrize(
    ("current", "password", "words"),
    [
        ("not the password", NEW, "This is not your password"),
        (PASSWORD, "short", "must have at least 15 characters"),
        (PASSWORD, "", "must have at least 15 characters"),
        (PASSWORD, "a" * 20, "too easy to guess"),
    ],
)
def test_a_password_is_changed_by_who_knows_it_and_to_a_good_one(ann, current, password, words):
    page = ann.post(SECURITY, current=current, password=password)
    assert page.status_code == 400
    assert words in text_of(page)
    assert f'value="{current}"' not in page.text
    assert ann.get(SECURITY).status_code == 200
    ann.post("/logout")
    assert ann.sign_in(ANN, PASSWORD).status_code == 303


def test_guessing_the_password_is_limited_here_too(ann):
    for _ in range(10):
        assert ann.post(SECURITY, current="guess", password=NEW).status_code == 400
    refused = ann.post(SECURITY, current=PASSWORD, password=NEW)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_sessions_are_listed_and_ended(config, clock):
    with serving(config, clock) as client:
        agents = (
            "Mozilla/5.0 (X11; Linux) Firefox/140",
            "curl/8.5.0",
            "Mozilla/5.0 (iPhone) Safari/1",
        )
        browsers = []
        for agent in agents:
            own = type(client)(client.app, base_url=config.url, follow_redirects=False)
            own.headers["user-agent"] = agent
            browsers.append(Console(own))
            browsers[-1].sign_in(BOB)
        first, second, third = browsers
        page = first.get(SESSIONS)
        for words in ("Firefox on Linux This one", "curl/8.5.0", "Safari on iPhone"):
            assert words in text_of(page)
        key = re.search(r'value="(\w{16})" aria-label="End the session of curl', page.text)[1]
        assert first.post(SESSIONS, session=key).status_code == 303
        assert second.get(SESSIONS).headers["location"].startswith("/login")
        assert third.get(SESSIONS).status_code == 200
        assert first.post(SESSIONS).status_code == 303
        assert third.get(SESSIONS).status_code == 200
        assert first.post(SESSIONS, session="all").status_code == 303
        assert third.get(SESSIONS).headers["location"].startswith("/login")
        assert "Sign out everywhere else" not in first.get(SESSIONS).text
        assert first.get(SESSIONS).status_code == 200


def test_a_session_of_somebody_else_cannot_be_ended(config, clock):
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        own = type(client)(client.app, base_url=config.url, follow_redirects=False)
        bob = Console(own)
        bob.sign_in(BOB)
        page = bob.get(SESSIONS)
        assert page.text.count("<tr>") == 2
        for key in ("0" * 16, "x"):
            assert bob.post(SESSIONS, session=key).status_code == 303
        assert ann.get(SESSIONS).status_code == 200
