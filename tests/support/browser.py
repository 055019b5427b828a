"""A real Chromium, and what a person does with it."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.server import PATIENCE

# The engine without the windows around it, Playwright's own choice: tests take half the time.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
expect.set_options(timeout=PATIENCE * 1000)
# The browser says it to the console, and asks no page of ours to.
HARMLESS = "Failed to load resource: the server responded with a status of 4"


@contextmanager
def chromium() -> Generator[Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def page(browser: Browser, url: str, *, complain: bool = True, **options: Any) -> Generator[Page]:
    """
    A page in a fresh profile. Fails when a script breaks or the policy was violated.

    Playwright's own screenshots put a style into the page, which the policy refuses: whoever
    takes them does not `complain`.
    """
    context = browser.new_context(base_url=url, **options)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(PATIENCE * 1000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    yield opened
    context.close()
    assert not complain or [each for each in complaints if not each.startswith(HARMLESS)] == []


def sign_in(page: Page, email: str, password: str, *, to: str = "/") -> None:
    page.goto(to)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
