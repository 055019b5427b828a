"""Three hundred names that would be programs: stored, shown on every page, and nothing runs."""

from itertools import product

import pytest
from playwright.sync_api import expect
from support.browser import page
from web.conftest import TOKENS, served_with
from web.test_in_browser import row

from keyfob.tokens import Draft

RUN = "window.ran=1"
# What runs it, and what it is wrapped in so as to get out of wherever it stands.
PROGRAMS = (
    f"<script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"<svg onload={RUN}>",
    f"<svg/onload={RUN}//", f"<body onload={RUN}>", f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>", f"<video><source onerror={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>", f"<a href=javascript:{RUN}>x</a>",
    f"<math><mtext><style><img src onerror={RUN}>", f"<object data=javascript:{RUN}>",
    f"<form action=javascript:{RUN}><button>", f"<x onclick={RUN} tabindex=1 id=x>",
    f"<base href=//evil><script src=/x></script>{RUN}", f"javascript:{RUN}//",
    f"<style>@import'javascript:{RUN}'</style>", f"<link rel=stylesheet href=//evil>{RUN}",
    f"<meta http-equiv=refresh content=0;url=javascript:{RUN}>", f"<template><script>{RUN}",
    f"<noscript><img src=x onerror={RUN}>", f"<b hx-on:load={RUN}>x</b>",
    f"<b hx-get=/logout hx-trigger=load>{RUN}", f"<i data-copy-from=/x>{RUN}</i>",
    "{{ 7*7 }}", "{% include 'base.html' %}", "${7*7}", "&#60;script&#62;", "%3Cscript%3E",
    "\\u003cscript\\u003e",
)  # fmt: skip
WRAPPERS = (
    "{}",
    '">{}',
    "'>{}",
    "</title>{}",
    "</textarea>{}",
    "-->{}",
    "]]>{}",
    "`{}",
    "</a>{}",
    "x {}",
)
NAMES = [wrapper.format(program) for wrapper, program in product(WRAPPERS, PROGRAMS)]
LISTEN = """
    window.ran = 0; window.violations = 0;
    addEventListener("securitypolicyviolation", () => { window.violations += 1; });
"""


@pytest.fixture(scope="module")
def besieged(furnished, tmp_path_factory):
    drafts = [Draft(name=name, description=name) for name in NAMES]
    with served_with(tmp_path_factory.mktemp("besieged") / "data", furnished, drafts) as server:
        yield server


def test_three_hundred_names_run_nothing_and_break_no_policy(browser, besieged, furnished):
    assert len({*NAMES}) == 300
    with page(browser, besieged.url) as at:
        cookie = {"name": "keyfob_session", "value": furnished.session, "url": besieged.url}
        at.context.add_cookies([cookie])
        at.on("dialog", lambda dialog: pytest.fail(dialog.message))
        at.add_init_script(LISTEN)
        seen = set()
        lists = [f"{TOKENS}?limit=100&sort=name"]
        while lists:
            at.goto(lists.pop())
            seen |= {*at.locator(".name").all_text_contents()}
            following = at.locator("a#page-chevron-right")
            if following.count():
                lists.append(following.get_attribute("href"))
            clean(at)
        assert seen == {*NAMES}
        for path in ("/", "/settings/audit-trail", "/search?q=script", f"{TOKENS}?q=%3Csvg"):
            at.goto(path)
            clean(at)
        for name in NAMES[:: len(NAMES) // 10]:
            number = tried(at, name)
            for end in ("", "/edit", "/delete"):
                at.goto(f"{TOKENS}/{number}{end}")
                clean(at)
        at.goto(TOKENS)
        at.locator("a.name").first.click()
        expect(at.get_by_role("dialog")).to_be_visible()
        clean(at)
        at.keyboard.press("Escape")
        at.locator("tbody .cell-tick input").first.check()
        at.get_by_role("toolbar").get_by_role("button", name="Delete").click()
        expect(at.get_by_role("dialog")).to_be_visible()
        clean(at)


def tried(at, name: str) -> str:
    """Found by its whole name; its number."""
    at.goto(TOKENS)
    at.get_by_label("Search the API tokens").fill(name)
    expect(row(at, name)).to_have_count(1)
    return row(at, name).first.get_attribute("id").removeprefix("token-")


def clean(at) -> None:
    assert at.evaluate("[window.ran, window.violations]") == [0, 0], at.url
