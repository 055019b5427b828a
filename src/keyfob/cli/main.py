"""The command line's entry: its commands, and what an error looks like in a terminal."""

import re
import sys
from typing import Annotated, Any

import typer

from keyfob.cli import accounts, asking, init, serve, tokens, users
from keyfob.cli.outcome import Exit, Stop, one_line, refuse_secrets, refuse_unreadable
from keyfob.cli.streams import forget, note, prepare, say
from keyfob.errors import Invalid, KeyfobError
from keyfob.version import __version__

app = typer.Typer(
    name="keyfob",
    no_args_is_help=True,
    rich_markup_mode=None,  # its tables cut the names of options short
    pretty_exceptions_enable=False,
    add_completion=False,
)


def tell_version(*, wanted: bool) -> None:
    if wanted:
        say(f"keyfob {__version__}")
        raise typer.Exit


@app.callback()
def keyfob(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=tell_version, is_eager=True, help="Show it, and end."),
    ] = False,
) -> None:
    """API tokens: make, show, cut and verify them on your own server."""


app.command()(serve.serve)
app.command(init.INIT, help=init.INIT_HELP)(init.found)
app.command()(asking.whoami)
app.command()(asking.verify)
app.add_typer(tokens.app, name="tokens")
app.add_typer(accounts.app, name="accounts")
app.add_typer(users.app, name="users")


def main() -> None:
    prepare()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Return the exit code. Every error is one line that says what to do."""
    try:
        refuse_secrets(arguments)
        refuse_unreadable(arguments)
        return app(arguments, prog_name="keyfob", standalone_mode=False) or Exit.DONE
    except Stop as stop:
        return _end(stop.code, stop.message)
    except typer.TyperException as error:
        return _wrong_use(error)
    except OSError as error:
        forget()
        where = one_line(str(error.filename or "input or output"))
        return _end(Exit.REFUSED, f"{where}: {(error.strerror or str(error)).lower()}")
    except typer.Abort:
        return _end(Exit.REFUSED, "stopped; nothing was changed")
    except Invalid as error:
        return _end(Exit.REFUSED, f"{_called(error.field)} {error.message}")
    except KeyfobError as error:
        return _end(Exit.REFUSED, error.message)


def _wrong_use(error: Any) -> int:
    """`Any`: the context is there for an error of usage alone, whose type typer keeps private."""
    text: str = error.format_message().replace("Value error, ", "")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "keyfob"
    if text.startswith("Usage: "):  # the help, for a group without a command
        note(text)
        return Exit.WRONG_USE
    end = "" if text.endswith("?") else "."
    return _end(Exit.WRONG_USE, f"{text.rstrip('.')}{end} See {command} --help")


def _end(code: Exit, message: str) -> int:
    if message:
        note(f"keyfob: {one_line(message)}")
    return code


def _called(field: str) -> str:
    """What a field of the API is here: `volumeGb` is `--volume-gb`; a password is no option."""
    if field == "adminPassword":
        return "the admin's password"
    return "--" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", field).lower()
