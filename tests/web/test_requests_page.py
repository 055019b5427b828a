"""Somebody who may not make tokens asks for one on Home; an admin decides there."""

import re

import pytest
from support.house import acting_for
from web.conftest import ANN, BOB, PASSWORD, TOKENS, Console, serving, text_of
from web.test_tokens_page import HOSTILE, house

from keyfob import accounts, users

REASON = "the nightly report needs it"


@pytest.fixture
def bob(console):
    console.sign_in(BOB)
    return console


def ask(bob, name="Report", reason=REASON):
    answer = bob.post("/requests", name=name, reason=reason)
    assert answer.status_code == 303, text_of(answer)
    (request_id,) = re.findall(r'action="/requests/(\d+)/withdraw"', bob.get("/").text)[:1]
    return request_id


def as_(console, email):
    console.client.cookies.clear()
    console.sign_in(email)
    return console


def test_home_offers_a_form_in_place_of_a_dead_end(bob):
    page = bob.get("/")
    text = text_of(page)
    for words in ("I need a token for", "because", "Ask an admin", "Who can help", ANN):
        assert words in text
    refused = bob.get(TOKENS)
    assert refused.status_code == 403
    assert "I need a token for" in text_of(refused)
    assert 'action="/requests"' in refused.text
    elsewhere = bob.get("/settings/audit-trail")
    assert "I need a token for" not in text_of(elsewhere)
    assert ANN in text_of(elsewhere)


def test_the_whole_story(bob):
    request_id = ask(bob)
    text = text_of(bob.get("/"))
    assert "Your requests Report Waits for an admin" in text
    ann = as_(bob, ANN)
    home = text_of(ann.get("/"))
    assert "1 request for a token" in home
    assert f"bob needs a token for Report , because {REASON}" in home
    question = ann.get(f"/requests/{request_id}/approve")
    assert "A token for bob ?" in text_of(question)
    assert 'id="confirm"' in question.text
    assert 'value="Report"' in question.text
    done = ann.post(f"/requests/{request_id}/approve", name="Nightly report")
    assert done.headers["location"] == "/"
    page = ann.get("/")
    assert "Approved: the token waits for whoever asked" in text_of(page)
    assert "for a token" not in text_of(page)
    assert not re.search(r"kf_api_\w{65}", page.text)
    late = ann.get(f"/requests/{request_id}/decline")
    assert late.headers["location"] == "/"
    assert "That request was decided already" in text_of(ann.get("/"))
    bob = as_(ann, BOB)
    assert "Report Approved" in text_of(bob.get("/"))
    shown = bob.post(f"/requests/{request_id}/collect")
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    value = re.search(r"export LOGZ_IO_API_TOKEN=(kf_api_\w{65})", text_of(shown))[1]
    assert "Nightly report is ready to use" in text_of(shown)
    assert "Copy it now: it is not shown to you again." in text_of(shown)
    whoami = bob.client.get("/v2/whoami", headers={"X-API-TOKEN": value})
    assert whoami.json()["accountName"] == "Workshop o11y"
    home = bob.get("/")
    assert "Report Collected" in text_of(home)
    assert value not in home.text
    again = bob.post(f"/requests/{request_id}/collect")
    assert again.status_code == 409
    assert "there is no token to be shown" in text_of(again)
    assert value not in again.text


def test_declining_takes_a_word(bob):
    request_id = ask(bob)
    ann = as_(bob, ANN)
    assert "No token for bob ?" in text_of(ann.get(f"/requests/{request_id}/decline"))
    refused = ann.post(f"/requests/{request_id}/decline", answer=" ")
    assert refused.status_code == 400
    assert "Your answer is required." in text_of(refused)
    done = ann.post(f"/requests/{request_id}/decline", answer="Use the team's one")
    assert done.headers["location"] == "/"
    text = text_of(as_(ann, BOB).get("/"))
    assert "Report Declined" in text
    assert f"Use the team's one {ANN}" in text


def test_withdrawing(bob):
    request_id = ask(bob)
    assert bob.post(f"/requests/{request_id}/withdraw").headers["location"] == "/"
    assert "Report Withdrawn" in text_of(bob.get("/"))
    ann = as_(bob, ANN)
    assert "for a token" not in text_of(ann.get("/"))
    late = ann.post(f"/requests/{request_id}/approve", name="Report")
    assert late.status_code == 409
    assert 'The request for "Report" was withdrawn already.' in text_of(late)


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("", "because", "The name is required."),
        ("x" * 101, "because", "The name must be at most 100 characters long."),
        ("Report", "  ", "The reason is required."),
        ("Report", "x" * 501, "The reason must be at most 500 characters long."),
    ],
)
def test_what_was_typed_stays_beside_what_is_wrong(bob, name, reason, words):
    page = bob.post("/requests", name=name, reason=reason)
    assert page.status_code == 400
    assert words in text_of(page)
    assert f'value="{name}"' in page.text
    assert f">{reason}</textarea>" in page.text
    assert 'aria-invalid="true"' in page.text


def test_more_than_ten_open_ones_are_refused(bob):
    for number in range(10):
        ask(bob, f"Number {number}")
    page = bob.post("/requests", name="One more", reason=REASON)
    assert page.status_code == 409
    assert "10 requests of yours are open" in text_of(page)
    assert 'value="One more"' in page.text


def test_a_taken_name_is_told_in_the_question_again(bob):
    request_id = ask(bob)
    ann = as_(bob, ANN)
    ann.add("Report")
    page = ann.post(f"/requests/{request_id}/approve", name="Report")
    assert page.status_code == 409
    assert 'has a token named "Report" already' in text_of(page)
    assert 'value="Report"' in page.text
    page = ann.post(f"/requests/{request_id}/approve", name="")
    assert page.status_code == 400
    assert "The name is required." in text_of(page)
    assert "1 request for a token" in text_of(ann.get("/"))


def test_an_admin_asks_nobody(ann):
    page = ann.post("/requests", name="Mine", reason=REASON)
    assert page.status_code == 409
    assert ann.get("/requests").headers["location"] == "/"


def test_members_decide_nothing_and_see_nobody_elses(bob):
    request_id = ask(bob)
    for form in ("approve", "decline"):
        assert bob.get(f"/requests/{request_id}/{form}").status_code == 403
        assert bob.post(f"/requests/{request_id}/{form}", name="x").status_code == 403
    carol = as_(bob, "carol@example.com")  # admin of the sub account only
    assert "for a token" not in text_of(carol.get("/"))
    assert carol.get(f"/requests/{request_id}/approve").status_code == 404
    answer = carol.post(f"/requests/{request_id}/approve", account="2000002", name="x")
    assert answer.status_code == 404
    assert carol.post(f"/requests/{request_id}/collect", account="2000002").status_code == 404


@pytest.mark.parametrize(
    "path", ["/requests", "/requests/2000001/collect", "/requests/2000001/approve"]
)
def test_forms_of_other_sites_or_of_nobody_do_nothing(console, path):
    assert console.post(path).headers["location"].startswith("/login")
    console.sign_in(BOB)
    answer = console.post(path, headers={"Sec-Fetch-Site": "cross-site"}, name="x", reason="y")
    assert answer.status_code == 403
    assert "sent from another site" in text_of(answer)


def test_after_two_weeks_home_says_that_it_is_too_late(bob, clock):
    request_id = ask(bob)
    ann = as_(bob, ANN)
    ann.post(f"/requests/{request_id}/approve", name="Report")
    clock.forward(days=15)
    bob = as_(ann, BOB)
    text = text_of(bob.get("/"))
    assert "Report Not collected in time" in text
    assert "Show my token" not in text
    assert bob.post(f"/requests/{request_id}/collect").status_code == 409
    ann = as_(bob, ANN)
    trail = text_of(ann.get("/settings/audit-trail?action=request.lapsed"))
    assert "A requested token was not collected in time" in trail


def test_who_is_suspended_gets_nothing(config, clock):
    with serving(config, clock) as client:
        bob = Console(client)
        bob.sign_in(BOB)
        request_id = ask(bob)
        ann = as_(bob, ANN)
        ann.post(f"/requests/{request_id}/approve", name="Report")

    async def suspend(opened):
        async with opened.reader() as conn:
            main = await accounts.first_main(conn)
        async with opened.transaction(acting_for(main)) as tx:
            bob = await users.by_email(tx.conn, BOB)
            await accounts.members.suspend(tx, bob.id)

    house(config, clock, suspend)
    with serving(config, clock) as client:
        bob = Console(client)
        assert bob.sign_in(BOB, PASSWORD).status_code == 403
        answer = bob.post(f"/requests/{request_id}/collect")
        assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_is_only_words(bob, name):
    request_id = ask(bob, name, name)
    pages = [bob.get("/")]
    ann = as_(bob, ANN)
    pages += [
        ann.get("/"), ann.get(f"/requests/{request_id}/approve"),
        ann.get(f"/requests/{request_id}/decline"),
        ann.get("/settings/audit-trail?action=request.made"),
    ]  # fmt: skip
    for page in pages:
        for harm in ("<script>alert", "<img src=x", "onfocus='alert", "<svg/onload"):
            assert harm not in page.text
