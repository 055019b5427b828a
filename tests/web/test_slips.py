"""What a hand does without thinking: Enter, letters typed too early, a chip."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import page
from web.conftest import TOKENS
from web.test_in_browser import add, close_panel, row

SHIPPING = "/settings/manage-tokens/data-shipping"


@pytest.fixture
def at(browser, site, signed_in):
    with page(browser, site.url, storage_state=signed_in, complain=False) as at:
        at.goto(TOKENS)
        yield at


def made(at, name):
    add(at, name)
    close_panel(at)


def test_enter_on_a_ticked_row_shows_and_switches_nothing(at):
    made(at, "Left alone")
    sent = []
    at.on("request", lambda request: sent.append((request.method, request.url)))
    at.get_by_label("Tick Left alone").check()
    at.get_by_label("Tick Left alone").press("Enter")
    at.wait_for_timeout(300)
    assert not [each for each in sent if each[0] == "POST"]
    expect(at.locator("code.value")).to_have_count(0)


def test_enter_in_the_field_for_a_tag_sets_it(at):
    made(at, "To be tagged")
    at.get_by_label("Tick To be tagged").check()
    at.get_by_label("Tag to set or take off").fill("by-enter")
    at.get_by_label("Tag to set or take off").press("Enter")
    expect(row(at, "To be tagged")).to_contain_text("by-enter")
    expect(at.locator("code.value")).to_have_count(0)


def test_a_tag_that_is_missing_is_told_and_the_ticks_stay(at):
    made(at, "Still ticked")
    at.get_by_label("Tick Still ticked").check()
    at.get_by_role("button", name="Untag").click()
    expect(at.get_by_role("status")).to_contain_text("Nothing was changed.")
    expect(at.get_by_label("Tick Still ticked")).to_be_checked()
    expect(at.get_by_text("1 ticked")).to_be_visible()
    for width, height in ((320, 640), (700, 500), (1280, 400)):
        at.set_viewport_size({"width": width, "height": height})
        at.get_by_role("toolbar").get_by_label("Tag to set or take off").click()  # nothing over it
    at.goto(SHIPPING)
    at.get_by_label("Tick all on this page").check()
    at.get_by_role("toolbar").get_by_role("button", name="Disable").click()
    expect(at.get_by_role("status")).to_contain_text("Nothing was changed.")


def test_a_chip_and_an_order_have_an_address(at):
    made(at, "With a chip")
    at.get_by_label("Tick With a chip").check()
    at.get_by_label("Tag to set or take off").fill("chip")
    at.get_by_role("button", name="Tag", exact=True).click()
    row(at, "With a chip").get_by_role("link", name="Tagged chip").click()
    at.wait_for_url("**tag=chip*")
    expect(at.locator("tbody tr")).to_have_count(1)
    at.get_by_role("link", name=re.compile("^Name")).click()
    at.wait_for_url("**sort=name*")


def test_letters_typed_while_the_field_comes_are_in_it(at):
    slow = {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1}
    at.context.new_cdp_session(at).send("Network.emulateNetworkConditions", slow)
    at.keyboard.press("n")
    at.keyboard.type("gh actions", delay=30)
    expect(at.get_by_label("Name of the new API token")).to_have_value("gh actions")
    assert at.url.endswith(f"{TOKENS}?new=1")  # and no key led elsewhere


def test_only_an_api_token_comes_with_calls(at):
    made(at, "Calls")
    at.goto(SHIPPING)
    at.get_by_role("link", name="New log shipping token").click()
    expect(at.get_by_label("Name of the new log shipping token")).to_be_focused()
    at.keyboard.type("Ships")
    at.keyboard.press("Enter")
    expect(at.get_by_text("export LOGZ_IO_SHIPPING_TOKEN=kf_ship_")).to_be_visible()
    expect(at.get_by_text("curl", exact=True)).to_have_count(0)


def test_what_is_done_with_ticked_rows_fits_the_narrowest_phone(at):
    made(at, "On a phone")
    at.set_viewport_size({"width": 320, "height": 640})
    at.get_by_label("Tick On a phone").check()
    expect(at.get_by_role("button", name="Untag")).to_be_in_viewport(ratio=1)
    assert at.evaluate("document.documentElement.scrollWidth") <= 320
