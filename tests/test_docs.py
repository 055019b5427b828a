"""What the documentation says is run: its commands, its links, its JSON and its TOML."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from support.server import KEYFOB, Server

from keyfob.cli.options import DEFAULT_SERVER
from keyfob.config import load

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)|(?:src|srcset)=\"([^\"]+)\"")
LINK_IN_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def name(path):
    return str(path.relative_to(ROOT))


def blocks(page, *languages):
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(mark.strip(), text) for language, mark, text in found if language in languages]


def pages_with(*languages):
    return [pytest.param(page, id=name(page)) for page in PAGES if blocks(page, *languages)]


@pytest.mark.parametrize("page", pages_with("sh"))
def test_the_commands_of_a_page_run_in_order(page, new_server: Server):
    """
    All `sh` blocks of a page are one bash session, which stops at the first command that fails.

    It begins in a folder that has `.venv`, as a clone has it after `make run`, and no `var` yet.
    At a block marked `server`, `make run` is played by `keyfob serve` with its data in `var`; a
    port that is free here stands for 8420. The README has to find `keyfob` by itself.
    """
    folder = new_server.data_dir.parent
    new_server.data_dir = folder / "var"
    (folder / ".venv").symlink_to(Path(KEYFOB).parents[1])
    env = {name: text for name, text in new_server.env.items() if name != "PATH"}
    installed = [] if page == ROOT / "README.md" else [str(Path(KEYFOB).parent)]
    env["PATH"] = os.pathsep.join([*installed, *path_without_keyfob()])
    state = folder / "state.sh"
    state.write_text("")
    for mark, text in blocks(page, "sh"):
        if mark == "server":
            assert text.strip() == "make run"
            new_server.start()
            continue
        assert mark == ""
        commands = text.replace(DEFAULT_SERVER, new_server.url)
        script = f'set -euo pipefail\nsource "{state}"\n{commands}\nexport -p > "{state}"\n'
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (text, done.stderr)


def path_without_keyfob():
    return [
        each for each in os.environ["PATH"].split(os.pathsep) if not Path(each, "keyfob").exists()
    ]


@pytest.mark.parametrize("page", pages_with("json"))
def test_json_in_a_page_is_json(page):
    for _, text in blocks(page, "json"):
        json.loads(text)


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_in_a_page_is_an_example_word_for_word(page):
    """Which is run, in tests/client/test_examples.py."""
    for mark, text in blocks(page, "python"):
        assert (ROOT / mark).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("page", pages_with("toml"))
def test_settings_in_a_page_are_settings(page, tmp_path):
    for _, text in blocks(page, "toml"):
        file = tmp_path / "keyfob.toml"
        file.write_text(text)
        loaded = load(file=file, environ={})
        assert tomllib.loads(text).keys() <= loaded.model_fields_set


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_to_a_file_leads_somewhere(page):
    text = LINK_IN_CODE.sub("", page.read_text(encoding="utf-8"))
    for match in LINK.finditer(text):
        target = match[1] or match[2]
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readme_tells_the_two_commands_on_its_first_screen():
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:24]
    assert {"make run", "make test"} <= {" ".join(line.split()[:2]) for line in first}
