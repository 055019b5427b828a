"""The copy-ready lines of a value, with a variable's name that can be chosen."""

from typing import Any, Final

from keyfob import snippets
from keyfob.errors import Invalid
from keyfob.tokens import Secret
from keyfob.web.visit import Visit

VARIABLE: Final = "LOGZ_IO_API_TOKEN"  # what the workshop calls it
COOKIE: Final = "keyfob_variable"
PLACEHOLDER: Final = "KEYFOB_VARIABLE_STANDS_HERE"  # the page puts the chosen name in its place


def lines(visit: Visit, value: Secret) -> list[dict[str, Any]]:
    """Each line as its pieces: the variable's name goes between them."""
    made = snippets.lines(value, variable=PLACEHOLDER, server_url=visit.config.url)
    return [{"label": each.label, "pieces": each.text.split(PLACEHOLDER)} for each in made]


def variable(visit: Visit) -> str:
    """The name chosen in this form, else the one chosen last time in this browser."""
    chosen = visit.form.get("variable") or visit.request.cookies.get(COOKIE, "")
    try:
        return snippets.variable_name(chosen)
    except Invalid:
        return VARIABLE
