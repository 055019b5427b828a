"""Our own files: as they came, under addresses that never change their content."""

import hashlib
import re

import pytest
from web.conftest import TOKENS

from keyfob.web import assets


@pytest.mark.parametrize("name", sorted(assets.ASSETS))
def test_an_address_answers_one_content_for_good(console, name):
    answer = console.client.get(assets.address(name))
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest().startswith(assets.ASSETS[name].digest)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/static/x/app.css", "/static/x/..%2f..%2fdb", "/static/x"])
def test_there_is_nothing_else(console, path):
    assert console.client.get(path).status_code == 404


def test_the_files_of_others_are_those_that_the_readme_names():
    folder = assets.FOLDER / "vendor"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"^\| `([\w.]+)` .*`([0-9a-f]{64})` \|$", readme, re.MULTILINE))
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.suffix in {".js", ".svg"}
    }
    assert named == found


LIGHT = 150_000  # bytes, before compression
LOADED = ("app.css", "parts.js", "app.js", "htmx.min.js")


def test_the_token_page_is_light(ann):
    """With a full page of tokens of ordinary names, and all that a browser reads for it."""
    for number in range(25):
        ann.add(f"Service number {number}")
    html = ann.get(TOKENS)
    assert re.findall(r"/static/\w+/([\w.]+\.(?:css|js))", html.text) == [*LOADED]
    page = len(html.content)
    files = sum(len(assets.ASSETS[name].body) for name in LOADED)
    assert page + files < LIGHT, (page, files)


def test_indentation_stays_in_the_templates(ann):
    ann.add("Workshop API Token")
    assert re.findall(r"\n[ \t]+.*", ann.get(TOKENS).text) == []
