"""`keyfob whoami` and `keyfob verify -`: whose token is this, and is it good?"""

import json
import sys
from typing import Annotated, Any, Final

import typer

from keyfob.cli.options import DEFAULT_SERVER, AsJson, ServerUrl
from keyfob.cli.outcome import Exit, Stop, one_line
from keyfob.cli.streams import say

# By the code of a refusal: what it means for whoever holds the token.
WHAT_NOW: Final = {
    "NOT_FOUND": "it is no token here that you may see; copy it again, whole, or make a new one",
    "EXPIRED": "its time is over; make a new one",
    "DISABLED": "it is switched off; keyfob tokens enable lets it work again",
    "REVOKED": "it was deleted, for good; make a new one",
    "NOT_YET_VALID": "its time has not come; keyfob tokens show says when it does",
    "INSUFFICIENT_SCOPE": "it lacks a scope that was asked for; keyfob tokens show lists its own",
    "IP_DENIED": "it may not be used from that address; --client-ip says from where it is",
    "METHOD_DENIED": "it may not be used with that method; --method says with which it is",
    "PATH_DENIED": "it may not be used on that path; --path says on which it is",
    "ACCOUNT_SUSPENDED": "its account is suspended; ask the operator of the server",
}
LONGEST_INPUT: Final = 10_000  # characters; a token is far shorter


def whoami(*, server: ServerUrl = DEFAULT_SERVER, as_json: AsJson = False) -> None:
    """Say which account the token in KEYFOB_TOKEN speaks for."""
    from keyfob.cli import remote

    with remote.connect(server) as api:
        answer = api.who_am_i()
    if as_json:
        say(json.dumps(answer, indent=2))
    else:
        say(f"Account {answer['accountId']}: {one_line(answer['accountName'])}")


def verify(
    source: Annotated[
        str, typer.Argument(metavar="-", help="The token is read from standard input.")
    ],
    *,
    scope: Annotated[list[str] | None, typer.Option(help="It must have this; repeatable.")] = None,
    client_ip: Annotated[str, typer.Option(metavar="ADDRESS", help="It is used from there.")] = "",
    method: Annotated[str, typer.Option(help="It is used with this HTTP method.")] = "",
    path: Annotated[str, typer.Option(help="It is used on this path.")] = "",
    server: ServerUrl = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Ask whether a token is good. Exit code 0: it is; 1: it is not."""
    from keyfob.cli import remote

    if source != "-":
        raise Stop(
            Exit.WRONG_USE, "write '-' and send the token on standard input: keyfob verify - <file"
        )
    question = {
        "token": _read_token(),
        "scopes": scope or [],
        "clientIp": client_ip,
        "method": method,
        "path": path,
    }
    with remote.connect(server) as api:
        answer = api.verify(question)
    say(json.dumps(answer, indent=2) if as_json else _told(answer))
    if answer.get("valid") is not True:
        raise Stop(Exit.REFUSED)


def _read_token() -> str:
    if sys.stdin.isatty():
        from keyfob.cli import hidden

        text = hidden.ask("Token").strip()
    else:
        text = _piped().strip()
    if not text:
        raise Stop(Exit.WRONG_USE, "there is no token on standard input")
    return text


def _piped() -> str:
    try:
        return sys.stdin.read(LONGEST_INPUT)
    except UnicodeDecodeError:
        raise Stop(Exit.WRONG_USE, "what is on standard input is no text, so no token") from None


def _told(answer: dict[str, Any]) -> str:
    if answer.get("valid") is not True:
        code = one_line(str(answer.get("code")))
        return f"Not valid ({code}): {WHAT_NOW.get(code, 'ask an admin of the account')}."
    return (
        f'Valid: "{one_line(answer["tokenName"])}" of account {answer["accountId"]}, '
        f"{one_line(answer['accountName'])}; scopes {one_line(', '.join(answer['scopes']))}"
    )
