"""Tokens drawn for a terminal: as a table, or one of them in full."""

import sys
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from keyfob.cli.outcome import printable
from keyfob.cli.streams import say
from keyfob.cli.times import shown

WIDE: Final = 1000  # columns: what goes into a file or a pipe is not cut short

STYLES: Final = {
    "active": "green",
    "scheduled": "cyan",
    "disabled": "yellow",
    "expired": "red",
    "revoked": "dim",
}


def draw_list(tokens: list[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("Name", "Token", "State", "Created", "Expires", "Last used"):
        table.add_column(title, no_wrap=title != "Name", overflow="fold")
    for token in tokens:
        table.add_row(
            _text(token["name"]),
            _text(token["hint"]),
            _state(token),
            shown(token["createdAt"]),
            shown(token["expiresAt"]),
            shown(token["lastUsedAt"]),
        )
    _draw(table)


def draw_one(token: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for title, value in _fields(token):
        table.add_row(title, value)
    _draw(table)


def draw_usage(usage: dict[str, Any]) -> None:
    """Of the hours or days in which there was any; then all of them together."""
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("From", "Valid", "Refused"):
        table.add_column(title, no_wrap=title != "Refused", overflow="fold")
    for each in usage["items"]:
        if each["valid"] or each["refused"]:
            table.add_row(shown(each["at"]), *_counts(each))
    table.add_section()
    table.add_row("Together", *_counts(usage["total"]))
    _draw(table)
    where = [usage["lastUsedIp"] and f"from {usage['lastUsedIp']}", usage["lastUsedAgent"]]
    say(printable(", ".join([f"Last used {shown(usage['lastUsedAt'])}", *filter(None, where)])))


def _counts(counts: dict[str, Any]) -> tuple[Text, Text]:
    refused = ", ".join(f"{uses} {reason}" for reason, uses in counts["refused"].items())
    return _text(str(counts["valid"])), _text(refused or "-")


def _fields(token: dict[str, Any]) -> list[tuple[str, Text]]:
    rules = {name: rules for name, rules in token["restrictions"].items() if rules}
    limits = "; ".join(f"{name} {', '.join(allowed)}" for name, allowed in rules.items())
    return [
        ("Name", _text(token["name"])),
        ("Description", _text(token["description"] or "-")),
        ("Token", _text(token["hint"])),
        ("Id", _text(str(token["id"]))),
        ("Account", _text(str(token["accountId"]))),
        ("State", _state(token)),
        ("Tags", _text(", ".join(token["tags"]) or "-")),
        ("Scopes", _text(", ".join(token["scopes"]))),
        ("Restrictions", _text(limits or "-")),
        ("Created", _text(f"{shown(token['createdAt'])} by {token['createdBy']}")),
        ("Works from", _text(shown(token["notBefore"], never="the start"))),
        ("Expires", _text(shown(token["expiresAt"]))),
        ("Last used", _text(shown(token["lastUsedAt"]))),
        ("Shown again", _text("yes" if token["retrievable"] else "no")),
    ]


def _state(token: dict[str, Any]) -> Text:
    return Text(token["state"], style=STYLES.get(token["state"], ""))


def _text(value: str) -> Text:
    """As it is: no markup, no control characters."""
    return Text(printable(value))


def _draw(table: Table) -> None:
    on_terminal = sys.stdout is not None and sys.stdout.isatty()  # pyright: ignore[reportUnnecessaryComparison] -- None when it is closed
    console = Console(width=None if on_terminal else WIDE, highlight=False)
    with console.capture() as drawn:
        console.print(table)
    say(drawn.get().removesuffix("\n"))
