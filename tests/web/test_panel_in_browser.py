"""A token's panel over its list: each of its states has an address, and goes back and forward."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.browser import page
from web.conftest import TOKENS
from web.test_in_browser import add, close_panel, row


def made(at: Page, name: str) -> None:
    """A token, and the list as it is drawn from its own address."""
    add(at, name)
    close_panel(at)
    at.goto(TOKENS)


def open_panel(at: Page, name: str) -> str:
    """Return the panel's address."""
    at.get_by_role("link", name=name, exact=True).click()
    is_panel_of(at, name)
    expect(at).to_have_url(re.compile(f"{TOKENS}/[0-9]+$"))
    return at.url


def is_panel_of(at: Page, name: str) -> None:
    """In the dialog, with the list beneath it."""
    heading = at.get_by_role("dialog").get_by_role("heading", name=re.compile(f"^{name}"))
    expect(heading).to_be_visible()
    expect(at.locator("#rows")).to_have_count(1)


def is_list_with(at: Page, name: str) -> None:
    expect(at.get_by_role("dialog")).to_be_hidden()
    expect(row(at, name)).to_be_visible()
    expect(at).to_have_url(re.compile(f"{TOKENS}$"))


def test_forward_leads_to_a_panel_again(at):
    made(at, "Once more")
    panel = open_panel(at, "Once more")
    for _ in range(2):
        at.go_back()
        is_list_with(at, "Once more")
        at.go_forward()
        is_panel_of(at, "Once more")
        expect(at).to_have_url(panel)
    at.keyboard.press("Escape")
    is_list_with(at, "Once more")


LATE = """(address) => {
  const {open, send} = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (verb, url) {
    this.isLate = String(url).includes(address);
    return open.apply(this, arguments);
  };
  XMLHttpRequest.prototype.send = function (body) {
    setTimeout(() => send.call(this, body), this.isLate ? 800 : 0);
  };
}"""


def test_of_two_panels_on_their_way_the_last_is_shown_at_its_address(at):
    made(at, "Comes late")
    made(at, "Comes at once")
    late, soon = [
        at.get_by_role("link", name=f"Comes {n}", exact=True) for n in ("late", "at once")
    ]
    wanted = soon.get_attribute("href")
    at.evaluate(LATE, late.get_attribute("href"))
    late.click()
    soon.click()
    is_panel_of(at, "Comes at once")
    expect(at).to_have_url(re.compile(f"{wanted}$"))
    at.go_back()
    is_list_with(at, "Comes late")


def test_lines_asked_for_far_down_a_list_come_into_sight(at):
    for number in range(8):
        add(at, f"Long list {number}")
        close_panel(at)
    at.set_viewport_size({"width": 1280, "height": 400})
    at.goto(f"{TOKENS}?q=Long+list&sort=name")
    open_panel_far_down(at, "Long list 7")
    at.get_by_role("dialog").get_by_role("button", name="Copy-ready lines").click()
    copy = at.locator(".panel [data-focus-home]")
    expect(copy).to_be_focused()
    expect(copy).to_be_in_viewport()


def open_panel_far_down(at: Page, name: str) -> None:
    at.get_by_role("link", name=name, exact=True).click()  # it scrolls, and waits for a moving list
    is_panel_of(at, name)


def test_a_double_click_is_one_step(at):
    made(at, "Clicked twice")
    at.get_by_role("link", name="Clicked twice", exact=True).dblclick()
    is_panel_of(at, "Clicked twice")
    expect(at).to_have_url(re.compile(f"{TOKENS}/[0-9]+$"))
    at.go_back()
    is_list_with(at, "Clicked twice")


def test_a_panel_that_was_loaded_anew_leads_back_to_its_list(at):
    made(at, "Loaded anew")
    panel = open_panel(at, "Loaded anew")
    at.reload()
    expect(at.get_by_role("heading", name="Loaded anew")).to_be_visible()
    expect(at).to_have_url(panel)
    at.go_back()
    is_list_with(at, "Loaded anew")
    at.go_forward()
    is_panel_of(at, "Loaded anew")


def test_a_panel_over_a_search_leads_back_to_what_was_found(at):
    made(at, "Found by search")
    at.get_by_label("Search the API tokens").fill("found")
    at.wait_for_url("**q=found")
    expect(at.locator("#rows tbody tr")).to_have_count(1)
    at.get_by_role("link", name="Found by search", exact=True).click()
    is_panel_of(at, "Found by search")
    at.keyboard.press("Escape")
    expect(at.get_by_role("dialog")).to_be_hidden()
    at.wait_for_url("**q=found")
    expect(at.locator("#rows tbody tr")).to_have_count(1)


def test_a_panel_that_disables_stays_and_the_list_knows_it(at):
    made(at, "Off and on")
    panel = open_panel(at, "Off and on")
    shown = at.get_by_role("dialog")
    shown.get_by_role("button", name="Disable").click()
    expect(shown).to_contain_text("API token disabled")
    expect(shown.get_by_role("heading", name="Off and on")).to_contain_text("Disabled")
    expect(shown.get_by_role("button", name="Enable")).to_be_focused()
    expect(at).to_have_url(panel)
    at.keyboard.press("Escape")
    is_list_with(at, "Off and on")
    expect(row(at, "Off and on")).to_contain_text("Disabled")


def test_a_panel_and_the_list_under_it_follow_what_another_does(at):
    made(at, "Seen by two")
    panel = open_panel(at, "Seen by two")
    with at.context.expect_page() as opened:
        at.evaluate("address => window.open(address)", panel)
    other = opened.value
    other.wait_for_load_state("load")  # until then a form is sent as without a script
    other.get_by_role("button", name="Disable").click()
    expect(other.locator("#detail")).to_contain_text("API token disabled")
    shown = at.get_by_role("dialog")
    expect(shown.get_by_role("heading", name="Seen by two")).to_contain_text("Disabled")
    expect(shown.get_by_role("button", name="Enable")).to_be_visible()
    expect(at).to_have_url(panel)
    at.keyboard.press("Escape")
    is_list_with(at, "Seen by two")
    expect(row(at, "Seen by two")).to_contain_text("Disabled")


def test_a_list_that_is_drawn_anew_in_the_moment_its_panel_closes_is_there(at):
    """Until the browser says that the dialog is closed, the address is still the panel's."""
    made(at, "Still listed")
    open_panel(at, "Still listed")
    with at.expect_response(lambda response: "x-keyfob-freshens" in response.request.headers):
        at.evaluate(
            "document.getElementById('dialog').close();"
            "document.dispatchEvent(new Event('visibilitychange'))"  # as when one comes back to it
        )
    is_list_with(at, "Still listed")


def test_a_panel_asks_before_it_deletes_and_keeping_leads_back_to_it(at):
    made(at, "Kept, then gone")
    panel = open_panel(at, "Kept, then gone")
    shown = at.get_by_role("dialog")
    shown.get_by_role("link", name="Delete…").click()
    keep = shown.get_by_role("link", name="Keep it")
    expect(keep).to_be_focused()
    expect(at).to_have_url(f"{panel}/delete?panel=1")
    at.go_back()
    is_panel_of(at, "Kept, then gone")
    at.go_forward()
    keep.click()
    is_panel_of(at, "Kept, then gone")
    expect(at).to_have_url(panel)
    shown.get_by_role("link", name="Delete…").click()
    expect(keep).to_be_focused()
    at.keyboard.press("Escape")
    is_list_with(at, "Kept, then gone")
    open_panel(at, "Kept, then gone")
    shown.get_by_role("link", name="Delete…").click()
    shown.get_by_role("button", name="Delete for good").click()
    expect(at.get_by_role("status")).to_contain_text("API token deleted")
    expect(shown).to_be_hidden()
    expect(row(at, "Kept, then gone")).to_have_count(0)
    expect(at).to_have_url(re.compile(f"{TOKENS}$"))


def test_a_panel_that_is_a_page_acts_as_a_page(at):
    made(at, "As a page")
    panel = open_panel(at, "As a page")
    at.reload()
    at.get_by_role("button", name="Disable").click()
    expect(at.locator("#detail")).to_contain_text("API token disabled")
    at.get_by_role("link", name="Delete…").click()
    expect(at).to_have_url(f"{panel}/delete?panel=1")
    at.get_by_role("link", name="Keep it").click()
    expect(at).to_have_url(panel)
    expect(at.get_by_role("dialog")).to_be_hidden()
    at.get_by_role("link", name="Delete…").click()
    at.get_by_role("button", name="Delete for good").click()
    expect(at.get_by_role("status")).to_contain_text("API token deleted")


def test_without_a_script_the_panel_acts_too(browser, site, signed_in, at):
    made(at, "Without a script")
    panel = open_panel(at, "Without a script")
    with page(
        browser, site.url, java_script_enabled=False, complain=False, storage_state=signed_in
    ) as plain:
        plain.goto(panel)
        plain.get_by_role("button", name="Disable").click()
        expect(plain.get_by_role("status")).to_contain_text("API token disabled")
        expect(plain).to_have_url(panel)
        plain.get_by_role("link", name="Delete…").click()
        plain.get_by_role("button", name="Delete for good").click()
        expect(plain.get_by_role("status")).to_contain_text("API token deleted")


def test_the_panel_names_the_zone_of_whoever_looks(browser, site, signed_in, at):
    made(at, "In some zone")
    panel = open_panel(at, "In some zone")
    options = {"storage_state": signed_in, "timezone_id": "Europe/Berlin"}
    with page(browser, site.url, **options) as there:
        there.goto(panel)
        expect(there.locator("#detail")).to_contain_text("Moments are in the zone Europe/Berlin.")


# In one look: the list may be drawn anew at any moment.
BESIDE = """(row, what) => row.querySelector(what).getBoundingClientRect().right
  <= row.querySelector(".cell-tick input").getBoundingClientRect().left"""


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_a_name_and_its_field_stand_beside_the_box(browser, site, signed_in, at, width):
    made(at, f"A name that is long enough to reach the end {width}")
    phone = {"storage_state": signed_in, "viewport": {"width": width, "height": 800}}
    with page(browser, site.url, **phone) as there:
        there.goto(TOKENS)
        line = there.get_by_role("row").filter(has_text=f"the end {width}")
        assert line.evaluate(BESIDE, ".name")
        line.get_by_role("link", name="Rename").click()
        field = there.get_by_label("New name of")
        expect(field).to_be_focused()
        edited = there.get_by_role("row").filter(has=field)
        assert edited.evaluate(BESIDE, ".rename input")
        assert field.evaluate("field => field.clientWidth") > width / 2
        there.keyboard.press("Escape")
        expect(field).to_have_count(0)
        line.get_by_role("link", name=f"the end {width}").first.click()
        there.get_by_role("dialog").get_by_role("link", name="Delete…").scroll_into_view_if_needed()
        assert there.evaluate("document.documentElement.scrollWidth") <= width
        assert there.evaluate("document.getElementById('dialog').scrollWidth") <= width


def test_the_options_of_a_new_token_are_folded_and_enter_in_them_adds(at):
    at.keyboard.press("n")
    field = at.get_by_label("Name of the new API token")
    expect(field).to_be_focused()
    scopes = at.get_by_label("Scopes")
    expect(scopes).to_be_hidden()
    at.keyboard.type("With scopes")
    at.get_by_text("More options").click()
    scopes.fill("Not A Scope")
    at.keyboard.press("Enter")
    expect(at.get_by_role("alert")).to_be_visible()
    expect(field).to_have_value("With scopes")
    expect(scopes).to_have_value("Not A Scope")
    expect(scopes).to_be_focused()
    scopes.fill("logs:search")
    at.keyboard.press("Enter")
    expect(at.get_by_role("heading", name="is ready to use")).to_contain_text("With scopes")
