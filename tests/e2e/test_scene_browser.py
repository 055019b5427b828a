"""The main job in a browser: from an empty folder to a token that works, with the mouse."""

import json
import os
import re
import subprocess
import time
from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium, page
from support.server import PATIENCE, Server

PASSWORD = "a sentence that nobody guesses"


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with chromium() as started:
        yield started


def printed_link(server: Server) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := re.search(r"http://\S+/setup\?link=\S+", server.log.read_text()):
            return found.group()
        time.sleep(0.05)
    raise AssertionError(server.log.read_text())


def set_up(page: Page, link: str) -> None:
    page.goto(link)
    assert "link=" not in page.url  # it does not stay in the address bar
    page.get_by_label("Account name").fill("Workshop o11y")
    page.get_by_label("Your name").fill("Ann Admin")
    page.get_by_label("E-mail address").fill("ann@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set up Keyfob").click()


def run_in_bash(*lines: str) -> str:
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines)], env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return done.stdout


def test_from_an_empty_folder_to_a_token_that_works(browser, new_server):
    new_server.start()
    with page(browser, new_server.url, timezone_id="Europe/Prague") as at:
        set_up(at, printed_link(new_server))
        at.get_by_role("link", name="Home", exact=True).click()

        settings = at.get_by_role("navigation", name="Main").get_by_role("link", name="Settings")
        box = settings.bounding_box()
        assert box["x"] < 100
        assert box["y"] > at.viewport_size["height"] * 0.8  # bottom left
        settings.click()
        at.get_by_role("link", name="Manage tokens").click()
        assert at.title().split(" \u2013 ") == [
            "API tokens", "Manage tokens", "Settings", "Keyfob",
        ]  # fmt: skip
        expect(at.get_by_role("heading", name="Manage tokens")).to_be_visible()
        at.get_by_role("link", name="API tokens", exact=True).click()
        expect(at.get_by_text("No API tokens yet")).to_be_visible()

        at.get_by_role("link", name="New API token").click()
        at.get_by_label("Name of the new API token").fill("Workshop API Token")
        at.get_by_role("button", name="Add", exact=True).click()

        expect(at.get_by_role("status")).to_contain_text("API token created")
        row = at.get_by_role("row", name="Workshop API Token")
        expect(row).to_contain_text(datetime.now(UTC).strftime("%Y"))
        assert re.search(r"\w{3}, \w{3} \d+, \d{4} \d+:\d\d [AP]M", row.inner_text())
        at.get_by_role("button", name="Copy", exact=True).click()
        expect(at.get_by_role("status")).to_contain_text("Copied")
        line = at.evaluate("navigator.clipboard.readText()")

    assert line.startswith("export LOGZ_IO_API_TOKEN=kf_api_")
    answer = run_in_bash(
        line, f'curl -fsS -H "X-API-TOKEN: $LOGZ_IO_API_TOKEN" {new_server.url}/v2/whoami'
    )
    assert json.loads(answer) == {"accountId": 2000001, "accountName": "Workshop o11y"}


def test_the_curl_and_python_lines_run_as_they_stand(browser, new_server):
    new_server.start()
    with page(browser, new_server.url) as at:
        set_up(at, printed_link(new_server))
        at.get_by_role("link", name="New API token").click()
        at.get_by_label("Name of the new API token").fill("Both")
        at.get_by_role("button", name="Add", exact=True).click()
        at.get_by_label("Name of the variable").fill("MY_TOKEN")
        lines = [at.locator(f"#line-{number}").text_content() for number in (1, 5, 6)]
        at.reload()
        assert {each["name"] for each in at.context.cookies()} >= {"keyfob_variable"}

    export, curl, python = lines
    assert export.startswith("export MY_TOKEN=")
    assert "Workshop o11y" in run_in_bash(export, curl)
    assert "Workshop o11y" in run_in_bash(export, f"python3 - <<'END'\n{python}\nEND")


def test_a_spent_link_explains_itself(browser, new_server):
    new_server.start()
    link = printed_link(new_server)
    with page(browser, new_server.url) as at:
        at.goto(link[:-3] + "abc")
        expect(at.get_by_role("heading")).to_have_text("This link is not good (any more)")
        set_up(at, link)
        at.wait_for_url("**/settings/manage-tokens/api")
    with page(browser, new_server.url) as at:
        at.goto(link)
        at.wait_for_url("**/login")


def test_without_scripts_the_same_scene_works(browser, new_server):
    new_server.start()
    with page(browser, new_server.url, java_script_enabled=False) as at:
        at.goto(printed_link(new_server))
        at.get_by_label("Account name").fill("Workshop o11y")
        at.get_by_label("Your name").fill("Ann Admin")
        at.get_by_label("E-mail address").fill("ann@example.com")
        at.get_by_label("Password", exact=True).fill(PASSWORD)
        at.get_by_role("button", name="Set up Keyfob").click()

        at.get_by_role("link", name="New API token").click()
        at.get_by_label("Name of the new API token").fill("No scripts")
        at.get_by_role("button", name="Add", exact=True).click()
        expect(at.get_by_text("API token created")).to_be_visible()
        at.get_by_label("Name of the variable").fill("MINE")
        at.get_by_role("button", name="Use it").click()
        line = at.locator("#line-1").text_content()
        assert line.startswith("export MINE=kf_api_")
        at.get_by_text("fish", exact=True).click()
        expect(at.locator("#line-2")).to_be_visible()

        at.get_by_role("link", name="Close").click()
        at.get_by_role("button", name="Show the value of No scripts").click()
        assert at.locator("code.value").text_content() == line.removeprefix("export MINE=")
        expect(at.get_by_title("Copy the value of No scripts")).to_have_count(1)
        expect(at.get_by_title("Copy the value of No scripts")).to_be_hidden()
        at.get_by_role("link", name="Rename No scripts").click()
        at.get_by_label("New name of No scripts").fill("Renamed")
        at.get_by_role("button", name="Save").click()
        at.get_by_role("button", name="Disable Renamed").click()
        expect(at.get_by_role("row", name="Renamed")).to_contain_text("Disabled")
        at.get_by_role("link", name="Delete Renamed").click()
        expect(at.get_by_role("heading", name="Delete Renamed?")).to_be_visible()
        at.get_by_role("button", name="Delete for good").click()
        expect(at.get_by_text("API token deleted")).to_be_visible()
        expect(at.get_by_text("No API tokens yet")).to_be_visible()
        at.get_by_label("Account: Workshop o11y").click()
        at.get_by_role("button", name="Dark").click()
        expect(at.locator("html")).to_have_attribute("data-theme", "dark")
        at.get_by_label("Account: Workshop o11y").click()
        at.get_by_role("button", name="Sign out").click()
        expect(at.get_by_text("You are signed out")).to_be_visible()
