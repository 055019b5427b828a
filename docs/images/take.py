"""
Take pictures of every page: light and dark, wide and on a phone, empty, full and with an error.

All go into `build/screenshots`, to be looked at; those that the docs show are copied beside this.
"""

import asyncio
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ALL = ROOT / "build" / "screenshots"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "examples")]

import demo
from playwright.sync_api import Browser, Page
from support.browser import chromium, page, sign_in
from support.server import Server

from keyfob.config import Config, load

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
THEMES = ("light", "dark")
TOKENS = "/settings/manage-tokens"
USERS = "/settings/manage-users"
ACCOUNTS = "/settings/manage-accounts"
ADMIN, MEMBER = "admin@example.com", "user@example.com"

# What the docs show: the picture's name without its theme and size.
SHOWN = (
    "tokens", "tokens-panel", "tokens-many", "home", "accounts", "users-invited", "audit-trail",
    "palette", "api-docs",
)  # fmt: skip

EMPTY = {
    "home": "/",
    "tokens": f"{TOKENS}/api",
    "shared": f"{TOKENS}/shared",
    "data-shipping": f"{TOKENS}/data-shipping",
    "accounts": ACCOUNTS,
    "users": USERS,
    "audit-trail": "/settings/audit-trail",
}
FULL = {
    "home": "/",
    "settings": "/settings",
    "general": "/settings/account",
    "tokens-list": f"{TOKENS}/api",
    "tokens-adding": f"{TOKENS}/api?new=1",
    "tokens-deleted": f"{TOKENS}/api?state=revoked",
    "tokens-nothing-found": f"{TOKENS}/api?q=nothing",
    "tokens-odd-tag": f"{TOKENS}/api?tag=!",
    "shared": f"{TOKENS}/shared?new=1",
    "data-shipping": f"{TOKENS}/data-shipping",
    "data-shipping-metrics": f"{TOKENS}/data-shipping?product=metrics",
    "accounts": ACCOUNTS,
    "accounts-new": f"{ACCOUNTS}/new",
    "users": USERS,
    "users-new": f"{USERS}?new=1",
    "groups": f"{USERS}/groups",
    "audit-trail": "/settings/audit-trail",
    "profile": "/settings/profile",
    "security": "/settings/security",
    "sessions": "/settings/sessions",
    "search": "/search?q=gra",
    "keys": "/keys",
    "api-docs": "/docs",
    "not-there": "/nowhere",
}


def main() -> None:
    shutil.rmtree(ALL, ignore_errors=True)
    ALL.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for theme in THEMES:
            begin(browser, Path(folder) / f"new-{theme}", theme)
        full(browser, Path(folder) / "demo")
    for name in SHOWN:
        for theme, end in (("light", ""), ("dark", "-dark")):
            shutil.copy(ALL / f"{name}-{theme}-wide.png", HERE / f"{name}{end}.png")
    for theme, end in (("light", ""), ("dark", "-dark")):
        shutil.copy(ALL / f"tokens-list-{theme}-phone.png", HERE / f"tokens-phone{end}.png")


def begin(browser: Browser, folder: Path, theme: str) -> None:
    """The first start, and every page while there is next to nothing."""
    server = Server(folder).start()
    link = re.search(r"http://\S+/setup\?link=\S+", server.log.read_text())
    assert link
    with opened(browser, server, theme, "wide") as at:
        at.goto(link.group())
        shoot(at, "set-up", theme, "wide")
        at.get_by_label("Account name").fill("Workshop o11y")
        at.get_by_label("Your name").fill("Ann Admin")
        at.get_by_label("E-mail address").fill(ADMIN)
        at.get_by_label("Password", exact=True).fill(demo.PASSWORD)
        at.get_by_role("button", name="Set up Keyfob").click()
        at.wait_for_url("**/settings/manage-tokens/api")
        state = at.context.storage_state()
    for size in SIZES:
        with opened(browser, server, theme, size, storage_state=state) as at:
            for name, path in EMPTY.items():
                at.goto(path)
                shoot(at, f"{name}-empty", theme, size)
    server.stop()


def full(browser: Browser, folder: Path) -> None:
    """The installation of `make demo`: as its admin, then as a member."""
    filled(folder)
    server = Server(folder).start()
    with opened(browser, server, "light", "wide") as at:
        at.goto("/login")
        shoot(at, "sign-in", "light", "wide")
        sign_in(at, ADMIN, demo.PASSWORD)
        admin = at.context.storage_state()
    with opened(browser, server, "light", "wide") as at:
        sign_in(at, MEMBER, demo.PASSWORD)
        member = at.context.storage_state()
    for theme in THEMES:
        for size in SIZES:
            with opened(browser, server, theme, size, storage_state=admin) as at:
                for name, path in FULL.items():
                    at.goto(path)
                    shoot(at, name, theme, size)
                act(at, theme, size)
            with opened(browser, server, theme, size, storage_state=member) as at:
                for name, path in (("home", "/"), ("asking", f"{TOKENS}/api")):
                    at.goto(path)
                    shoot(at, f"member-{name}", theme, size)
    server.stop()


def filled(folder: Path) -> None:
    """In a process of its own: the browser's loop runs in this one."""
    config = load(environ={}, options={"data_dir": folder})
    worker = multiprocessing.get_context("spawn").Process(target=fill, args=(config,))
    worker.start()
    worker.join()
    assert worker.exitcode == 0


def fill(config: Config) -> None:
    asyncio.run(demo.fill(config))


def act(at: Page, theme: str, size: str) -> None:
    """What opens when somebody does something; each is undone for the next theme and size."""
    make_and_delete(at, theme, size)
    act_on_many(at, theme, size)
    act_on_people(at, theme, size)


def make_and_delete(at: Page, theme: str, size: str) -> None:
    at.goto(f"{TOKENS}/api")
    at.get_by_role("link", name="New API token").click()
    at.get_by_label("Name of the new API token").fill("Checkout service")
    at.get_by_role("button", name="Add", exact=True).click()
    at.locator(".toast").wait_for()
    shoot(at, "tokens", theme, size)
    at.get_by_role("link", name="New API token").click()
    at.get_by_label("Name of the new API token").fill("Checkout service")
    at.get_by_role("button", name="Add", exact=True).click()
    at.get_by_role("alert").wait_for()
    shoot(at, "tokens-name-taken", theme, size)
    at.get_by_text("More options").click()
    at.get_by_label("Tags", exact=True).fill("ci team:o11y")
    at.get_by_label("Scopes", exact=True).fill("Logs Search")
    at.get_by_label("Addresses it may be used from").fill("10.0.0.0/33")
    at.get_by_role("button", name="Add", exact=True).click()
    at.get_by_text("must be words of").wait_for()
    shoot(at, "tokens-limits", theme, size)
    at.get_by_role("link", name="Cancel").click()
    at.get_by_role("link", name="Delete Checkout service").click()
    at.locator("dialog[open]").wait_for()
    shoot(at, "tokens-deleting", theme, size)
    at.get_by_role("button", name="Delete for good").click()
    at.locator("dialog[open]").wait_for(state="detached")


def act_on_many(at: Page, theme: str, size: str) -> None:
    at.goto(f"{TOKENS}/api")
    at.get_by_label("Tick Slack alerts").check()
    at.get_by_label("Tick Grafana").check()
    shoot(at, "tokens-many", theme, size)
    at.goto(f"{TOKENS}/api")
    at.get_by_role("link", name="Grafana", exact=True).click()
    at.locator("dialog[open]").wait_for()
    shoot(at, "tokens-panel", theme, size)
    edit = at.get_by_role("dialog").get_by_role("link", name="Edit").get_attribute("href")
    at.goto(edit or "/")
    shoot(at, "tokens-editing", theme, size)
    at.goto(f"{TOKENS}/api")
    at.locator("[data-palette]").click()
    at.get_by_label("Find a page").fill("pa")
    at.locator(".hits").get_by_text("Payments").first.wait_for()
    shoot(at, "palette", theme, size)


def act_on_people(at: Page, theme: str, size: str) -> None:
    at.goto(f"{USERS}?new=1")
    at.get_by_label("E-mail address").fill(f"dora-{theme}-{size}@example.com")
    at.get_by_label("Name", exact=True).fill("Dora Diaz")
    at.get_by_role("button", name="Invite").click()
    at.get_by_role("heading", name="An invitation for").wait_for()
    shoot(at, "users-invited", theme, size)
    at.goto(USERS)
    at.get_by_title("Remove").last.click()
    at.locator("dialog[open]").wait_for()
    shoot(at, "users-removing", theme, size)
    at.get_by_role("dialog").get_by_role("button", name="Remove").click()
    at.locator("dialog[open]").wait_for(state="detached")


def opened(
    browser: Browser, server: Server, theme: str, size: str, **more: Any
) -> AbstractContextManager[Page]:
    options: dict[str, Any] = {
        "color_scheme": theme,
        "reduced_motion": "reduce",
        "viewport": SIZES[size],
    }
    return page(browser, server.url, complain=False, **options, **more)


def shoot(at: Page, name: str, theme: str, size: str) -> None:
    at.evaluate("document.activeElement?.matches('input') || document.activeElement?.blur()")
    at.mouse.move(0, 0)
    at.wait_for_timeout(150)
    at.screenshot(path=ALL / f"{name}-{theme}-{size}.png")


if __name__ == "__main__":
    os.chdir(HERE)
    main()
