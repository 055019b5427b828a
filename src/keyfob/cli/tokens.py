"""`keyfob tokens …`: make, find, name, cut and show again the tokens of an account."""

import json
import sys
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from keyfob.cli.options import DEFAULT_SERVER, AsJson, ServerUrl
from keyfob.cli.outcome import Exit, Stop, one_line
from keyfob.cli.streams import note, require_output, say
from keyfob.errors import Invalid
from keyfob.snippets import Shell, assignment, variable_name

app = typer.Typer(help="API tokens of your account.", no_args_is_help=True, rich_markup_mode=None)


NOBODY: Final = "there is nobody to ask; add --yes to {}"
LOCKED_OUT: Final = "It is the one in KEYFOB_TOKEN: you lock yourself out."


class State(StrEnum):
    ACTIVE = "active"
    SCHEDULED = "scheduled"
    DISABLED = "disabled"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Bucket(StrEnum):
    HOUR = "hour"
    DAY = "day"


class Order(StrEnum):
    NEWEST = "-createdAt"
    OLDEST = "createdAt"
    NAME = "name"
    NAME_DOWN = "-name"
    USED_LAST = "-lastUsedAt"
    USED_FIRST = "lastUsedAt"


Reference = Annotated[
    str, typer.Argument(metavar="TOKEN", help="Its name, its id, or its hint.", show_default=False)
]
Account = Annotated[
    int | None,
    typer.Option(metavar="ID", help="A sub account, when you speak for its main account."),
]
Variable = Annotated[
    str | None,
    typer.Option(
        "--export", metavar="NAME", help="Print the line that sets this variable, nothing else."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ForShell = Annotated[
    Shell | None,
    typer.Option("--shell", help="The line is for this shell. Default: the one you are in."),
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    *,
    description: Annotated[str, typer.Option(metavar="TEXT")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do; may be repeated. Default: all that you may."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="30d|2027-01-31", help="Default: never.")
    ] = None,
    account: Account = None,
    reveal: Annotated[
        bool | None,
        typer.Option("--reveal/--no-reveal", help="Whether it can be shown again."),
    ] = None,
    export: Variable = None,
    shell: ForShell = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Make a token. Its value goes to standard output, alone; it works at once."""
    from keyfob.cli import remote, times

    line = _Line(export, shell, as_json=as_json)
    draft = {
        "name": name,
        "description": description,
        "tags": tag or [],
        "scopes": scope,
        "expiresAt": times.later(expires, option="--expires") if expires else None,
        "accountId": account,
        "retrievable": reveal,
    }
    with remote.connect(server) as api:
        made = api.create({field: value for field, value in draft.items() if value is not None})
    value = remote.value_of(made)
    if not as_json and not export:
        note(f"{_called(made)} is made, and can be used at once:")
    if not as_json and not made["retrievable"]:
        note("This is the only time that its value is shown.")
    say(json.dumps(made, indent=2) if as_json else line.of(value), lost=_unseen(made))


@app.command("list")
def list_tokens(
    *,
    search: Annotated[str, typer.Option(metavar="TEXT", help="In name or description.")] = "",
    state: Annotated[list[State] | None, typer.Option(help="May be repeated.")] = None,
    tag: Annotated[str, typer.Option()] = "",
    account: Account = None,
    sort: Annotated[Order, typer.Option()] = Order.NEWEST,
    every: Annotated[bool, typer.Option("--all", help="The revoked ones, too.")] = False,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """List the tokens of an account, newest first."""
    from keyfob.cli import remote

    query = {
        "q": search,
        "state": [*State] if every else state,
        "tag": tag,
        "accountId": account,
        "sort": sort,
    }
    with remote.connect(server) as api:
        found = api.tokens(query)
    if as_json:
        say(json.dumps(found, indent=2))
    elif found["items"]:
        from keyfob.cli import tables

        tables.draw_list(found["items"])
    else:
        note("No tokens here. Make one: keyfob tokens create NAME")


@app.command()
def show(
    token: Reference,
    *,
    account: Account = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a token, its value excepted."""
    from keyfob.cli import remote

    with remote.connect(server) as api:
        found = api.token(token, account=account)
    if as_json:
        say(json.dumps(found, indent=2))
        return
    from keyfob.cli import tables

    tables.draw_one(found)


@app.command()
def usage(
    token: Reference,
    *,
    by: Annotated[Bucket, typer.Option(help="What is counted together.")] = Bucket.HOUR,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="2027-01-31", help="Default: 24 hours, or 30 days."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="2027-02-01", help="Default: now.")
    ] = None,
    account: Account = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Show when a token was used last, from where, and how often it was good or refused."""
    from keyfob.cli import remote, times

    query = {
        "bucket": by,
        "from": times.moment(since, option="--from") if since else None,
        "to": times.moment(until, option="--to") if until else None,
    }
    with remote.connect(server) as api:
        found = api.usage(api.token(token, account=account)["id"], query)
    if as_json:
        say(json.dumps(found, indent=2))
        return
    from keyfob.cli import tables

    tables.draw_usage(found)


@app.command()
def rename(
    token: Reference,
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    *,
    account: Account = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Give a token another name. Its value stays."""
    _change(token, {"name": name}, server, account=account, as_json=as_json)


@app.command()
def disable(
    token: Reference,
    *,
    yes: Yes = False,
    account: Account = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Refuse a token until it is enabled again. Asks when it is the one in KEYFOB_TOKEN."""
    from keyfob.cli import remote

    with remote.connect(server) as api:
        found = api.token(token, account=account)
        if not yes and remote.is_own(found):
            _confirm(f"Disable {_called(found)}? {LOCKED_OUT}", "disable it")
        changed = api.change(found["id"], {"enabled": False})
    _tell_state(changed, as_json=as_json)


@app.command()
def enable(
    token: Reference,
    *,
    account: Account = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Let a disabled token work again."""
    _change(token, {"enabled": True}, server, account=account, as_json=as_json)


@app.command()
def delete(
    token: Reference,
    *,
    yes: Yes = False,
    account: Account = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Revoke a token for good: whatever uses it is refused at once."""
    from keyfob.cli import remote

    if not yes and not sys.stdin.isatty():
        raise Stop(Exit.WRONG_USE, NOBODY.format("delete it"))
    with remote.connect(server) as api:
        found = api.token(token, account=account)
        own = remote.is_own(found)
        if not yes:
            warning = LOCKED_OUT if own else "Whatever uses it is refused at once."
            _confirm(f"Delete {_called(found)} for good? {warning}", "delete it")
        api.delete(found["id"])
        # With one's own token gone nothing can be asked any more.
        gone = {"state": State.REVOKED.value}
        found = found | gone if own else api.token(str(found["id"]), account=account)
    told = f"{_called(found)} is deleted."
    say(json.dumps(found, indent=2) if as_json else told, lost=told)


app.command("revoke", hidden=True)(delete)  # what everybody else calls it


@app.command()
def reveal(
    token: Reference,
    *,
    account: Account = None,
    export: Variable = None,
    shell: ForShell = None,
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Print a token's value again. That needs the scope tokens:reveal, and goes on record."""
    from keyfob.cli import remote

    line = _Line(export, shell, as_json=as_json)
    with remote.connect(server) as api:
        found = api.token(token, account=account)
        value = api.reveal(found["id"])
    say(json.dumps({"token": value}, indent=2) if as_json else line.of(value))


class _Line:
    """What becomes of a value. Made first: nothing is created for a line that cannot be."""

    def __init__(self, variable: str | None, shell: Shell | None, *, as_json: bool) -> None:
        if variable is None and shell is not None:
            raise Stop(Exit.WRONG_USE, "--shell goes with --export NAME")
        if variable is not None and as_json:
            raise Stop(Exit.WRONG_USE, "--export and --json do not go together; choose one")
        self._variable = _checked(variable) if variable is not None else None
        require_output()
        self._shell = shell or (_guessed() if variable is not None else Shell.BASH)

    def of(self, value: str) -> str:
        if self._variable is None:
            return value
        return assignment(value, variable=self._variable, shell=self._shell)


def _checked(variable: str) -> str:
    try:
        return variable_name(variable, field="export")
    except Invalid as error:
        raise Stop(Exit.WRONG_USE, f"--export: {error.message}") from None


def _guessed() -> Shell:
    from keyfob.cli import shells

    return shells.guess()


def _change(
    token: str, changes: dict[str, Any], server: str, *, account: int | None, as_json: bool
) -> None:
    from keyfob.cli import remote

    with remote.connect(server) as api:
        changed = api.change(api.token(token, account=account)["id"], changes)
    _tell_state(changed, as_json=as_json)


def _tell_state(token: dict[str, Any], *, as_json: bool) -> None:
    state = f"{_called(token)} is {token['state']}."
    say(json.dumps(token, indent=2) if as_json else state, lost=state)


def _confirm(question: str, deed: str) -> None:
    if not sys.stdin.isatty():
        raise Stop(Exit.WRONG_USE, NOBODY.format(deed))
    typer.confirm(question, abort=True, err=True)


def _unseen(made: dict[str, Any]) -> str:
    """What to do about a new token whose value could not be printed."""
    again = f"keyfob tokens reveal {made['hint']} prints its value"
    if not made["retrievable"]:
        again = f"nobody can know its value any more, so: keyfob tokens delete {made['hint']}"
    return f"{_called(made)} is made nevertheless; {again}"


def _called(token: dict[str, Any]) -> str:
    return f'"{one_line(token["name"])}" ({one_line(token["hint"])})'
