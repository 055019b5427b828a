"""A form that is refused: what was typed stays, and whoever sent it learns why and what to do."""

import re
from contextlib import contextmanager
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from web.conftest import TOKENS, Console, serving, text_of

from keyfob import scopes, web
from keyfob.verification import Reason
from keyfob.web.tokens import vocabulary
from keyfob.web.tokens.panel import REFUSED

SHARED = "/settings/manage-tokens/shared"
OF_SCRIPT = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}


@contextmanager
def signed_in(config, clock, furnished):
    with serving(config, clock) as client:
        client.cookies.set("keyfob_session", furnished.session, domain="127.0.0.1", path="/")
        yield Console(client)


def sent_by_script(console, path, **fields):
    return console.post(path, headers=OF_SCRIPT, **fields)


def followed(console, answer):
    return text_of(console.get(answer.headers["location"]))


def test_whoever_sends_a_form_after_the_session_ended_comes_back_to_it_and_learns_why(console):
    typed = {"name": "Typed before", "lifetime": "7", "scopes": "logs:search", "paths": "/v1/*"}
    answer = console.post(TOKENS, view="limit=50", **typed)
    assert answer.status_code == 303
    page = console.get(answer.headers["location"])
    assert "You had been signed out, so nothing was done. Sign in to do it again." in text_of(page)
    wanted = unescape(re.search(r'name="next" value="([^"]*)"', page.text)[1])
    assert wanted.startswith(f"{TOKENS}?new=1&name=Typed+before")
    assert wanted.endswith("&limit=50")
    again = console.get(console.sign_in(next=wanted).headers["location"]).text
    for kept in (
        'value="Typed before"', 'value="7" selected', 'value="logs:search"', ">/v1/*</textarea>",
        '<details class="options" open>',
    ):  # fmt: skip
        assert kept in again, kept


def test_a_filter_and_a_group_come_back_too(console):
    filter_ = {"field": "customer", "value": "acme", "description": "One of them"}
    for path, typed in (
        (SHARED, {"name": "Typed", **filter_}),
        ("/settings/manage-users/groups", {"name": "Operators"}),
    ):
        console.client.cookies.clear()
        wanted = parse_qs(urlsplit(console.post(path, **typed).headers["location"]).query)
        page = console.get(console.sign_in(next=wanted["next"][0]).headers["location"]).text
        assert [text for text in typed.values() if f'value="{text}"' not in page] == []


def test_a_tag_for_many_stays_and_is_refused_in_red(ann):
    number, _ = ann.add("One")
    page = ann.post(f"{TOKENS}/many", do="tag", tag="bad tag!", **{f"tick-{number}": "on"})
    assert page.status_code == 400
    assert 'value="bad tag!"' in page.text
    assert 'class="toast toast-wrong"' in page.text
    assert re.search(rf'name="tick-{number}"[^>]* checked', page.text)


def test_enter_in_the_tag_of_many_sets_it(ann):
    """Without a script the browser presses the first button of the form."""
    number, _ = ann.add("One")
    form = re.search(r'<form id="row-form".*', ann.get(TOKENS).text, re.DOTALL)[0]
    first = re.search(r'<button hidden formaction="([^"]*)" name="do" value="([^"]*)">', form)
    assert form.index("<button") == first.start()
    ann.post(first[1], do=first[2], tag="urgent", **{f"tick-{number}": "on"})
    assert "One" in text_of(ann.get(f"{TOKENS}?tag=urgent"))


def test_a_page_that_takes_no_such_method_says_which_it_takes(console):
    answer = console.client.put("/login", headers={"Accept": "text/html"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_without_scopes_a_form_does_not_tell_to_leave_them_out(ann):
    number, _ = ann.add("One")
    page = text_of(ann.post(f"{TOKENS}/{number}/edit", name="One", scopes="", seen="0"))
    assert "leave it out" not in page


def test_what_is_too_long_for_an_address_comes_back_by_its_name_alone(console):
    answer = console.post(TOKENS, name="Long", paths="/a\n" * 2000)
    assert answer.headers["location"].endswith("%3Fnew%3D1%26name%3DLong")


def test_whoever_was_signed_out_while_editing_comes_back_to_the_form(console, ann):
    number, _ = ann.add("Edited")
    console.client.cookies.clear()
    answer = console.post(f"{TOKENS}/{number}/edit", name="Other")
    assert answer.headers["location"] == f"/login?next={TOKENS}/{number}/edit"


def test_a_token_pasted_as_a_name_does_not_get_into_the_address(console, ann):
    _, value = ann.add("Good")
    console.client.cookies.clear()
    answer = console.post(TOKENS, name=f"as {value}")
    assert value not in answer.headers["location"]
    assert value[:20] in answer.headers["location"]


def test_whoever_is_signed_out_already_may_press_sign_out(console):
    assert "You are signed out" in followed(console, console.post("/logout"))


def test_a_session_that_is_over_is_told_and_a_first_visit_is_not(console, ann):
    console.client.cookies.set("keyfob_session", "x" * 43, domain="127.0.0.1", path="/")
    assert "Your session is over. Sign in to go on." in followed(console, console.get(TOKENS))
    console.client.cookies.clear()
    assert "session is over" not in followed(console, console.get(TOKENS))


def test_the_script_leaves_the_page_as_it_is_when_the_session_has_ended(console):
    answer = sent_by_script(console, TOKENS, name="Typed before")
    assert answer.status_code == 401
    assert "hx-redirect" not in answer.headers
    assert answer.headers["hx-retarget"] == "#toasts"
    assert answer.headers["hx-push-url"] == "false"
    assert '<a href="/login" target="_blank">Sign in</a>' in answer.text
    assert "<html" not in answer.text


def test_the_script_leaves_the_page_as_it_is_when_another_account_was_entered(ann):
    ann.post("/account", to="2000002")
    answer = sent_by_script(ann, TOKENS, name="Typed before")
    assert answer.status_code == 409
    assert answer.headers["hx-retarget"] == "#toasts"
    assert "You work in Team Blue now, so nothing was changed." in text_of(answer)
    assert "Work in Workshop o11y again" in text_of(answer)
    plain = ann.post(TOKENS, name="Typed before")
    assert "Load this page again" in text_of(plain)
    assert "Work in Workshop o11y again" in text_of(plain)
    assert f'name="back" value="{TOKENS}?new=1&amp;name=Typed+before"' in plain.text


def test_an_account_that_one_is_in_no_more_is_not_offered_again(console):
    console.sign_in("carol@example.com")
    answer = sent_by_script(console, TOKENS, name="x")
    assert answer.status_code == 409
    assert "again" not in text_of(answer)


def test_what_is_not_there_is_told_beside_the_page(ann):
    answer = sent_by_script(ann, f"{TOKENS}/2999999/switch", enabled="no")
    assert answer.status_code == 404
    assert answer.headers["hx-reselect"] == ".toast"
    assert answer.headers["x-request-id"] in answer.text


def test_a_mistake_leaves_the_address_as_it_is_and_a_success_does_not(ann):
    refused = sent_by_script(ann, TOKENS, name="")
    assert (refused.status_code, refused.headers["hx-push-url"]) == (400, "false")
    assert "hx-push-url" not in sent_by_script(ann, TOKENS, name="Good").headers


POSTED = [route for route in web.routes if route.methods == {"POST"}]
PAGES = {route.path for route in web.routes if "GET" in route.methods}


@pytest.mark.parametrize("route", POSTED, ids=lambda route: route.path)
def test_the_address_of_a_form_leads_to_its_page(ann, route):
    """Without a script one stands on it, after what the form answered."""
    answer = ann.get(route.path.replace("{id:number}", "2000001"))
    if answer.status_code == 303:
        assert ann.get(answer.headers["location"]).status_code in {200, 303}
    else:  # it has a page itself, of what may not be there
        assert route.path in PAGES
        assert answer.status_code in {200, 400, 403, 404}


def test_a_filter_that_was_typed_and_not_added_is_asked_about(ann):
    typed = {"name": "Narrow", "lifetime": "30", "tags": "ci", "field": "customer", "value": "acme"}
    page = ann.post(SHARED, **typed)
    assert page.status_code == 400
    assert "This filter is not there yet, so no token was made." in text_of(page)
    for kept in ('value="Narrow"', 'value="30" selected', 'value="ci"', 'value="acme"'):
        assert kept in page.text, kept
    added = ann.post(f"{SHARED}/filters", **typed)
    assert added.status_code == 201
    assert "Filter added" in text_of(added)
    assert re.search(r'name="filter-\d+" form="new-form" checked', added.text)
    for kept in ('value="Narrow"', 'value="30" selected', 'value="ci"'):
        assert kept in added.text, kept
    assert 'value="acme"' not in added.text


def test_a_token_that_was_changed_meanwhile_tells_what_is_saved_by_now(ann):
    number, _ = ann.add("First")
    at = f"{TOKENS}/{number}"
    form = ann.get(f"{at}/edit").text
    seen = re.search(r'name="seen" value="(\d+)"', form)[1]
    ann.post(f"{at}/edit", name="Theirs", scopes="logs:search", seen=seen)
    page = ann.post(f"{at}/edit", name="Mine", scopes="*", tags="ci", seen=str(int(seen) - 1))
    assert page.status_code == 409
    told = text_of(page)
    for words in (
        "Name Saved by now: Theirs",
        "Saved by now: logs:search",
        "Saved by now: nothing",
    ):
        assert words in told, told
    ann.post(f"{at}/delete")
    gone = ann.post(f"{at}/edit", name="Mine", scopes="*", seen=seen)
    assert gone.headers["location"] == at
    told = ann.get(gone.headers["location"])
    assert "It has been deleted meanwhile, so nothing was saved" in text_of(told)
    assert "toast-wrong" in told.text


def test_what_was_done_before_looks_done_on_a_page_that_is_not_there(ann):
    token_id, _ = ann.add("Workshop API Token")
    ann.post(f"{TOKENS}/{token_id}/delete")
    page = ann.get("/nowhere")
    assert (page.status_code, "API token deleted" in text_of(page)) == (404, True)
    assert "toast-wrong" not in page.text


def test_before_a_filter_is_deleted_the_tokens_without_another_are_named(ann):
    numbers = []
    for value in ("acme", "beta"):
        ann.post(f"{SHARED}/filters", field="customer", value=value)
        numbers.append(re.findall(r"/filters/(\d+)/delete", ann.get(SHARED).text)[-1])
    first, second = numbers
    ann.post(SHARED, name="With one", **{f"filter-{first}": "on"})
    question = f"{SHARED}/filters/{first}/delete"
    assert "With one Its only filter" in text_of(ann.get(question))
    assert "at once: all logs of the account." in text_of(ann.get(question))
    ann.post(SHARED, name="With both", **{f"filter-{each}": "on" for each in (first, second)})
    asked = text_of(ann.get(question))
    assert asked.count("Its only filter") == 1
    assert "at once, and 1 of them all logs of the account." in asked


def test_a_panel_says_why_its_token_was_refused(config, clock, furnished):
    assert {*REFUSED} == {*Reason}
    with signed_in(config, clock, furnished) as ann:
        number, value = ann.add("Refused at times")
        _, asking = ann.add("Asking")
        ann.post(f"{TOKENS}/{number}/edit", name="Refused at times", scopes="logs:search")

        def is_good(*wanted):
            asked = {"token": value, "scopes": wanted}
            answer = ann.client.post("/v1/verify", json=asked, headers={"X-API-TOKEN": asking})
            return answer.json()["valid"]

        assert is_good("logs:search")
        assert not is_good("logs:write")
        assert not is_good("logs:write")
        ann.post(f"{TOKENS}/{number}/switch", enabled="no")
        assert not is_good()
    with signed_in(config, clock, furnished) as ann:  # it was counted when the server stopped
        panel = text_of(ann.get(f"{TOKENS}/{number}"))
    assert "1 good · 3 refused: 2 for want of a scope, 1 while disabled" in panel


def test_scopes_are_offered_where_they_are_typed(ann):
    number, _ = ann.add("Plain")
    ann.post(f"{TOKENS}/{number}/edit", name="Plain", scopes="logs:search *")
    for path in (f"{TOKENS}?new=1", f"{TOKENS}/{number}/edit"):
        offered = re.findall(r'data-word="(?:new|edit)-scopes">([^<]+)<', ann.get(path).text)
        assert offered[:2] == ["logs:search", "account:read"]
        assert "*" not in offered
    assert "data-word" not in ann.get(TOKENS).text
    assert vocabulary.of([]) == [*scopes.OWN]
