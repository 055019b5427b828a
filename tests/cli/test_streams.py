"""Standard input and output that are closed, full, or of another encoding."""

import json
import subprocess

import pytest
from support.server import KEYFOB, environment, keyfob

from keyfob_client import token_format


@pytest.fixture
def env(town):
    return environment(SERVER=town.url, TOKEN=town.made["apiToken"])


def shell(command: str, env, *, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """What a user's shell does with `keyfob`, by its own redirections."""
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("keyfob", KEYFOB)], env=env, input=stdin,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("more", ["", "--json", "--export A --shell bash"])
def test_a_value_that_cannot_be_written_is_told_with_what_to_do(env, more, request):
    done = shell(f"keyfob tokens create '{request.node.name}' {more} >/dev/full", env)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "standard output cannot be written: no space left on device; " in said
    assert said.count("keyfob tokens reveal kf_api_") == 1
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_a_value_shown_once_that_cannot_be_written_is_to_be_deleted(env):
    done = shell("keyfob tokens create 'Once, to nowhere' --no-reveal >/dev/full", env)
    assert done.returncode == 1
    assert b"so: keyfob tokens delete kf_api_" in done.stderr


def test_with_a_closed_output_no_token_is_made(env):
    done = shell("keyfob tokens create 'To nobody' >&-", env)
    assert done.returncode == 1
    assert done.stderr == (
        b"keyfob: standard output cannot be written: it is closed; nothing was done\n"
    )
    assert keyfob("tokens", "show", "To nobody", env=env, code=1)


@pytest.mark.parametrize(
    "command",
    [
        "keyfob --version",
        "keyfob --help",
        "keyfob whoami",
        "keyfob tokens list",
        "keyfob tokens list --json",
        'keyfob tokens show "The admin\'s"',
        'keyfob tokens rename "The admin\'s" "The admin\'s"',
    ],
)
def test_nothing_that_cannot_be_written_is_taken_for_success(env, command):
    done = shell(f"{command} >/dev/full", env)
    assert done.returncode == 1
    assert done.stderr.endswith(b"\n")
    assert b"no space left on device" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_closed_output_is_told_after_the_deed(env):
    done = shell("keyfob tokens list >&-", env)
    assert (done.returncode, done.stderr) == (
        1, b"keyfob: standard output cannot be written: it is closed\n",
    )  # fmt: skip


def test_a_reader_that_has_enough_is_not_told_so(env):
    done = shell("(sleep 1; keyfob tokens list; echo $? >&2) | true", env)
    assert done.stderr == b"1\n"


def test_a_full_standard_error_loses_no_value(env):
    done = shell("keyfob tokens create 'Quietly made' 2>/dev/full", env)
    assert token_format.parse(done.stdout.decode().strip())


def test_a_closed_input_is_an_empty_one(env):
    done = shell("keyfob verify - <&-", env)
    assert (done.returncode, done.stderr) == (
        2, b"keyfob: there is no token on standard input\n",
    )  # fmt: skip
    assert shell("keyfob tokens delete Nothing <&-", env).returncode == 2


def test_bytes_that_are_no_text_are_no_token(env):
    done = shell("keyfob verify -", env, stdin=b"\xff\xfe")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"keyfob: what is on standard input is no text, so no token\n"


def test_an_argument_that_is_no_text_is_refused(env):
    done = subprocess.run(
        [KEYFOB, "tokens", "create", b"caf\xe9"], env=env, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"keyfob: an argument is not UTF-8 text: caf\\udce9\n"


def test_what_an_encoding_does_not_have_is_escaped(env):
    ascii_only = env | {"PYTHONIOENCODING": "ascii"}
    keyfob("tokens", "create", "Café über alles", env=ascii_only)
    table = keyfob("tokens", "list", "--search", "Café", env=ascii_only).stdout
    assert "Caf\\xe9 \\xfcber alles" in table
    shown = keyfob("tokens", "show", "Café über alles", "--json", env=ascii_only).stdout
    assert json.loads(shown)["name"] == "Café über alles"


def test_founding_that_cannot_be_told_says_what_is_made(tmp_path):
    env = environment(DATA_DIR=tmp_path / "data", ADMIN_PASSWORD="correct horse battery staple")
    whose = "--admin-email admin@example.com --account-name"
    done = shell(f"keyfob init {whose} A --api-token-name T >/dev/full", env)
    assert done.returncode == 1
    assert b"and its admin are made nevertheless, and an API token too: sign in" in done.stderr
    done = shell(f"keyfob accounts create-main {whose} B >/dev/full", env)
    assert done.returncode == 1
    assert b"and its admin are made nevertheless\n" in done.stderr


def test_a_file_in_place_of_a_folder_is_told_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    done = keyfob("serve", env=environment(DATA_DIR=tmp_path / "file" / "data"), code=1)
    assert done.stderr == f"keyfob: {tmp_path}/file/data: not a directory\n"
