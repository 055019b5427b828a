"""What others do reaches an open page: the trail is followed, and the page draws itself anew."""

import pytest
from playwright.sync_api import expect
from support.browser import page, sign_in
from support.server import ADMIN, PASSWORD
from web.conftest import TOKENS, text_of
from web.test_in_browser import add, close_panel, row


def test_only_who_is_signed_in_may_listen(console):
    assert console.get("/live").headers["location"] == "/login?next=/live"


@pytest.mark.parametrize("path", ["/live", "/settings/audit-trail.csv"])
def test_who_asks_for_the_head_alone_gets_it_at_once_and_nothing_is_on_record(ann, path):
    before = text_of(ann.get("/settings/audit-trail"))
    answer = ann.client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith(("text/event-stream", "text/csv"))
    assert text_of(ann.get("/settings/audit-trail")) == before


def test_a_notice_waits_for_whoever_did_it_and_names_the_request(ann):
    token_id, _ = ann.add("Told of once")
    done = ann.post(f"{TOKENS}/{token_id}/switch", enabled="no")
    news = ann.get(TOKENS, **{"X-Keyfob-Freshens": "1"})
    assert ("API token disabled" in news.text, "set-cookie" in news.headers) == (False, False)
    sent_on = ann.get(TOKENS)
    assert "API token disabled" in sent_on.text
    assert sent_on.headers["x-keyfob-done-by"] == done.headers["x-request-id"]
    assert "API token disabled" not in ann.get(TOKENS).text


def test_two_admins_see_what_the_other_does(two):
    mine, theirs = two
    mine.goto(TOKENS)
    theirs.goto(TOKENS)
    add(mine, "Seen by both")
    expect(row(theirs, "Seen by both")).to_have_count(1)
    row(theirs, "Seen by both").get_by_title("Rename").click()
    theirs.get_by_label("New name of Seen by both").fill("Half typed")
    row(mine, "Seen by both").get_by_title("Disable").click()
    expect(row(mine, "Seen by both")).to_contain_text("Disabled")
    theirs.wait_for_timeout(1500)  # the news came, and waits: somebody types there
    expect(theirs.get_by_label("New name of Seen by both")).to_have_value("Half typed")
    theirs.keyboard.press("Escape")
    expect(row(theirs, "Seen by both")).to_contain_text("Disabled")


def test_what_one_did_oneself_is_not_drawn_anew(browser, site, signed_in):
    """Not even where the browser was sent on, and knows of the last request alone."""
    with page(browser, site.url, storage_state=signed_in) as at:
        at.goto(TOKENS)
        add(at, "My own work")
        close_panel(at)
        drawn: list[str] = []
        at.on("request", lambda sent: drawn.append(sent.headers.get("x-keyfob-freshens", "")))
        with at.expect_response(lambda answer: "x-keyfob-done-by" in answer.headers):
            row(at, "My own work").get_by_title("Disable").click()
        expect(row(at, "My own work")).to_contain_text("Disabled")
        at.wait_for_timeout(2000)  # longer than the news of it needs
        assert [each for each in drawn if each] == []


def test_a_server_that_stops_does_not_wait_for_those_who_listen(browser, new_server):
    new_server.init().start()
    with page(browser, new_server.url, complain=False) as at:
        sign_in(at, ADMIN, PASSWORD, to=TOKENS)
        with at.expect_request("**/live?since=*"):
            at.goto(TOKENS)
        at.wait_for_timeout(500)
        assert new_server.stop() == 0
    assert not new_server.gave_up_waiting()
