"""Manage accounts and General in a browser: dialogs, focus, the header, two admins, no scripts."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Page, expect
from support.browser import page

HERE = "/settings/manage-accounts"
BLUE = 2000002


@pytest.fixture
def at(browser, site, signed_in) -> Generator[Page]:
    with page(browser, site.url, storage_state=signed_in) as opened:
        opened.goto(HERE)
        yield opened


def make(at: Page, name: str) -> str:
    """Return the id of the new account."""
    at.get_by_role("link", name="New sub account").first.click()
    expect(at.get_by_label("Account name")).to_be_focused()
    at.keyboard.insert_text(name)
    at.keyboard.press("Enter")
    expect(at.get_by_role("heading", name="is ready")).to_contain_text(name)
    return at.url.rpartition("=")[2]


def row(at: Page, number: str):
    return at.locator(f"#account-{number}")


def test_a_new_account_is_in_the_switcher_without_a_reload(at):
    at.evaluate("window.same = true")
    number = make(at, "By keyboard")
    assert at.evaluate("window.same")
    expect(at.get_by_role("status")).to_contain_text("Account created")
    at.get_by_label("Account: Workshop o11y").click()
    expect(at.locator("#seats")).to_contain_text("By keyboard")
    at.keyboard.press("Escape")
    at.get_by_role("button", name="Work in By keyboard").first.click()
    expect(at.get_by_label("Account: By keyboard")).to_contain_text("Sub account")
    at.goto(HERE)
    at.get_by_role("button", name="Work in Workshop o11y").click()
    expect(row(at, number)).to_be_visible()


def test_an_error_comes_to_its_field_and_the_back_button_works(at):
    at.get_by_role("link", name="New sub account").first.click()
    at.get_by_label("Account name").fill("Too large")
    at.get_by_label("Daily volume").fill("1000")
    at.get_by_role("button", name="Create").click()
    expect(at.get_by_role("alert")).to_contain_text("the plan has 100")
    expect(at.get_by_label("Daily volume")).to_be_focused()
    expect(at.get_by_label("Account name")).to_have_value("Too large")
    assert at.url.endswith(f"{HERE}/new")
    at.go_back()
    expect(at.get_by_role("heading", name="Log accounts")).to_be_visible()
    assert at.url.endswith(HERE)


def test_removing_asks_in_a_dialog_and_wants_the_name(at):
    number = make(at, "Short lived")
    row(at, number).get_by_role("link", name="Remove Short lived").click()
    dialog = at.get_by_role("dialog")
    expect(dialog).to_contain_text("Remove Short lived?")
    expect(dialog.get_by_role("link", name="Keep it")).to_be_focused()
    at.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    row(at, number).get_by_role("link", name="Remove Short lived").click()
    confirm = dialog.get_by_label("Type the account's name to confirm")
    confirm.fill("short lived")
    at.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("nothing was removed")
    expect(confirm).to_be_focused()
    expect(confirm).to_have_value("short lived")
    confirm.fill("Short lived")
    dialog.get_by_role("button", name="Remove for good").click()
    expect(dialog).to_be_hidden()
    expect(at.get_by_role("status")).to_contain_text("Account removed")
    expect(row(at, number)).to_have_count(0)
    assert at.url.endswith(HERE)
    at.get_by_label("Account: Workshop o11y").click()
    expect(at.locator("#seats")).not_to_contain_text("Short lived")


def test_another_admins_account_appears_by_itself(at):
    other = at.context.new_page()
    other.goto(HERE)
    at.bring_to_front()
    number = make(other, "From the other page")
    at.bring_to_front()
    expect(row(at, number)).to_be_visible()
    expect(at.locator(".plan-bar")).to_be_visible()


def test_searching_as_you_type(at):
    for number in range(9):
        make(at, f"Many-{number}")
    at.get_by_label("Search the accounts").press_sequentially("many-3")
    expect(at.locator("#rows tr[id]")).to_have_count(1)
    expect(at.get_by_label("Search the accounts")).to_be_focused()
    at.wait_for_url("**?q=many-3")
    at.get_by_label("Search the accounts").fill("no such account")
    expect(at.get_by_text("No log account matches")).to_be_visible()


def test_the_default_token_is_copied_unseen_and_hidden_again(at):
    at.goto("/settings/account")
    at.get_by_role("button", name="Copy the token").click()
    expect(at.get_by_role("status")).to_contain_text("Copied")
    copied = at.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("kf_ship_")
    assert copied not in at.content()
    at.get_by_role("button", name="Copy the account ID").click()
    expect(at.get_by_role("status")).to_contain_text("Copied")
    assert at.evaluate("navigator.clipboard.readText()") == "2000001"
    at.clock.install()
    at.get_by_role("button", name="Show the token").click()
    expect(at.locator("code.value")).to_have_text(copied)
    at.clock.fast_forward(31_000)
    expect(at.get_by_role("button", name="Show the token")).to_be_visible()
    assert copied not in at.content()


def test_all_of_it_goes_without_scripts(browser, site, signed_in):
    options = {"storage_state": signed_in, "java_script_enabled": False}
    with page(browser, site.url, **options) as at:
        at.goto(HERE)
        at.get_by_role("link", name="New sub account").first.click()
        at.get_by_label("Account name").fill("Without scripts")
        at.get_by_role("button", name="Create").click()
        expect(at.get_by_role("heading", name="Without scripts is ready")).to_be_visible()
        at.get_by_role("link", name="Edit Without scripts").click()
        at.get_by_label("Save log size").check()
        at.get_by_role("button", name="Save changes").click()
        at.get_by_role("link", name="Remove Without scripts").click()
        at.get_by_label("Type the account's name to confirm").fill("Without scripts")
        at.get_by_role("button", name="Remove for good").click()
        expect(at.get_by_text("Account removed")).to_be_visible()
        at.goto("/settings/account")
        at.get_by_role("button", name="Show the token").click()
        expect(at.locator("code.value")).to_contain_text("kf_ship_")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_and_breaks_no_policy(browser, site, signed_in, theme, width):
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": theme}
    with page(browser, site.url, storage_state=signed_in, **options) as at:
        at.goto(HERE)
        long = make(at, f"{theme}-{width}_".ljust(100, "W"))
        for path in (
            HERE, f"{HERE}/new", f"{HERE}/{BLUE}/edit", f"{HERE}/{long}/edit",
            f"{HERE}/{long}/delete", f"{HERE}/metrics/new", f"{HERE}?made={long}",
            "/settings/account",
        ):  # fmt: skip
            at.goto(path)
            assert at.evaluate("document.documentElement.scrollWidth") <= width, path
