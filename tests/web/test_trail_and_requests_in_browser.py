"""The audit trail and requests for tokens, where only a browser can tell."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browser import page, sign_in
from web.conftest import ANN, BOB, PASSWORD, TOKENS
from web.test_in_browser import add, close_panel

TRAIL = "/settings/audit-trail"


@pytest.fixture(scope="module")
def ann(signed_in):
    return signed_in


@pytest.fixture(scope="module")
def bob(browser, site):
    with page(browser, site.url) as opened:
        sign_in(opened, BOB, PASSWORD)
        return opened.context.storage_state()


def ask(at: Page, name: str) -> None:
    at.goto("/")
    at.get_by_label("I need a token for").fill(name)
    at.get_by_label("because").fill("it is needed")
    at.get_by_role("button", name="Ask an admin").click()
    expect(at.get_by_role("button", name=f"Withdraw {name}")).to_be_visible()


def test_filters_work_in_place_and_the_back_button_undoes_them(browser, site, ann):
    with page(browser, site.url, storage_state=ann) as at:
        at.goto(TRAIL)
        what = at.get_by_label("What")
        what.focus()
        what.select_option("user.created")
        expect(at.get_by_role("row").filter(has_text="Created user")).to_have_count(2)
        expect(at.get_by_role("row").filter(has_text="Login")).to_have_count(0)
        assert at.url.endswith(f"{TRAIL}?action=user.created")
        expect(what).to_be_focused()
        export = at.get_by_role("link", name="Export CSV")
        expect(export).to_have_attribute("href", f"{TRAIL}.csv?action=user.created")
        at.go_back()
        expect(at.get_by_role("row").filter(has_text="Login").first).to_be_visible()
        expect(at.get_by_label("What")).to_have_value("")


def test_a_tokens_history_is_a_name_away(browser, site, ann):
    with page(browser, site.url, storage_state=ann) as at:
        at.goto(f"{TOKENS}?new=1")
        at.get_by_label("Name of the new API token").fill("Of the night shift")
        at.keyboard.press("Enter")
        expect(at.get_by_text("Of the night shift is ready to use")).to_be_visible()
        at.goto(TRAIL)
        at.get_by_label("Token").fill("night shift")
        at.keyboard.press("Enter")
        expect(at.get_by_text("Only Of the night shift")).to_be_visible()
        expect(at.get_by_role("row").filter(has_text="Login")).to_have_count(0)
        at.get_by_label("What").select_option("token.updated")
        expect(at.get_by_text("Nothing like that has happened")).to_be_visible()
        assert "subject=token" in at.url
        at.get_by_label("Token").fill("")
        at.keyboard.press("Enter")
        at.wait_for_url("**/audit-trail?action=token.updated")
        at.get_by_label("Token").fill("never made")
        at.keyboard.press("Enter")
        expect(at.get_by_role("alert")).to_contain_text("No token of this account is called that.")


def test_one_things_history_can_be_picked_and_left_again(browser, site, ann):
    with page(browser, site.url, storage_state=ann) as at:
        at.goto(TRAIL)
        at.get_by_role("link", name=BOB).first.click()
        expect(at.get_by_text(f"Only {BOB}")).to_be_visible()
        at.get_by_label("What").select_option("user.added")
        at.wait_for_url("**user.added**")
        expect(at.get_by_text(f"Only {BOB}")).to_be_visible()
        at.get_by_role("link", name="Show other things too").click()
        expect(at.get_by_text(f"Only {BOB}")).to_have_count(0)
        expect(at.get_by_label("What")).to_have_value("user.added")
        at.get_by_role("link", name="Clear the filters").click()
        expect(at.get_by_label("What")).to_have_value("")


def test_from_and_to_are_there_when_they_are_wanted(browser, site, ann):
    with page(browser, site.url, storage_state=ann) as at:
        at.goto(TRAIL)
        expect(at.get_by_label("From (UTC)")).to_be_hidden()
        at.get_by_label("When", exact=True).select_option("custom")
        at.get_by_label("From (UTC)").fill("2000-01-01T00:00")
        at.get_by_label("To (UTC)").fill("2000-01-02T00:00")
        at.get_by_label("To (UTC)").blur()
        expect(at.get_by_text("Nothing like that has happened")).to_be_visible()
        at.reload()
        expect(at.get_by_label("From (UTC)")).to_have_value("2000-01-01T00:00")
        at.get_by_label("To (UTC)").fill("1999-01-02T00:00")
        at.get_by_label("To (UTC)").blur()
        expect(at.get_by_role("alert")).to_contain_text("To must not be before From.")


def test_details_open_by_keyboard(browser, site, ann):
    with page(browser, site.url, storage_state=ann) as at:
        at.goto(TRAIL)
        details = at.get_by_text("Details").first
        details.focus()
        at.keyboard.press("Enter")
        expect(at.get_by_text("Request id").first).to_be_visible()


def test_news_leaves_the_focus_where_it_was(two):
    mine, theirs = two
    theirs.goto(TOKENS)
    mine.goto(TRAIL)
    row_id = mine.locator("tbody tr:has(.trail-who a)").first.get_attribute("id")
    details = mine.locator(f"#{row_id} summary")
    details.focus()
    add(theirs, "In the news")
    expect(mine.get_by_text("In the news").first).to_be_visible()
    expect(details).to_be_focused()
    mine.keyboard.press("Enter")
    expect(mine.locator(f"#{row_id}").get_by_text("Request id")).to_be_visible()
    mine.keyboard.press("Enter")  # what is open is not drawn anew
    mine.locator(f"#{row_id} .trail-who a").focus()
    close_panel(theirs)
    add(theirs, "More of it")
    expect(mine.get_by_text("More of it").first).to_be_visible()
    expect(details).to_be_focused()


def test_the_export_is_a_file(browser, site, ann):
    with page(browser, site.url, storage_state=ann) as at:
        at.goto(f"{TRAIL}?action=user.created")
        with at.expect_download() as download:
            at.get_by_role("link", name="Export CSV").click()
        assert download.value.suggested_filename.startswith("audit-trail-workshop-o11y-")
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert [row["title"] for row in csv.DictReader(text.splitlines())] == ["Created user"] * 2


def test_from_the_dead_end_to_the_token(browser, site, ann, bob):
    with (
        page(browser, site.url, storage_state=bob) as his,
        page(browser, site.url, storage_state=ann) as hers,
        page(browser, site.url, storage_state=ann) as late,
    ):
        his.goto(TOKENS)
        expect(his.get_by_text("You need admin rights in this account")).to_be_visible()
        ask(his, "Morning report")
        late.route(  # this one hears nothing
            "**/live?since=*", lambda route: route.fulfill(status=204)
        )
        late.goto("/")
        late.get_by_role("link", name="Decline Morning report").click()
        late.get_by_label("A word for bob").fill("No")
        hers.goto("/")
        hers.get_by_role("link", name="Approve Morning report").click()
        dialog = hers.get_by_role("dialog")
        expect(dialog).to_contain_text("it is needed")
        hers.get_by_label("Name of the token").fill("Report of the morning")
        hers.get_by_label("Scopes").fill("logs:search")
        hers.keyboard.press("Enter")
        expect(hers.get_by_role("status")).to_contain_text("Approved")
        expect(dialog).to_be_hidden()
        late.get_by_role("button", name="Decline").click()
        expect(late.get_by_text(f"was approved already by {ANN}")).to_be_visible()
        his.reload()
        his.get_by_role("button", name="Show my token for Morning report").click()
        expect(his.get_by_role("heading", name="is ready to use")).to_be_visible()
        copy = his.get_by_role("button", name="Copy", exact=True)
        expect(copy).to_be_focused()
        his.keyboard.press("Enter")
        copied = his.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("export LOGZ_IO_API_TOKEN=kf_api_")
        his.reload()
        expect(his.get_by_role("listitem").filter(has_text="Morning report")).to_contain_text(
            "Collected"
        )
        assert copied.partition("=")[2] not in his.content()


def test_a_refused_name_keeps_the_question_open_as_a_page(browser, site, ann, bob):
    with (
        page(browser, site.url, storage_state=bob) as his,
        page(browser, site.url, storage_state=ann) as hers,
    ):
        ask(his, "Twice")
        ask(his, "Twice too")
        hers.goto("/")
        hers.get_by_role("link", name="Approve Twice for").click()
        hers.get_by_label("Scopes").fill("logs:search")
        hers.get_by_role("button", name="Make the token").click()
        expect(hers.get_by_role("status")).to_contain_text("Approved")
        hers.get_by_role("link", name="Approve Twice too").click()
        hers.get_by_label("Name of the token").fill("TWICE")
        hers.get_by_label("Scopes").fill("logs:search")
        hers.get_by_role("button", name="Make the token").click()
        expect(hers.get_by_role("alert")).to_contain_text('has a token named "Twice" already')
        expect(hers.get_by_label("Name of the token")).to_have_value("TWICE")
        hers.get_by_label("Name of the token").fill("Thrice")
        hers.get_by_label("Scopes").fill("logs:search")
        hers.get_by_role("button", name="Make the token").click()
        expect(hers.get_by_role("link", name="Approve")).to_have_count(0)


def test_without_scripts_all_of_it_works(browser, site, ann, bob):
    with (
        page(browser, site.url, storage_state=bob, java_script_enabled=False) as his,
        page(browser, site.url, storage_state=ann, java_script_enabled=False) as hers,
    ):
        ask(his, "No script")
        hers.goto("/")
        hers.get_by_role("link", name="Approve No script").click()
        hers.get_by_label("Scopes").fill("logs:search")
        hers.get_by_role("button", name="Make the token").click()
        expect(hers.get_by_text("Approved: the token waits")).to_be_visible()
        his.goto("/")
        his.get_by_role("button", name="Show my token for No script").click()
        expect(his.get_by_text("export LOGZ_IO_API_TOKEN=kf_api_")).to_be_visible()
        hers.goto(TRAIL)
        hers.get_by_label("What").select_option("request.collected")
        hers.get_by_role("button", name="Filter").click()
        expect(hers.get_by_role("row").filter(has_text="No script")).to_have_count(1)
        assert hers.url.endswith(f"{TRAIL}?action=request.collected")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_and_breaks_no_policy(browser, site, ann, bob, theme, width):
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": theme}
    for cookies, paths in (
        (ann, ("/", TRAIL, f"{TRAIL}?range=custom", f"{TRAIL}?from=x", f"{TRAIL}?subject=x")),
        (bob, ("/", TOKENS)),
    ):
        with page(browser, site.url, storage_state=cookies, **options) as at:
            for path in paths:
                at.goto(path)
                wide = at.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (path, wide)
