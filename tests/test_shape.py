"""What no linter checks: the shape of the code, and that the docs keep up."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from fastapi import FastAPI

import keyfob
import keyfob_client
from keyfob import accounts, api, tokens, users, web
from keyfob.audit.titles import EVENTS
from keyfob.config import Config
from keyfob.db import REVISION, Transaction
from keyfob.db.migrate import SCRIPTS
from keyfob.verification import Reason

ROOT = Path(keyfob.__file__).parent
CLIENT = Path(keyfob_client.__file__).parent
DOCS = Path(__file__).parents[1] / "docs"
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 50

SOURCES = sorted([*ROOT.rglob("*.py"), *CLIENT.rglob("*.py")])
TESTS = sorted(Path(__file__).parent.rglob("*.py"))
RECORDED = re.compile(
    r'"((?:account|access|plan|user|groups|token|filter|marker|request|audit|setup|instance)\.[a-z_]+)"'
)
CODE = re.compile(r'"([A-Za-z]+(?:-[a-z]+)*/[A-Z][A-Z_]+)"')

# What changes something and stands outside an actions module, because it is a subject of its own.
OTHER_ACTIONS = [
    tokens.reveal,
    tokens.hand_over,
    accounts.record_export,
    users.start,
    users.enter,
    users.end,
    users.end_other,
    users.invite,
    users.accept,
    accounts.make_setup_link,
    accounts.redeem_setup_link,
    accounts.recover,
]


def short(path):
    return str(path.relative_to(ROOT.parents[1]) if path.is_relative_to(ROOT.parents[1]) else path)


def actions():
    """Every public function that takes a Transaction, in every actions module."""
    found = list(OTHER_ACTIONS)
    for module_info in pkgutil.walk_packages([str(ROOT)], "keyfob."):
        if module_info.name.endswith(".actions"):
            module = importlib.import_module(module_info.name)
            for name, function in inspect.getmembers(module, inspect.iscoroutinefunction):
                takes = inspect.signature(function).parameters.values()
                is_ours = function.__module__ == module_info.name and not name.startswith("_")
                if is_ours and any(p.annotation is Transaction for p in takes):
                    found.append(function)
    return [pytest.param(f, id=f"{f.__module__}.{f.__name__}") for f in found]


@pytest.mark.parametrize("action", actions())
def test_every_action_is_audited(action):
    """`add_member`, `create_many` and `change` are what others are made of; they record."""
    source = inspect.getsource(action)
    recording = ("audit.record(", "audit.record_all(", "await add_member(", "await create_many(",
                 "await replace(",
        "await change(", "await users.invite(")  # fmt: skip
    assert any(call in source for call in recording)


def recorded():
    """Every word that is written into the trail, wherever in the code."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if "audit.record(" in text or path.parent.name == "keys":
            yield from RECORDED.findall(text)


def test_every_action_word_has_a_title_and_each_title_is_said_once():
    assert {"token.created", "user.added", "account.created", "instance.created"} <= {*recorded()}
    assert {*recorded()} <= EVENTS.keys()
    for names in zip(*EVENTS.values(), strict=True):
        assert len(set(names)) == len(EVENTS)


def test_a_sign_in_is_audited_whether_it_succeeds_or_fails():
    module = inspect.getsource(importlib.import_module("keyfob.accounts.sign_in"))
    assert "users.start(" in module  # which records it
    assert "audit.record(" in module


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=short)
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_A_FILE


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.parent.name != "versions"], ids=short
)
def test_no_function_is_long(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            body = node.end_lineno - node.body[0].lineno  # a command's options are a long list
            assert body < MOST_LINES_OF_A_FUNCTION, node.name


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_every_module_says_in_its_first_line_what_it_is(path):
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said
    assert said.splitlines()[0].strip()


def codes():
    written = (CODE.findall(path.read_text(encoding="utf-8")) for path in SOURCES)
    return sorted({code for found in written for code in found})


@pytest.mark.parametrize("word", [*codes(), *Reason])
def test_every_code_is_documented(word):
    assert f"| `{word}` |" in (DOCS / "errors.md").read_text(encoding="utf-8")


def as_written(default):
    """A default as people write it: `on`, `none`, a number, a word."""
    match default:
        case bool():
            return "`on`" if default else "`off`"
        case "" | () | None:
            return None  # explained in words
        case _:
            return f"`{default}`"


@pytest.mark.parametrize("name", sorted(Config.model_fields))
def test_every_setting_is_documented_with_its_default(name):
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(f"| `{name.upper()}` |")]
    assert len(rows) == 1
    field = Config.model_fields[name]
    default = None if field.default_factory else as_written(field.default)
    told = rows[0].split("|")[2].strip()
    assert told == default if default else told


def test_no_setting_is_documented_that_does_not_exist():
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([A-Z_0-9]+)` \|", text, re.MULTILINE)
    assert sorted(told) == sorted(name.upper() for name in Config.model_fields)


def test_every_route_is_described_or_a_documented_page():
    app = FastAPI(title="Keyfob", version="0")
    app.router.routes.extend(api.routes)
    described = api.describe(app)["paths"]
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for path in sorted({route.path for route in (*web.routes, *api.routes)}):
        page = "/" + path.strip("/").partition("/")[0].partition("{")[0]
        assert path in described or f"`{page}`" in text, path


def test_the_revision_is_that_of_the_newest_migration():
    newest = max(path.stem.partition("_")[0] for path in SCRIPTS.glob("versions/[0-9]*.py"))
    assert newest == REVISION


# What verification keeps copies of.
COPIED = re.compile(
    r"(?:insert|update|delete)\((?:tokens|accounts|token_filters|shared_token_filters)\)"
)
# Of what is new nobody has a copy; and when a token was last used is no part of one.
NOT_COPIED = {
    ("accounts/store.py", "add"),
    ("tokens/shared/store.py", "add_filter"),
    ("tokens/store.py", "set_last_used"),
}


def test_a_store_that_changes_what_is_copied_says_so():
    """See docs/decisions/copies-follow-changes.md."""
    silent = set()
    found = 0
    for path in ROOT.rglob("store.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.AsyncFunctionDef):
                source = ast.get_source_segment(text, node) or ""
                if COPIED.search(source):
                    found += 1
                    if "touch(tx, " not in source:
                        silent.add((str(path.relative_to(ROOT)), node.name))
    assert silent == NOT_COPIED
    assert found > len(silent)
