"""Ask whoever sits there for a secret; what is typed is not shown."""

import getpass
import signal

import typer


def ask(question: str) -> str:
    """
    Raise Abort at Ctrl-C or at the end of the input.

    The terminal stops showing what is typed before the question appears: an answer that comes at
    once is neither shown nor lost.
    """
    # asyncio's own handler would only note the first Ctrl-C, and the question would stay.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass.getpass(f"{question}: ")
    except (KeyboardInterrupt, EOFError):
        typer.echo(err=True)
        raise typer.Abort from None
    finally:
        signal.signal(signal.SIGINT, before)


def ask_twice(question: str) -> str:
    """Ask until both times the same is typed, which is not nothing."""
    while True:
        first = ask(question)
        if first and first == ask("Repeat"):
            return first
        typer.echo("These are not the same; again." if first else "Nothing was typed.", err=True)
