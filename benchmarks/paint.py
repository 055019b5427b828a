"""The token page in a browser that has never seen it: when there is something to see."""

import shutil
import statistics
from collections.abc import Generator
from contextlib import contextmanager

from measure import Figure, each_round
from playwright.sync_api import Browser, sync_playwright

# The engine without the windows around it, as Playwright itself has it; else what is there.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
TIMES = 5  # fresh profiles in each round
PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
  const [first] = list.getEntriesByName("first-contentful-paint");
  if (first) tell(first.startTime);
}).observe({type: "paint", buffered: true}))"""


def figure(page: str, session_id: str, reference: str) -> Figure:
    """Nothing is kept from one time to the next: no connection, no style sheet, no script."""
    with chromium() as browser:

        def ours() -> float:
            return median(browser, page, sign="Manage tokens", session_id=session_id)

        def theirs() -> float:
            return median(browser, reference, sign="hello")

        values, others = each_round(ours, theirs)
    return Figure("first paint of the token page", "ms", values, "≤ 300", "bare hello", others)


def median(browser: Browser, page: str, *, sign: str, session_id: str = "") -> float:
    return statistics.median(first_paint(browser, page, sign, session_id) for _ in range(TIMES))


def first_paint(browser: Browser, page: str, sign: str, session_id: str) -> float:
    """In milliseconds since somebody wanted to go there."""
    context = browser.new_context(reduced_motion="reduce")
    if session_id:
        context.add_cookies([{"name": "keyfob_session", "value": session_id, "url": page}])
    opened = context.new_page()
    opened.goto(page)
    at = opened.evaluate(PAINTED)
    assert sign in opened.inner_text("body")
    context.close()
    return at


@contextmanager
def chromium() -> Generator[Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
