"""Lines ready to paste, that carry a token into a shell, a file or a program."""

import re
import shlex
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from keyfob.errors import Invalid

DEFAULT_VARIABLE: Final = "KEYFOB_TOKEN"

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
LONGEST_VARIABLE: Final = 100  # characters


class Shell(StrEnum):
    """Where a line is to be evaluated. A dotenv file is read by a program, not by a shell."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"
    DOTENV = "dotenv"


@dataclass(frozen=True, slots=True)
class Snippet:
    """`language` is a word for whoever colours the text; the text stays out of the repr."""

    label: str
    language: str
    text: str = field(repr=False)


def variable_name(text: str, *, field: str = "variable") -> str:
    """Raise Invalid unless every shell takes it as the name of a variable."""
    if len(text) > LONGEST_VARIABLE or not _VARIABLE.fullmatch(text):
        raise Invalid(
            "must be letters, digits and '_', and not begin with a digit, like LOGZ_IO_API_TOKEN",
            field=field,
        )
    return text


def assignment(token: str, *, variable: str, shell: Shell) -> str:
    """One line that sets the variable. A token needs no quotes: it is letters, digits and `_`."""
    match shell:
        case Shell.BASH | Shell.ZSH:
            return f"export {variable}={token}"
        case Shell.FISH:
            return f"set -x {variable} {token}"
        case Shell.POWERSHELL:
            return f'$env:{variable} = "{token}"'
        case Shell.DOTENV:
            return f"{variable}={token}"


def lines(token: str, *, variable: str, server_url: str) -> list[Snippet]:
    """
    As `assignments`, then who-am-i with curl and with Python, which read the variable.

    Raise Invalid for a variable that no shell would take. `server_url` has no slash at its end.
    """
    where = f"{server_url}/v2/whoami"
    return [
        *assignments(token, variable=variable),
        Snippet("curl", "bash", f'curl -H "X-API-TOKEN: ${variable}" {shlex.quote(where)}'),
        Snippet("Python", "python", _python(variable, where)),
    ]


def assignments(token: str, *, variable: str) -> list[Snippet]:
    """One line for each shell. Raise Invalid for a variable that no shell would take."""
    variable_name(variable)
    return [
        Snippet("bash / zsh", "bash", assignment(token, variable=variable, shell=Shell.BASH)),
        Snippet("fish", "fish", assignment(token, variable=variable, shell=Shell.FISH)),
        Snippet(
            "PowerShell",
            "powershell",
            assignment(token, variable=variable, shell=Shell.POWERSHELL),
        ),
        Snippet(".env", "dotenv", assignment(token, variable=variable, shell=Shell.DOTENV)),
    ]


def _python(variable: str, where: str) -> str:
    return (
        "import os, urllib.request\n"
        f'headers = {{"X-API-TOKEN": os.environ["{variable}"]}}\n'
        f"request = urllib.request.Request({where!r}, headers=headers)\n"
        "print(urllib.request.urlopen(request).read().decode())"
    )
