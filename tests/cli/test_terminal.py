"""What is different when somebody sits there: questions, readable logs."""

import json
import re
import subprocess

import pytest
from support.server import ADMIN, PASSWORD, PATIENCE, environment, free_port
from support.terminal import played, python, terminal

LOGS = """
import structlog
from keyfob.cli import logs
logs.configure()
log = structlog.get_logger("keyfob")
try:
    password = "hunter2-in-" + "a-local"
    raise ValueError("a\\x1b[2Jb")
except ValueError:
    log.exception("failed", path="/\\x1b]0;x\\x07", token="TOKEN")
"""
STYLE = re.compile(r"\x1b\[[0-9;]*m")
STOPPED = "keyfob: stopped; nothing was changed\n"


@pytest.fixture
def env(town):
    return town.env | {"KEYFOB_SERVER": town.url, "KEYFOB_TOKEN": town.made["apiToken"]}


@pytest.fixture
def own(keyfob_here, env, request):
    """A token, and the environment of somebody who uses it."""
    made = json.loads(keyfob_here("tokens", "create", request.node.name[:100], "--json").out)
    return made, env | {"KEYFOB_TOKEN": made["token"]}


@pytest.fixture
def new(tmp_path):
    return environment(DATA_DIR=tmp_path / "data")


INIT = ("init", "--account-name", "A", "--admin-email", ADMIN)


def test_the_password_is_asked_for_twice_and_not_shown(new):
    with terminal(*INIT, env=new) as there:
        there.answer(f"Password for {ADMIN}: ", PASSWORD)
        there.answer("Repeat: ", PASSWORD)
        assert there.end() == 0, there.said
    assert "is made." in there.said
    assert PASSWORD not in there.said


def test_two_passwords_that_differ_are_asked_for_again_and_so_is_none(new):
    with terminal(*INIT, env=new) as there:
        there.answer(f"Password for {ADMIN}: ", PASSWORD)
        there.answer("Repeat: ", PASSWORD + "x")
        there.expect("These are not the same; again.")
        there.answer(f"Password for {ADMIN}: ", "")
        there.expect("Nothing was typed.")
        there.answer(f"Password for {ADMIN}: ", PASSWORD)
        there.answer("Repeat: ", PASSWORD)
        assert there.end() == 0, there.said
    assert PASSWORD not in there.said


@pytest.mark.parametrize("way_out", ["c", "d"])
def test_one_ctrl_c_or_ctrl_d_at_the_password_stops_and_nothing_is_made(new, way_out):
    with terminal(*INIT, env=new) as there:
        there.expect(f"Password for {ADMIN}: ")
        there.sendcontrol(way_out)
        assert there.end() == 1
    assert there.said.endswith(STOPPED)
    assert "Traceback" not in there.said
    with terminal(*INIT, env=new) as there:
        there.expect(f"Password for {ADMIN}: ")


def test_deleting_asks_and_no_leaves_it(keyfob_here, env):
    keyfob_here("tokens", "create", "To be asked about")
    delete = ("tokens", "delete", "To be asked about")
    with terminal(*delete, env=env) as there:
        there.answer(r"\[y/N\]: ", "n")
        assert there.end() == 1
    assert "Whatever uses it is refused at once." in there.said
    assert there.said.endswith(STOPPED)
    assert keyfob_here("tokens", "show", "To be asked about").code == 0
    with terminal(*delete, env=env) as there:
        there.answer(r"\[y/N\]: ", "y")
        assert there.end() == 0
    assert there.said.endswith(" is deleted.\n")


@pytest.mark.parametrize(("deed", "state"), [("disable", "disabled"), ("delete", "deleted")])
def test_stopping_the_token_in_use_asks_and_says_what_it_means(keyfob_here, own, deed, state):
    made, env = own
    with terminal("tokens", deed, made["hint"], env=env) as there:
        there.answer(r"you lock yourself out\. \[y/N\]: ", "")
        assert there.end() == 1
    assert there.said.endswith(STOPPED)
    assert json.loads(keyfob_here("tokens", "show", made["hint"], "--json").out)["state"] == (
        "active"
    )
    with terminal("tokens", deed, made["hint"], env=env) as there:
        there.answer(r"you lock yourself out\. \[y/N\]: ", "y")
        assert there.end() == 0
    assert there.said.endswith(f" is {state}.\n")
    with terminal("whoami", env=env) as there:
        assert there.end() == 1


def test_a_token_to_verify_is_asked_for_and_not_shown(town, env):
    with terminal("verify", "-", env=env) as there:
        there.answer("Token: ", town.made["subToken"])
        assert there.end() == 0
    assert "Valid: " in there.said
    assert town.made["subToken"] not in there.said


def test_no_token_to_verify_is_wrong_use(env):
    with terminal("verify", "-", env=env) as there:
        there.answer("Token: ", "")
        assert there.end() == 2


def test_on_a_terminal_the_table_fits_it(keyfob_here, env):
    keyfob_here("tokens", "create", "x" * 90)
    with terminal("tokens", "list", "--search", "xxx", env=env) as there:
        assert there.end() == 0
    assert max(len(line) for line in STYLE.sub("", there.said).splitlines()) <= 100, there.said
    assert "kf_api_" in there.said


def test_logs_on_a_terminal_are_readable_and_cannot_steer_it(town):
    token = town.made["apiToken"]
    with played(python(LOGS.replace("TOKEN", token)), environment() | {"NO_COLOR": "1"}) as there:
        assert there.end() == 0
    assert "ValueError: a\\x1b[2Jb" in there.said
    assert "/\\x1b]0;x\\x07" in there.said
    assert "\x1b]0" not in there.said
    assert "\x1b[2J" not in there.said
    assert "hunter2-in-a-local" not in there.said
    assert token not in there.said


def test_logs_elsewhere_are_one_line_each_without_locals_or_tokens(town):
    token = town.made["apiToken"]
    said = subprocess.run(
        python(LOGS.replace("TOKEN", token)),
        env=environment(), capture_output=True, text=True, check=True, timeout=60,
    ).stderr  # fmt: skip
    assert said.count("\n") == 1
    assert "ValueError: a\x1b[2Jb" in json.loads(said)["exception"]
    assert "\x1b" not in said
    assert "hunter2-in-a-local" not in said
    assert token[:-49] + "…" in said
    assert token not in said


def test_a_server_on_a_terminal_speaks_to_people_and_ctrl_c_stops_it(new):
    settings = {"KEYFOB_PORT": str(free_port()), "KEYFOB_GATE_PORT": "0", "NO_COLOR": "1"}
    with terminal("serve", env=new | settings) as there:
        there.expect("/setup")
        there.expect(r"\[info +\] serving ", timeout=PATIENCE)
        there.sendcontrol("c")
        assert there.end() == 0, there.said
    assert '{"' not in there.said
    assert "Traceback" not in there.said
