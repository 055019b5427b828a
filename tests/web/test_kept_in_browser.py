"""What was typed stays, whatever happens meanwhile; and what is open has an address."""

import re

from playwright.sync_api import Page, expect
from support.browser import page
from web.conftest import TOKENS
from web.test_in_browser import row

SHARED = "/settings/manage-tokens/shared"


def begin(at: Page, name: str) -> None:
    at.get_by_role("link", name=re.compile("New API token")).click()
    at.get_by_label("Name of the new API token").fill(name)
    at.get_by_text("More options").click()
    at.get_by_label("Tags").fill("kept")


def is_kept(at: Page, name: str) -> None:
    expect(at.get_by_label("Name of the new API token")).to_have_value(name)
    expect(at.get_by_label("Tags")).to_have_value("kept")


def finish(at: Page, name: str) -> None:
    at.get_by_role("button", name="Add", exact=True).click()
    expect(at.get_by_role("status")).to_contain_text("API token created")
    expect(row(at, name)).to_contain_text("kept")


def test_a_session_that_ended_elsewhere_loses_nothing(at):
    begin(at, "Typed before")
    cookies = at.context.cookies()
    at.context.clear_cookies()
    at.get_by_role("button", name="Add", exact=True).click()
    told = at.get_by_role("alert")
    expect(told).to_contain_text("You have been signed out meanwhile, so nothing was done.")
    is_kept(at, "Typed before")
    with at.expect_popup() as opened:
        told.get_by_role("link", name="Sign in").click()
    expect(opened.value.get_by_role("heading", name="Sign in")).to_be_visible()
    at.context.add_cookies(cookies)  # as signing in there does
    is_kept(at, "Typed before")
    finish(at, "Typed before")
    expect(told).to_have_count(0)


def test_an_account_that_was_switched_elsewhere_loses_nothing(at):
    begin(at, "Typed for main")
    elsewhere = at.context.new_page()
    elsewhere.goto(TOKENS)
    elsewhere.get_by_label(re.compile("^Account:")).click()
    elsewhere.get_by_role("button", name=re.compile("Team Blue")).click()
    expect(elsewhere.get_by_label(re.compile("^Account: Team Blue"))).to_be_visible()
    at.get_by_role("button", name="Add", exact=True).click()
    told = at.get_by_role("alert")
    expect(told).to_contain_text("You work in Team Blue now, so nothing was changed.")
    is_kept(at, "Typed for main")
    link = told.get_by_role("link", name="Load this page for Team Blue")
    assert link.get_attribute("href") == f"{TOKENS}?new=1&name=Typed+for+main&tags=kept"
    told.get_by_role("button", name="Work in Workshop o11y again").click()
    expect(at.get_by_role("status")).to_contain_text("You work in Workshop o11y now")
    is_kept(at, "Typed for main")
    finish(at, "Typed for main")


def test_a_name_and_a_role_are_kept_when_the_session_has_ended(at):
    cookies = at.context.cookies()
    for place, name in (("/settings/profile", "Ann the First"), (people(at), "Ann the Second")):
        at.goto(place)
        at.get_by_label("Name", exact=True).fill(name)
        save = at.get_by_role("button", name=re.compile("^Save"))
        at.context.clear_cookies()
        save.click()
        expect(at.get_by_role("alert")).to_contain_text("You have been signed out meanwhile")
        expect(at.get_by_label("Name", exact=True)).to_have_value(name)
        at.context.add_cookies(cookies)
        save.click()
        expect(at.get_by_role("status")).to_contain_text(re.compile("saved"))
        at.get_by_label(re.compile("^Account:")).click()
        expect(at.locator(".account-who")).to_contain_text(name)


def people(at: Page) -> str:
    """The form of the one who looks."""
    at.goto("/settings/manage-users")
    mine = at.get_by_role("row").filter(has_text="ann@example.com")
    return mine.get_by_role("link", name=re.compile("^Edit")).get_attribute("href") or ""


def test_a_refusal_behind_a_question_is_told_in_it(at):
    begin(at, "Asked about")
    finish(at, "Asked about")
    at.goto(TOKENS)
    row(at, "Asked about").get_by_title("Delete Asked about").click()
    ask = at.get_by_role("dialog")
    at.context.clear_cookies()
    for _ in range(2):
        ask.get_by_role("button", name="Delete for good").click()
        expect(ask.get_by_role("alert")).to_contain_text("You have been signed out meanwhile")
        expect(ask.get_by_role("alert")).to_have_count(1)
    ask.get_by_role("button", name="Close").click()
    expect(ask.get_by_role("alert")).to_have_count(0)
    expect(ask.get_by_role("heading", name="Delete Asked about?")).to_be_visible()


def test_a_server_that_is_not_there_is_told_in_the_question(browser, site, signed_in):
    with page(browser, site.url, storage_state=signed_in, complain=False) as at:
        at.goto(TOKENS)
        begin(at, "Asked in vain")
        finish(at, "Asked in vain")
        at.goto(TOKENS)
        row(at, "Asked in vain").get_by_title("Delete Asked in vain").click()
        ask = at.get_by_role("dialog")
        at.route("**/delete", lambda route: route.abort())
        ask.get_by_role("button", name="Delete for good").click()
        expect(ask).to_contain_text("The server cannot be reached, so nothing was changed.")


def test_a_filter_added_meanwhile_is_chosen_and_the_new_token_stays(at):
    at.goto(SHARED)
    at.get_by_role("link", name=re.compile("New shared token")).click()
    at.get_by_label("Name of the new shared token").fill("For a partner")
    at.get_by_label("When it expires").select_option("Expires in 30 days")
    at.get_by_label("Field").fill("customer")
    at.get_by_label("Value").fill("not a value!")
    at.get_by_role("button", name="Add", exact=True).click()
    expect(at.get_by_role("alert")).to_contain_text("This filter is not there yet")
    expect(at.get_by_label("Field")).to_be_focused()
    at.get_by_label("Value").press("Enter")
    expect(at.get_by_role("alert")).to_contain_text("The value")
    expect(at.get_by_role("alert")).to_be_in_viewport()
    expect(at.get_by_label("Value")).to_be_focused()
    expect(at.get_by_label("Field")).to_have_value("customer")
    at.get_by_label("Value").fill("acme")
    at.get_by_label("Value").press("Enter")
    expect(at.get_by_role("status")).to_contain_text("Filter added")
    expect(at.get_by_label("Name of the new shared token")).to_have_value("For a partner")
    expect(at.get_by_label("When it expires")).to_have_value("30")
    expect(at.get_by_role("checkbox", name="customer=acme")).to_be_checked()
    expect(at.get_by_label("Field")).to_have_value("")
    expect(at).to_have_url(re.compile(r"shared\?new=1$"))
    at.get_by_role("button", name="Add", exact=True).click()
    expect(at.get_by_role("status")).to_contain_text("Shared token created")
    expect(row(at, "For a partner")).to_contain_text("1 filter")


def test_new_and_rename_have_addresses_and_back_closes_them(at):
    begin(at, "Open and shut")
    expect(at).to_have_url(re.compile(f"{TOKENS}\\?new=1$"))
    at.go_back()
    expect(at.get_by_label("Name of the new API token")).to_have_count(0)
    expect(at).to_have_url(re.compile(f"{TOKENS}$"))
    at.go_forward()
    expect(at.get_by_label("Name of the new API token")).to_be_visible()
    at.keyboard.press("Escape")
    expect(at).to_have_url(re.compile(f"{TOKENS}$"))
    begin(at, "Open and shut")
    finish(at, "Open and shut")
    expect(at).to_have_url(re.compile(f"{TOKENS}$"))
    row(at, "Open and shut").get_by_title("Rename Open and shut").click()
    expect(at).to_have_url(re.compile(r"\?edit=[0-9]+$"))
    at.reload()
    field = at.get_by_label("New name of Open and shut")
    field.fill("Shut again")
    field.press("Enter")
    expect(row(at, "Shut again")).to_be_visible()
    expect(at).to_have_url(re.compile(f"{TOKENS}$"))


def test_a_moment_is_shown_and_typed_in_the_viewers_zone_and_kept_in_utc(browser, site, signed_in):
    there = {"storage_state": signed_in, "timezone_id": "Asia/Kolkata"}
    with page(browser, site.url, **there) as at:
        at.goto(TOKENS)
        begin(at, "In Kolkata")
        expect(at.get_by_text("Expires (Asia/Calcutta)")).to_be_visible()
        at.get_by_label("Expires", exact=False).last.fill("2031-05-01T12:00")
        finish(at, "In Kolkata")
        at.goto(f"{TOKENS}?sort=name&q=In+Kolkata")
        at.get_by_role("link", name="In Kolkata", exact=True).click()
        panel = at.get_by_role("dialog")
        expect(panel).to_contain_text("Thu, May 1, 2031 12:00 PM")
        panel.get_by_role("link", name="Edit").click()
        ends = at.get_by_label(re.compile("^Expires"))
        expect(ends).to_have_value("2031-05-01T12:00")
        at.get_by_role("button", name="Save changes").click()
        expect(panel).to_contain_text("API token changed")
        expect(panel).to_contain_text("Thu, May 1, 2031 12:00 PM")
        expect(panel.locator(".history")).not_to_contain_text("Expires at")
        panel.get_by_role("link", name="Edit").click()
        ends.fill("2031-05-02T00:30")
        at.get_by_role("button", name="Save changes").click()
        expect(panel.locator(".history")).to_contain_text("Fri, May 2, 2031 12:30 AM")
        panel_address = at.url
    with page(browser, site.url, storage_state=signed_in, timezone_id="UTC") as at:
        at.goto(panel_address)
        expect(at.locator("#detail")).to_contain_text("Thu, May 1, 2031 7:00 PM")


def test_the_trail_is_filtered_in_the_viewers_zone_and_by_a_token_as_one_types(
    browser, site, signed_in
):
    there = {"storage_state": signed_in, "timezone_id": "America/New_York"}
    with page(browser, site.url, **there) as at:
        at.goto(TOKENS)
        begin(at, "Typed in the trail")
        finish(at, "Typed in the trail")
        at.goto("/settings/audit-trail?range=custom")
        at.get_by_label("From").fill("2020-01-01T08:00")
        at.get_by_label("From").press("Tab")
        expect(at).to_have_url(re.compile("from=2020-01-01T13%3A00"))
        at.get_by_label("Token").press_sequentially("typed in the trail", delay=20)
        expect(at.get_by_text("Only Typed in the trail")).to_be_visible()
        expect(at.get_by_label("Token")).to_be_focused()
        expect(at).to_have_url(re.compile("subject=token"))
        at.reload()
        expect(at.get_by_label("From")).to_have_value("2020-01-01T08:00")


def test_all_rows_are_ticked_on_a_phone(browser, site, signed_in):
    phone = {"storage_state": signed_in, "viewport": {"width": 390, "height": 800}}
    with page(browser, site.url, **phone) as at:
        at.goto(TOKENS)
        for name in ("First of all", "Second of all"):
            begin(at, name)
            finish(at, name)
        at.goto(f"{TOKENS}?q=of+all")
        row(at, "First of all").get_by_role("checkbox").check()
        every = at.get_by_label("All on this page", exact=True)
        every.check()
        expect(row(at, "Second of all").get_by_role("checkbox")).to_be_checked()
        row(at, "First of all").get_by_role("checkbox").uncheck()
        expect(every).not_to_be_checked()
