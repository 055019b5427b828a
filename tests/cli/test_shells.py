import subprocess
import sys

import pytest
from support.server import environment

from keyfob.cli.outcome import Stop
from keyfob.cli.shells import guess, shell_of
from keyfob.snippets import Shell

GUESS = f"{sys.executable} -c 'from keyfob.cli import shells; print(shells.guess())'; true"


@pytest.mark.parametrize(
    ("program", "shell"),
    [
        ("bash", Shell.BASH),
        ("-bash", Shell.BASH),
        ("dash", Shell.BASH),
        ("/usr/bin/zsh", Shell.ZSH),
        ("fish", Shell.FISH),
        ("pwsh.exe", Shell.POWERSHELL),
        ("PowerShell.exe", Shell.POWERSHELL),
        ("python3", None),
        ("", None),
    ],
)
def test_a_shell_is_known_by_its_name(program, shell):
    assert shell_of(program) is shell


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_the_nearest_shell_above_is_the_one(shell):
    env = environment() | {"SHELL": "/bin/zsh"}
    done = subprocess.run([shell, "-c", GUESS], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == f"{shell}\n"


def test_without_a_shell_above_the_users_own_is_taken(monkeypatch):
    monkeypatch.setattr("psutil.Process.parents", lambda self: [])
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert guess() is Shell.FISH


def test_without_any_shell_it_asks_for_one(monkeypatch):
    monkeypatch.setattr("psutil.Process.parents", lambda self: [])
    monkeypatch.delenv("SHELL", raising=False)
    with pytest.raises(Stop) as stop:
        guess()
    assert stop.value.code == 2
    assert "--shell bash|zsh|fish|powershell|dotenv" in stop.value.message
