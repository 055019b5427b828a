"""How a command ends: its exit code, and the one line on standard error that says why."""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

# An id and the beginning of a secret. A hint, which ends with the id, may be shown to anybody.
_SECRET: Final = re.compile(r"_(?:api|ship|share)_[0-9A-Za-z]{20}")


class Exit(IntEnum):
    DONE = 0
    REFUSED = 1
    WRONG_USE = 2
    UNREACHABLE = 3


class Stop(Exception):
    """`message` is one line that says what to do; it is not there when all is said already."""

    def __init__(self, code: Exit, message: str = "") -> None:
        super().__init__(message)
        self.code: Final = code
        self.message: Final = message


def refuse_secrets(arguments: Iterable[str]) -> None:
    """Raise Stop when an argument carries a token, whole or mistyped; do not repeat it."""
    if any(_SECRET.search(argument) for argument in arguments):
        raise Stop(
            Exit.WRONG_USE,
            "an argument looks like a token, and everybody on this machine can read arguments. "
            "Send it on standard input (keyfob verify -) or in KEYFOB_TOKEN, or name it by its "
            "hint; if others use this machine, make a new one",
        )


def refuse_unreadable(arguments: Iterable[str]) -> None:
    """Raise Stop for bytes that are not UTF-8: neither JSON nor the database takes them."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise Stop(
                Exit.WRONG_USE, f"an argument is not UTF-8 text: {one_line(argument)}"
            ) from None


def printable(text: str) -> str:
    """Control and invisible characters as escapes: no text steers a terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )


def one_line(text: str) -> str:
    return " ".join(printable(text).split())
