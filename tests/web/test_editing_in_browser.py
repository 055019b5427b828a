"""Edit, in a token's panel: its address, its mistakes, and the ways back."""

import re

from playwright.sync_api import Page, expect
from web.conftest import TOKENS
from web.test_in_browser import add, close_panel, row
from web.test_panel_in_browser import (
    is_list_with,
    is_panel_of,
    made,
    open_panel,
    open_panel_far_down,
)


def is_form_of(at: Page, name: str) -> None:
    """In the dialog, with the list beneath it."""
    expect(at.get_by_role("dialog").get_by_role("heading", name=f"Edit {name}")).to_be_visible()
    expect(at.locator("#rows")).to_have_count(1)
    expect(at).to_have_url(re.compile("/edit$"))


def edit(at: Page) -> None:
    at.get_by_role("dialog").get_by_role("link", name="Edit").click()


def test_edit_from_a_panel_has_the_forms_address(at):
    made(at, "Edited from here")
    panel = open_panel(at, "Edited from here")
    edit(at)
    is_form_of(at, "Edited from here")
    assert at.url == f"{panel}/edit"
    at.reload()
    expect(at.get_by_role("heading", name="Edit Edited from here")).to_be_visible()
    expect(at.get_by_role("dialog")).to_be_hidden()
    expect(at.get_by_label("Name", exact=True)).to_be_focused()
    at.get_by_label("Description").fill("As a page")
    at.get_by_role("button", name="Save changes").click()
    expect(at.locator("#detail")).to_contain_text("API token changed")
    expect(at.locator("#detail")).to_contain_text("As a page")
    expect(at).to_have_url(panel)


def test_a_save_and_a_cancel_lead_back_to_the_panel_and_the_list_stays_where_it_was(at):
    for number in range(8):
        add(at, f"Far down {number}")
        close_panel(at)
    at.set_viewport_size({"width": 1280, "height": 400})
    at.goto(f"{TOKENS}?q=Far+down&sort=name")
    open_panel_far_down(at, "Far down 7")
    panel, scrolled = at.url, at.evaluate("scrollY")
    assert scrolled > 0
    edit(at)
    expect(at.get_by_label("Name", exact=True)).to_be_focused()
    at.get_by_label("Description").fill("Never mind")
    at.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    is_panel_of(at, "Far down 7")
    expect(at).to_have_url(panel)
    expect(at.get_by_role("dialog")).not_to_contain_text("Never mind")
    edit(at)
    at.get_by_label("Name", exact=True).fill("Far down 7, renamed")
    at.keyboard.press("Enter")
    is_panel_of(at, "Far down 7, renamed")
    expect(at.get_by_role("dialog")).to_contain_text("API token changed")
    expect(at).to_have_url(panel)
    at.wait_for_timeout(2000)  # longer than the news of it needs, and its place is kept
    expect(at.get_by_role("dialog")).to_contain_text("API token changed")
    at.go_back()  # past the form
    expect(at.get_by_role("dialog")).to_be_hidden()
    expect(at).to_have_url(re.compile("sort=name$"))
    expect(row(at, "Far down 7, renamed")).to_be_in_viewport()


def test_a_mistake_in_the_form_keeps_what_was_typed_and_its_address(at):
    made(at, "With mistakes")
    open_panel(at, "With mistakes")
    edit(at)
    is_form_of(at, "With mistakes")
    form = at.url
    at.get_by_label("Description").fill("Kept as typed")
    at.get_by_label("Scopes", exact=True).fill("Not A Scope")
    at.get_by_role("button", name="Save changes").click()
    expect(at.get_by_role("alert")).to_contain_text("must be words of a-z")
    expect(at.get_by_label("Description")).to_have_value("Kept as typed")
    expect(at.get_by_label("Scopes", exact=True)).to_be_focused()
    is_form_of(at, "With mistakes")
    assert at.url == form
    at.get_by_label("Scopes", exact=True).fill("")
    at.get_by_role("button", name="tokens:read").click()
    at.get_by_role("button", name="audit:read").click()
    at.get_by_role("button", name="users:read").click()
    at.get_by_role("button", name="users:read").click()
    expect(at.get_by_label("Scopes", exact=True)).to_have_value("tokens:read audit:read")
    at.get_by_role("button", name="Save changes").click()
    is_panel_of(at, "With mistakes")
    expect(at.get_by_role("dialog")).to_contain_text("Kept as typed")


def test_a_refusal_of_a_long_form_is_in_sight_and_its_labels_lead_to_its_fields(at):
    made(at, "Far up")
    open_panel(at, "Far up")
    edit(at)
    is_form_of(at, "Far up")
    at.get_by_text("Tags", exact=True).click()
    expect(at.get_by_role("dialog").get_by_label("Tags")).to_be_focused()
    save = at.get_by_role("button", name="Save changes")
    save.scroll_into_view_if_needed()
    at.context.clear_cookies()
    save.click()
    told = at.get_by_role("dialog").get_by_role("alert")
    expect(told).to_contain_text("You have been signed out meanwhile")
    expect(told).to_be_in_viewport()


def test_a_click_beside_a_form_throws_nothing_away(at):
    made(at, "Half typed")
    open_panel(at, "Half typed")
    edit(at)
    is_form_of(at, "Half typed")
    at.get_by_label("Description").fill("Half a")
    at.mouse.click(40, 300)
    is_form_of(at, "Half typed")
    expect(at.get_by_label("Description")).to_have_value("Half a")
    at.keyboard.press("Escape")  # as Cancel
    is_panel_of(at, "Half typed")
    at.mouse.click(40, 300)
    is_list_with(at, "Half typed")


def test_back_from_the_form_leads_to_the_panel_and_to_the_list(at):
    made(at, "There and back")
    panel = open_panel(at, "There and back")
    edit(at)
    is_form_of(at, "There and back")
    at.go_back()
    is_panel_of(at, "There and back")
    expect(at).to_have_url(panel)
    at.go_back()
    is_list_with(at, "There and back")
    at.go_forward()
    is_panel_of(at, "There and back")
    at.go_forward()
    is_form_of(at, "There and back")
