"""A form that was refused tells everything that is wrong with it, each at its field, at once."""

import re
from html import unescape

import pytest
from web.conftest import ANN, TOKENS, names_in, text_of
from web.test_token_tabs import SHARED, add

ACCOUNTS = "/settings/manage-accounts"
SUB = 2000002
LONG = "x" * 101


def told(page):
    """The sentences that stand at fields, by field."""
    notes = re.findall(
        r'note-wrong" id="(?:edit-)?([\w-]+)-note"[^>]*>(.*?)</p>', page.text, re.DOTALL
    )
    return {name: unescape(re.sub(r"<[^>]+>", "", text)).strip() for name, text in notes}


def test_of_a_token(ann):
    number, _ = ann.add("Workshop")
    at = f"{TOKENS}/{number}/edit"
    fields = {
        "name": LONG, "description": "d" * 1001, "tags": "!", "scopes": "A B",
        "expires_at": "soon", "not_before": "2030-13-01", "ip_allow": "1.2.3.400",
        "methods": "G,T,1", "paths": "no/slash",
    }  # fmt: skip
    page = ann.post(at, **fields)
    assert page.status_code == 400
    assert {*told(page)} == {*fields}
    assert told(page)["name"].startswith("The name must be at most 100")
    assert told(page)["expires_at"].startswith("The end must be a day")


def test_of_a_token_that_is_made(ann):
    fields = {"tags": "!", "scopes": "A B", "expires_at": "soon", "ip_allow": "1.2.3.400"}
    page = ann.post(TOKENS, name=LONG, **fields)
    assert page.status_code == 400
    assert {*told(page)} == {"name"} | {f"new-{each}" for each in fields}
    assert '<details class="options" open>' in page.text
    page = ann.post(TOKENS, name="", expires_at="2029-12-31T00:00")
    assert {*told(page)} == {"name", "new-expires_at"}
    ann.add("Taken")
    page = ann.post(TOKENS, name="Taken", tags="fine")
    assert (page.status_code, {*told(page)}) == (409, {"name"})


def test_a_token_that_ends_in_the_past_is_told_beside_the_rest(ann):
    number, _ = ann.add("Workshop")
    page = ann.post(f"{TOKENS}/{number}/edit", name="", scopes="*", expires_at="2029-12-31T00:00")
    assert {*told(page)} == {"name", "expires_at"}
    assert told(page)["expires_at"] == "The end must be in the future."


def test_a_name_that_is_taken_is_told_beside_the_rest(ann):
    ann.add("Taken")
    number, _ = ann.add("Workshop")
    page = ann.post(f"{TOKENS}/{number}/edit", name="Taken", scopes="*", tags="fine")
    assert (page.status_code, {*told(page)}) == (409, {"name"})


def test_of_somebody_new(ann):
    page = ann.post("/settings/manage-users", email="nobody", fullName="", role="KING")
    assert page.status_code == 400
    assert told(page) == {
        "email": "The e-mail address must be an e-mail address like ann@example.com.",
        "fullName": "The name is required.",
        "role": "The role must be one of those that are offered.",
    }


def test_of_a_member(ann):
    page = ann.post("/settings/manage-users/2000002/edit", fullName=LONG, role="KING")
    assert (page.status_code, {*told(page)}) == (400, {"fullName", "role"})


@pytest.mark.parametrize("path", ["new", f"{SUB}/edit"])
def test_of_a_sub_account(ann, path):
    fields = {"accountName": "a/b", "retentionDays": "", "maxDailyGB": "much"}
    if path == "new":
        fields["email"] = "nobody"
    page = ann.post(
        f"{ACCOUNTS}/{path}", **fields, utilizationEnabled="on", frequencyMinutes="often"
    )
    assert page.status_code == 400
    assert {*told(page)} == {*fields, "frequencyMinutes"}


def test_of_a_sub_account_whose_numbers_are_out_of_range(ann):
    page = ann.post(
        f"{ACCOUNTS}/new", accountName="", email=ANN, retentionDays="0", maxDailyGB="9" * 15
    )
    assert {*told(page)} == {"accountName", "retentionDays", "maxDailyGB"}


def test_of_a_metrics_account(ann):
    page = ann.post(f"{ACCOUNTS}/metrics/new", accountName="a/b", email="nobody", planUts="1")
    assert {*told(page)} == {"accountName", "email", "planUts"}


def test_one_mistake_is_told_alone(ann):
    page = ann.post(f"{ACCOUNTS}/metrics/new", accountName="", email=ANN, planUts="1")
    assert {*told(page)} == {"planUts"}


def test_a_filter_that_is_deleted_meanwhile_loses_nothing_that_was_typed(ann):
    number, _ = add(ann, SHARED, "For Acme")
    gone = {"filter-2999999": "on", "tags": "kept"}
    page = ann.post(SHARED, name="For Bolt", **gone)
    assert page.status_code == 409
    assert "A filter that you had chosen has been deleted meanwhile" in text_of(page)
    assert 'value="For Bolt"' in page.text
    assert 'value="kept"' in page.text
    page = ann.post(f"{SHARED}/{number}/edit", name="For Ace", operator="OR", **gone)
    assert page.status_code == 409
    assert "A filter that you had chosen has been deleted meanwhile" in text_of(page)
    assert 'value="For Ace"' in page.text
    assert ann.post(f"{SHARED}/2999999/edit", name="x", operator="OR").status_code == 404


def test_no_path_has_a_token_in_it(ann):
    _, value = ann.add("Hook")
    page = ann.post(TOKENS, name="Of the hook", paths=f"/hooks/{value}")
    assert page.status_code == 400
    assert "has a whole token in it" in text_of(page)
    assert "Of the hook" not in names_in(ann.get(TOKENS))
