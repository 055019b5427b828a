"""Standard input, output and error: each may be closed, full, or of another encoding."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Final

import typer

from keyfob.cli.outcome import Exit, Stop

CLOSED: Final = OSError(errno.EBADF, "it is closed")


def prepare() -> None:
    """From here on a closed input is an empty one, and what cannot be encoded is escaped."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] -- so Python says "closed"
        sys.stdin = io.StringIO()
    # Without a locale Python would let any byte in through.
    for stream, errors in ((sys.stdin, "strict"), (sys.stdout, "backslashreplace")):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors=errors)


def require_output() -> None:
    """End the command before anything is done, when there is nowhere to write to."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] -- as above
        raise unwritable(CLOSED, "nothing was done")


def say(text: str, *, lost: str = "") -> None:
    """
    Write to standard output, at once.

    End the command when that fails; `lost` says what was done nevertheless, and what now.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] -- as above
        raise unwritable(CLOSED, lost)
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError as error:
        forget()
        raise unwritable(error, lost) from None


def note(text: str) -> None:
    """Write to standard error."""
    with suppress(OSError):  # nothing is left that could tell of it, but the exit code
        typer.echo(text, err=True)


def unwritable(error: OSError, lost: str) -> Stop:
    """A reader that left, like `head`, knows that it did."""
    if error.errno == errno.EPIPE and not lost:
        return Stop(Exit.REFUSED)
    told = f"standard output cannot be written: {(error.strerror or 'it failed').lower()}"
    return Stop(Exit.REFUSED, f"{told}; {lost}" if lost else told)


def forget() -> None:
    """What could not be written is not tried again when Python ends, with a message of its own."""
    if sys.__stdout__ is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.__stdout__.fileno())
        os.close(nowhere)
