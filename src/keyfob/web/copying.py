"""The copy-ready lines of a value, with a variable's name that can be chosen."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob import snippets
from keyfob.errors import Invalid
from keyfob.tokens import Secret, TokenKind
from keyfob.web.visit import Visit

VARIABLES: Final[Mapping[TokenKind, str]] = {
    TokenKind.API: "LOGZ_IO_API_TOKEN",  # what the workshop calls it
    TokenKind.SHIPPING: "LOGZ_IO_SHIPPING_TOKEN",
    TokenKind.SHARED: "LOGZ_IO_SHARED_TOKEN",
}
PLACEHOLDER: Final = "KEYFOB_VARIABLE_STANDS_HERE"  # the page puts the chosen name in its place


def lines(visit: Visit, value: Secret, kind: TokenKind = TokenKind.API) -> list[dict[str, Any]]:
    """
    Each line as its pieces: the variable's name goes between them. With an API token one can ask
    who one is; the others are for other services.
    """
    if kind is TokenKind.API:
        made = snippets.lines(value, variable=PLACEHOLDER, server_url=visit.config.url)
    else:
        made = snippets.assignments(value, variable=PLACEHOLDER)
    return [{"label": each.label, "pieces": each.text.split(PLACEHOLDER)} for each in made]


def cookie(kind: TokenKind) -> str:
    """Which remembers the name: the script sets it."""
    return "keyfob_variable" if kind is TokenKind.API else f"keyfob_variable_{kind}"


def variable(visit: Visit, kind: TokenKind = TokenKind.API) -> str:
    """The name chosen in this form, else the one chosen last time in this browser."""
    remembered = visit.request.cookies.get(cookie(kind), "")
    try:
        return snippets.variable_name(visit.form.get("variable") or remembered)
    except Invalid:
        return VARIABLES[kind]
