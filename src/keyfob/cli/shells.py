"""Which shell is this for? Asked of the processes above us when nobody says."""

import os
from pathlib import PurePath
from typing import Final

import psutil

from keyfob.cli.outcome import Exit, Stop
from keyfob.snippets import Shell

# Programs by name. What `sh` is called differs; all of them take `export`.
KNOWN: Final = {
    "bash": Shell.BASH,
    "sh": Shell.BASH,
    "dash": Shell.BASH,
    "ash": Shell.BASH,
    "ksh": Shell.BASH,
    "zsh": Shell.ZSH,
    "fish": Shell.FISH,
    "pwsh": Shell.POWERSHELL,
    "powershell": Shell.POWERSHELL,
}


def guess() -> Shell:
    """
    The nearest shell above this process; else the one of the user's account.

    End the command when neither is known: a line for the wrong shell is worse than none.
    """
    above = (process.name() for process in psutil.Process().parents())
    for program in (*above, os.environ.get("SHELL", "")):
        if shell := shell_of(program):
            return shell
    raise Stop(Exit.WRONG_USE, f"cannot tell your shell; add --shell {'|'.join(Shell)}")


def shell_of(program: str) -> Shell | None:
    """A login shell is called `-bash`, one on Windows `pwsh.exe`."""
    return KNOWN.get(PurePath(program).name.lower().lstrip("-").removesuffix(".exe"))
