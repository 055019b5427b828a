"""Take the pictures of the docs anew, from a real server with made-up people and tokens."""

import os
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from playwright.sync_api import Browser, Page
from support.browser import chromium, page, sign_in
from support.server import ADMIN, PASSWORD, Server

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
ADDRESS = "/settings/manage-tokens/api"
NAMES = ("Grafana alerts", "Nightly export", "CI: deployment markers", "On-call bot")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data").init().start()
        try:
            with chromium() as browser:
                furnish(server)
                for theme in ("light", "dark"):
                    begin(browser, Server(Path(folder) / f"new-{theme}").start(), theme)
                    take(browser, server, theme)
        finally:
            server.stop()


def furnish(server: Server) -> None:
    """Some tokens as an account has them: one in use, one disabled, one that will expire."""
    later = int((datetime.now(UTC) + timedelta(days=30)).timestamp())
    with server.client() as client:
        for name in NAMES:
            client.post("/v1/api-tokens", json={"name": name}).raise_for_status()
        made = client.get("/v1/api-tokens").json()["items"]
        client.patch(f"/v1/api-tokens/{made[0]['id']}", json={"expiresAt": later})
        client.patch(f"/v1/api-tokens/{made[2]['id']}", json={"enabled": False})


def begin(browser: Browser, server: Server, theme: str) -> None:
    """The first start, and the page of tokens before there is one."""
    end = "" if theme == "light" else f"-{theme}"
    link = re.search(r"http://\S+/setup\?link=\S+", server.log.read_text())
    assert link
    options = {"color_scheme": theme, "reduced_motion": "reduce", "viewport": WIDE}
    with page(browser, server.url, **options, complain=False) as at:
        at.goto(link.group())
        shoot(at, f"set-up{end}")
        at.get_by_label("Account name").fill("Workshop o11y")
        at.get_by_label("Your name").fill("Ann Admin")
        at.get_by_label("E-mail address").fill(ADMIN)
        at.get_by_label("Password", exact=True).fill(PASSWORD)
        at.get_by_role("button", name="Set up Keyfob").click()
        at.goto(ADDRESS)
        shoot(at, f"tokens-empty{end}")
    server.stop()


def take(browser: Browser, server: Server, theme: str) -> None:
    end = "" if theme == "light" else f"-{theme}"
    options = {"color_scheme": theme, "reduced_motion": "reduce"}
    with page(browser, server.url, viewport=WIDE, **options, complain=False) as at:
        at.goto("/login")
        shoot(at, f"sign-in{end}")
        sign_in(at, ADMIN, PASSWORD, to=ADDRESS)
        shoot(at, f"tokens-list{end}")
        at.get_by_role("link", name="New API token").click()
        at.get_by_label("Name of the new API token").fill("Checkout service")
        shoot(at, f"tokens-adding{end}")
        at.get_by_role("link", name="Cancel").click()
        at.get_by_role("link", name="Rename CI: deployment markers").click()
        at.get_by_label("New name of CI").wait_for()
        shoot(at, f"tokens-renaming{end}")
        at.get_by_role("link", name="Cancel").click()
        at.get_by_role("link", name="New API token").click()
        at.get_by_label("Name of the new API token").fill("Checkout service")
        at.get_by_role("button", name="Add", exact=True).click()
        at.locator(".toast").wait_for()
        shoot(at, f"tokens{end}")
        at.get_by_role("link", name="Delete Checkout service").click()
        at.locator("dialog[open]").wait_for()
        shoot(at, f"tokens-deleting{end}")
        at.get_by_role("button", name="Delete for good").click()
        at.locator("dialog[open]").wait_for(state="detached")
        for name, path in (("home", "/"), ("settings", "/settings"), ("api-docs", "/docs")):
            at.goto(path)
            shoot(at, f"{name}{end}")
    with page(browser, server.url, viewport=PHONE, **options, complain=False) as at:
        sign_in(at, ADMIN, PASSWORD, to=ADDRESS)
        shoot(at, f"tokens-phone{end}")
        at.goto("/docs")
        shoot(at, f"api-docs-phone{end}")


def shoot(at: Page, name: str) -> None:
    at.evaluate("document.activeElement?.matches('input') || document.activeElement?.blur()")
    at.mouse.move(0, 0)
    at.screenshot(path=HERE / f"{name}.png")


if __name__ == "__main__":
    os.chdir(HERE)
    main()
