"""Forms as browsers send them: urlencoded, bounded, text only."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from keyfob.edge import bounded_body, content_type
from keyfob.errors import Invalid
from keyfob.strict_json import once_each

MOST_FIELDS: Final = 250  # a page of ticked rows has 100
_PICKED: Final = re.compile(r"([a-z]+)-([0-9]{1,10})", re.ASCII)
FORM: Final = "application/x-www-form-urlencoded"


FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998  # a zone's hours, or a whole day, are added to it without an overflow
MOST_DIGITS: Final = 19  # of a number; no id has as many


def moment(text: str, *, field: str) -> datetime | None:
    """
    A day, or a minute of one, as the browser's own fields write it; of UTC. None for nothing.

    Raise Invalid for what is neither, or has a zone of its own.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Invalid(
            "must be a day like 2030-01-31, or a minute like 2030-01-31T09:30", field=field
        )
    return at.replace(tzinfo=UTC)


def number(text: str) -> int | None:
    """None for what is no number of ours, however many digits it has."""
    is_short = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_short else None


def picked(form: Mapping[str, str], word: str) -> Sequence[int]:
    """The numbers of the boxes that are ticked: their fields are called `word-number`."""
    found = (_PICKED.fullmatch(name) for name in form)
    return [int(match[2]) for match in found if match and match[1] == word]


async def read(request: Request) -> Mapping[str, str]:
    """Return the form's fields. Raise Invalid for what no form of ours sends, or TooLarge."""
    if content_type(request.headers) not in {FORM, ""}:
        raise Invalid(f"must be {FORM}", field="Content-Type")
    return parse(await bounded_body(request))


def parse(encoded: bytes) -> Mapping[str, str]:
    """
    Raise Invalid for what is not UTF-8, for a name that comes twice (no form of ours sends
    that), and for a NUL, which no database takes.
    """
    try:
        text = encoded.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Invalid("cannot be read as a form", field="body") from None
    for name, value in pairs:
        if "\0" in value:
            raise Invalid("has a character that cannot be seen (U+0000)", field=name)
    return once_each(pairs)
