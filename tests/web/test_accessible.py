"""axe-core finds nothing on any page, in either theme, empty or full; and all fits a phone."""

import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from support.browser import page, sign_in
from support.server import ADMIN, PASSWORD, Server
from web.conftest import TOKENS

from keyfob import web

# WCAG 2.2 AA, and what axe-core knows as good practice beside it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHARED = "/settings/manage-tokens/shared"
SHIPPING = "/settings/manage-tokens/data-shipping"
# Sent on to others, a stream, or only for who is not signed in.
ELSEWHERE = {"/live", "/settings/manage-tokens", "/login", "/setup", "/invitation"}
OPENED = [
    f"{TOKENS}?new=1",
    f"{SHARED}?new=1",
    f"{SHIPPING}?product=metrics",
    "/search?q=e",
    "/nowhere",
]


def addresses() -> list[str]:
    plain = [
        route.path
        for route in web.routes
        if "GET" in route.methods
        and "{" not in route.path
        and not route.path.endswith((".csv", "/tags"))
    ]
    return [*dict.fromkeys(path for path in plain if path not in ELSEWHERE), *OPENED]


def violations(at: Page, theme: str = "light") -> list[str]:
    """In the dark only what has to do with colours is asked again: the rest is the same page."""
    options = {"runOnly": RULES} if theme == "light" else {"runOnly": ["color-contrast"]}
    found = Axe().run(at, options=options).response
    assert len(found["passes"]) >= (10 if theme == "light" else 1), "it has looked"
    return [
        f"{at.url}: {each['id']}: {node['target']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.fixture(scope="module")
def full(furnished, tmp_path_factory, browser, signed_in):
    """A server of its own with tokens of every kind and state, made by hand in a browser's name."""
    folder = tmp_path_factory.mktemp("full") / "data"
    shutil.copytree(furnished.folder, folder)
    server = Server(folder).start()
    with page(browser, server.url, complain=False) as at:
        at.context.add_cookies(
            [{"name": "keyfob_session", "value": furnished.session, "url": server.url}]
        )
        fill(at)
        state = at.context.storage_state()
    yield server, state
    server.stop()


def fill(at: Page) -> None:
    post = """async ([address, fields]) => {
      const body = new URLSearchParams({ account: "2000001", ...fields });
      const answer = await fetch(address, { method: "POST", body });
      return [answer.status, await answer.text()];
    }"""
    at.goto("/")

    def make(tab: str, **fields: str) -> str:
        status, text = at.evaluate(post, [tab, fields])
        assert status in {200, 201}, text
        found = re.search(r'data-fresh|id="token-(\d+)"', text)
        return found[1] if found and found[1] else ""

    at.evaluate(post, [f"{SHARED}/filters", {"field": "a", "value": "b", "description": "It"}])
    for tab in (TOKENS, SHARED, SHIPPING):
        for number in range(11):
            make(tab, name=f"Name {number} " + "long " * (number % 3))
        numbers = re.findall(r'id="token-(\d+)"', at.request.get(f"{tab}?limit=100").text())
        at.evaluate(post, [f"{tab}/{numbers[0]}/switch", {"enabled": "no"}])
        at.evaluate(post, [f"{tab}/{numbers[1]}/delete", {}])
        fields = {"do": "tag", "tag": "ci", f"tick-{numbers[2]}": "on"}
        at.evaluate(post, [f"{tab}/many", fields])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_with_nothing_on_it(browser, site, signed_in, theme):
    options = {"color_scheme": theme, "reduced_motion": "reduce", "storage_state": signed_in}
    with page(browser, site.url, **options, complain=False) as at:
        found = []
        for path in addresses():
            at.goto(path)
            found += violations(at, theme)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_lists_with_one_thing_on_them(browser, new_server, theme):
    """A name of a hundred emoji: the longest word that nobody can break."""
    new_server.init().start()
    options = {"color_scheme": theme, "viewport": {"width": 390, "height": 844}}
    options["reduced_motion"] = "reduce"
    with page(browser, new_server.url, **options, complain=False) as at:
        sign_in(at, ADMIN, PASSWORD, to=SHARED)
        found = []
        for tab in (SHARED, TOKENS):
            at.goto(f"{tab}?new=1")
            at.locator("#name").fill("\N{GRINNING FACE}" * 100)
            at.get_by_role("button", name="Add", exact=True).click()
            at.locator(".panel").wait_for()
            found += violations(at, theme)
        for path in (SHARED, TOKENS, SHIPPING, "/", "/settings/manage-users"):
            at.goto(path)
            found += violations(at, theme)
            assert at.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_with_much_on_it_and_what_opens_over_it(browser, full, theme):
    server, state = full
    options = {"color_scheme": theme, "reduced_motion": "reduce", "storage_state": state}
    with page(browser, server.url, **options, complain=False) as at:
        found = []
        for path in [*addresses(), f"{TOKENS}?state=revoked", f"{TOKENS}?limit=10"]:
            at.goto(path)
            found += violations(at, theme)
        for tab in (TOKENS, SHARED, SHIPPING):
            at.goto(tab)
            at.locator("tbody .cell-tick input").first.check()
            found += violations(at, theme)
            at.locator("tbody .cell-tick input").first.uncheck()
            at.locator("a.name").first.click()
            at.locator("dialog[open]").wait_for()
            found += violations(at, theme)
            edit = at.get_by_role("link", name="Edit").get_attribute("href")
            at.goto(edit)
            found += violations(at, theme)
            at.goto(f"{tab}?new=1")
            at.get_by_text("More options").click()
            found += violations(at, theme)
            at.goto(tab)
            at.get_by_title("Delete").first.click()
            at.locator("dialog[open]").wait_for()
            found += violations(at, theme)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_for_who_is_not_signed_in(browser, site, theme):
    with page(browser, site.url, color_scheme=theme, complain=False) as at:
        found = []
        for path in ("/login", "/docs", "/setup?link=spent"):
            at.goto(path)
            found += violations(at, theme)
    assert found == []


@pytest.mark.parametrize("width", [320, 640])  # 640 is what 200 % leaves of 1280
def test_everything_fits_a_narrow_screen(browser, full, width):
    server, state = full
    options = {"viewport": {"width": width, "height": 700}, "storage_state": state}
    with page(browser, server.url, **options) as at:
        for path in [*addresses(), TOKENS, SHARED, SHIPPING]:
            at.goto(path)
            wide = at.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
        at.goto(TOKENS)
        at.locator("a.name").first.click()
        at.locator("dialog[open]").wait_for()
        assert at.evaluate("document.getElementById('dialog').scrollWidth") <= width
