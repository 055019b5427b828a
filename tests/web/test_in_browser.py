"""What only a browser can tell: keys, focus, dialogs, the clipboard, and that nothing runs."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Page, expect
from support.browser import page, sign_in
from web.conftest import ANN, BOB, PASSWORD, TOKENS

HOSTILE = (
    "<script>document.title='broken'</script>",
    '"><img src=x onerror="document.title=\'broken\'">',
    "' autofocus onfocus='document.title=1",
    "</title><svg onload=alert(1)>",
)


@pytest.fixture
def at(browser, site, signed_in) -> Generator[Page]:
    """The token page, signed in as the admin of the main account."""
    with page(browser, site.url, storage_state=signed_in) as opened:
        opened.goto(TOKENS)
        yield opened


def add(at: Page, name: str) -> None:
    at.get_by_role("link", name="New API token").click()
    at.get_by_label("Name of the new API token").fill(name)
    at.keyboard.press("Enter")
    expect(at.get_by_role("heading", name="is ready to use")).to_contain_text(name)


def close_panel(at: Page) -> None:
    """Return when the page has settled: what is typed before that is lost with the old part."""
    at.get_by_role("link", name="Close").click()
    expect(at.get_by_role("heading", name="is ready to use")).to_have_count(0)


def row(at: Page, name: str):
    return at.get_by_role("row").filter(has=at.get_by_text(name, exact=True))


def test_enter_adds_and_escape_cancels(at):
    at.get_by_role("link", name="New API token").click()
    field = at.get_by_label("Name of the new API token")
    expect(field).to_be_focused()
    expect(at.get_by_text("New API token").first).to_have_attribute("aria-disabled", "true")
    at.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(at.get_by_role("link", name="New API token")).to_be_focused()
    assert at.url.endswith(TOKENS)
    at.keyboard.press("Enter")
    expect(field).to_be_focused()
    at.keyboard.type("By keyboard")
    expect(field).to_have_value("By keyboard")
    at.keyboard.press("Enter")
    expect(at.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    expect(at.get_by_role("status")).to_contain_text("API token created")
    at.get_by_role("status").get_by_role("button", name="Close").click()
    expect(at.get_by_role("status")).not_to_contain_text("API token created")


def test_cancelling_takes_the_new_row_out_of_the_address(at):
    at.goto(f"{TOKENS}?new=1&limit=10")
    at.get_by_role("link", name="Cancel").click()
    at.wait_for_url(f"**{TOKENS}?limit=10")
    at.reload()
    expect(at.get_by_label("Name of the new API token")).to_have_count(0)


def test_a_page_left_open_leads_to_the_account_of_now_and_keeps_what_was_typed(at):
    old = at.context.new_page()
    old.goto(f"{TOKENS}?new=1")
    at.get_by_label("Account: Workshop o11y").click()
    at.get_by_role("button", name="Team Blue").click()
    expect(at.get_by_label("Account: Team Blue")).to_be_visible()
    old.get_by_label("Name of the new API token").fill("Typed in the old tab")
    old.keyboard.press("Enter")
    expect(old.get_by_text("You work in Team Blue now")).to_be_visible()
    old.get_by_role("link", name="Load this page for Team Blue").click()
    expect(old.get_by_label("Account: Team Blue")).to_be_visible()
    expect(old.get_by_label("Name of the new API token")).to_have_value("Typed in the old tab")
    old.get_by_label("Account: Team Blue").click()
    old.get_by_role("button", name="Workshop o11y").click()
    expect(old.get_by_label("Account: Workshop o11y")).to_be_visible()


def test_a_taken_name_stays_where_it_was_typed(at):
    add(at, "Taken")
    at.get_by_role("link", name="New API token").click()
    at.get_by_label("Name of the new API token").fill("TAKEN")
    at.get_by_role("button", name="Add", exact=True).click()
    expect(at.get_by_role("alert")).to_contain_text('has a token named "Taken" already')
    expect(at.get_by_label("Name of the new API token")).to_have_value("TAKEN")
    expect(at.get_by_label("Name of the new API token")).to_be_focused()
    at.get_by_role("link", name="Cancel").click()
    expect(at.get_by_role("alert")).to_have_count(0)


def test_deleting_asks_in_a_dialog(at):
    add(at, "Short lived")
    at.get_by_role("link", name="Delete Short lived").click()
    dialog = at.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete Short lived?")
    expect(dialog).to_contain_text("refused from the next one on")
    expect(dialog.get_by_role("link", name="Keep it")).to_be_focused()
    at.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    at.get_by_role("link", name="Delete Short lived").click()
    dialog.get_by_role("link", name="Keep it").click()
    expect(dialog).to_be_hidden()
    at.get_by_role("link", name="Delete Short lived").click()
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog).to_be_hidden()
    expect(at.get_by_role("status")).to_contain_text("API token deleted")
    expect(row(at, "Short lived")).to_have_count(0)


def test_a_shown_value_is_hidden_again_after_half_a_minute(at):
    add(at, "Shy")
    close_panel(at)
    at.clock.install()
    at.get_by_role("button", name="Show the value of Shy").click()
    value = at.locator("code.value")
    expect(value).to_contain_text("kf_api_")
    assert len(value.text_content()) == 72
    at.clock.fast_forward(1_000)  # what was swapped in settles, and its half minute begins
    at.clock.fast_forward(20_000)  # the rest of the half minute is for a slow machine
    expect(value).to_be_visible()
    at.clock.fast_forward(10_000)
    expect(value).to_have_count(0)
    assert "kf_api_" in row(at, "Shy").inner_text()


def test_lines_that_are_shown_again_go_after_half_a_minute(at):
    add(at, "Fleeting")
    close_panel(at)
    at.clock.install()
    row(at, "Fleeting").get_by_role("link", name="Fleeting", exact=True).click()
    at.get_by_role("button", name="Copy-ready lines").click()
    expect(at.locator("#line-1")).to_contain_text("kf_api_")
    at.clock.fast_forward(20_000)
    expect(at.locator("#line-1")).to_be_visible()
    at.clock.fast_forward(12_000)
    expect(at.locator("#line-1")).to_have_count(0)


def test_copying_needs_one_click_and_shows_nothing(at):
    add(at, "Quiet")
    line = at.locator("#line-1").text_content()
    close_panel(at)
    at.get_by_role("button", name="Copy the value of Quiet").click()
    expect(at.get_by_role("status")).to_contain_text("Copied")
    copied = at.evaluate("navigator.clipboard.readText()")
    assert line.endswith(f"={copied}")
    assert copied not in at.content()


def test_searching_as_you_type(at):
    add(at, "Needle")
    close_panel(at)
    at.get_by_label("Search the API tokens").press_sequentially("need")
    expect(at.locator("tbody tr")).to_have_count(1)
    expect(at.get_by_label("Search the API tokens")).to_be_focused()
    at.wait_for_url("**?q=need")
    at.get_by_label("Search the API tokens").fill("no such thing")
    expect(at.get_by_text("No API token matches")).to_be_visible()


def test_a_pasted_token_is_searched_for_by_its_hint_and_never_sent(at):
    add(at, "Haystack")
    value = at.locator("#line-1").text_content().rpartition("=")[2]
    close_panel(at)
    asked = []
    at.on("request", lambda request: asked.append(f"{request.url} {request.post_data}"))
    at.get_by_label("Search the API tokens").fill(f"export LOGZ_IO_API_TOKEN={value}")
    expect(at.get_by_label("Search the API tokens")).to_have_value(value[:-49])
    expect(at.locator("tbody tr")).to_have_count(1)
    at.wait_for_url(f"**?q={value[:-49]}")
    at.get_by_label("Rows per page").select_option("10")
    at.wait_for_url("**&limit=10")
    with at.expect_response(f"**q={value[:-49]}**"):
        at.get_by_label("Search the API tokens").press("Enter")
    assert asked
    assert not any(value[-49:-6] in each for each in asked)


def test_a_token_pasted_into_the_palette_is_never_sent(at):
    add(at, "Found in the palette")
    value = at.locator("#line-1").text_content().rpartition("=")[2]
    close_panel(at)
    asked = []
    at.on("request", lambda request: asked.append(request.url))
    at.keyboard.press("Control+k")
    at.get_by_label("Find a page, an account, a person or a token").fill(value)
    expect(at.locator(".hits")).to_contain_text("Found in the palette")
    assert asked
    assert not any(value[-49:-6] in each for each in asked)


def test_the_second_page_and_the_way_back(at):
    for number in range(11):
        add(at, f"Many {number:02}")
    at.goto(f"{TOKENS}?q=many&limit=10")
    expect(at.get_by_text("1-10 of 11")).to_be_visible()
    at.set_viewport_size({"width": 1280, "height": 400})
    at.get_by_role("link", name="Next page").click()
    expect(at.get_by_text("11-11 of 11")).to_be_visible()
    expect(row(at, "Many 00")).to_be_visible()
    at.wait_for_function("window.scrollY === 0")
    at.go_back()
    expect(at.get_by_text("1-10 of 11")).to_be_visible()
    at.get_by_label("Rows per page").select_option("25")
    expect(at.get_by_text("1-11 of 11")).to_be_visible()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_runs_nothing(at, name):
    at.on("dialog", lambda dialog: pytest.fail(dialog.message))
    add(at, name)
    at.goto(TOKENS)
    row(at, name).get_by_title("Rename").click()
    expect(at.locator(".rename input")).to_have_value(name)
    expect(at.locator(".rename input")).to_be_focused()
    at.keyboard.press("Escape")
    row(at, name).get_by_title("Delete").click()
    expect(at.get_by_role("dialog")).to_contain_text(name)
    at.get_by_role("button", name="Delete for good").click()
    expect(row(at, name)).to_have_count(0)
    assert at.title().startswith("API tokens")


def test_switching_the_account_with_the_mouse(at):
    at.get_by_label("Account: Workshop o11y").click()
    at.get_by_role("button", name="Team Blue").click()
    expect(at.get_by_label("Account: Team Blue")).to_contain_text("Sub account")
    expect(at.get_by_role("heading", name="Manage tokens")).to_be_visible()
    at.get_by_label("Account: Team Blue").click()
    at.get_by_role("button", name="Workshop o11y").click()
    expect(at.get_by_label("Account: Workshop o11y")).to_contain_text("Main account")


def test_a_member_who_is_no_admin_is_told_whom_to_ask(browser, site):
    with page(browser, site.url) as at:
        sign_in(at, BOB, PASSWORD)
        at.get_by_role("link", name="Settings").click()
        at.get_by_role("link", name="Manage tokens").click()
        expect(at.get_by_text("You need admin rights in this account")).to_be_visible()
        expect(at.get_by_role("link", name=ANN)).to_have_attribute(
            "href", f"mailto:{ANN.replace('@', '%40')}"
        )


def test_the_password_can_be_looked_at(browser, site):
    with page(browser, site.url) as at:
        at.goto("/login")
        field = at.get_by_label("Password", exact=True)
        field.fill("so I typed this")
        at.get_by_role("button", name="Show the password").click()
        expect(field).to_have_attribute("type", "text")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_and_breaks_no_policy(browser, site, signed_in, theme, width):
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": theme}
    with page(browser, site.url, storage_state=signed_in, **options) as at:
        for path in ("/", "/settings", f"{TOKENS}?new=1", TOKENS, "/docs", "/nowhere"):
            at.goto(path)
            wide = at.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, wide)
