"""Another site that opens a window of ours has no hold on it, then or later."""

from playwright.sync_api import Page, Route, expect
from support.browser import page

OTHERS = "http://elsewhere.example/"
OPENER = "<h1>Elsewhere</h1><button onclick=\"window.theirs = window.open('{url}')\">Open</button>"
IS_CUT_OFF = "window.theirs.closed"  # so it looks from there, though the window is still open


def opened_from_elsewhere(at: Page, url: str) -> Page:
    def answer(route: Route) -> None:
        route.fulfill(body=OPENER.format(url=url), content_type="text/html")

    at.context.route(f"{OTHERS}**", answer)
    at.goto(OTHERS)
    with at.expect_popup() as opened:
        at.get_by_role("button", name="Open").click()
    return opened.value


def test_a_window_that_another_site_opens_is_cut_off_from_it_for_good(browser, site):
    with page(browser, site.url) as at:
        ours = opened_from_elsewhere(at, f"{site.url}/login")
        expect(ours.get_by_role("button", name="Sign in")).to_be_visible()
        at.wait_for_function(IS_CUT_OFF)
        assert ours.evaluate("window.opener") is None
        ours.evaluate("location.href = '/docs'")
        ours.wait_for_url("**/docs")
        assert at.evaluate(IS_CUT_OFF)
        assert ours.evaluate("window.opener") is None


def test_such_a_window_would_be_held_without_the_policy(browser, site):
    """That what the other test sees is there to be seen."""
    with page(browser, site.url) as at:
        ours = opened_from_elsewhere(at, f"{OTHERS}other")
        expect(ours.get_by_role("heading", name="Elsewhere")).to_be_visible()
        assert not at.evaluate(IS_CUT_OFF)
        assert ours.evaluate("window.opener !== null")
