import os
import subprocess
import sys

import pytest

from keyfob.errors import Invalid
from keyfob.snippets import Shell, assignment, lines, variable_name

TOKEN = "kf_api_" + "0" * 65
VARIABLE = "LOGZ_IO_API_TOKEN"


def lines_by_label(server_url="http://127.0.0.1:1", token=TOKEN):
    return {
        each.label: each.text for each in lines(token, variable=VARIABLE, server_url=server_url)
    }


def test_each_shell_has_its_own_line():
    assert {shell: assignment(TOKEN, variable=VARIABLE, shell=shell) for shell in Shell} == {
        Shell.BASH: f"export {VARIABLE}={TOKEN}",
        Shell.ZSH: f"export {VARIABLE}={TOKEN}",
        Shell.FISH: f"set -x {VARIABLE} {TOKEN}",
        Shell.POWERSHELL: f'$env:{VARIABLE} = "{TOKEN}"',
        Shell.DOTENV: f"{VARIABLE}={TOKEN}",
    }


def test_everything_that_can_be_pasted_is_there_in_this_order():
    assert [*lines_by_label()] == ["bash / zsh", "fish", "PowerShell", ".env", "curl", "Python"]


@pytest.mark.parametrize(
    ("label", "shell", "tell"),
    [("bash / zsh", "bash", 'printf %s "${}"'), ("fish", "fish", "printf %s ${}")],
)
def test_a_shell_takes_its_line(label, shell, tell):
    script = f"{lines_by_label()[label]}\n{tell.replace('{}', VARIABLE)}"
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == TOKEN


def test_curl_reads_the_variable_and_asks_who_it_is(server):
    done = subprocess.run(
        ["bash", "-c", lines_by_label(server.url)["curl"]],
        env={**os.environ, VARIABLE: server.made["apiToken"]},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f'"accountId":{server.made["accountId"]}' in done.stdout


def test_python_reads_the_variable_and_asks_who_it_is(server):
    done = subprocess.run(
        [sys.executable, "-c", lines_by_label(server.url)["Python"]],
        env={**os.environ, VARIABLE: server.made["apiToken"]},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f'"accountId":{server.made["accountId"]}' in done.stdout


@pytest.mark.parametrize("name", ["A", "_", "LOGZ_IO_API_TOKEN", "a1", "A" * 100])
def test_a_name_that_every_shell_takes_stands(name):
    assert variable_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "1A", "A-B", "A B", "A;id", "$A", "A=1", "A\n", "\u0410", "A" * 101]
)
def test_any_other_name_is_refused(name):
    with pytest.raises(Invalid):
        lines(TOKEN, variable=name, server_url="http://127.0.0.1:1")


def test_a_snippet_does_not_show_its_token_when_printed():
    assert TOKEN not in repr(lines(TOKEN, variable=VARIABLE, server_url="http://127.0.0.1:1"))
