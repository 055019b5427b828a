"""Moments as people type and read them, in the time zone of the terminal."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from keyfob.cli.outcome import Exit, Stop

_SPAN: Final = re.compile(r"(\d{1,5})([mhdw])", re.ASCII)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, *, option: str, now: datetime | None = None) -> int:
    """
    Seconds since 1970 of `30d` from now, of a day (when it begins here), or of an ISO moment.

    End the command for anything else.
    """
    try:
        if span := _SPAN.fullmatch(text):
            length = timedelta(**{_UNITS[span[2]]: int(span[1])})
            return int(((now or datetime.now(UTC)) + length).timestamp())
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        raise Stop(
            Exit.WRONG_USE,
            f"{option} takes 90m, 12h, 30d or 8w, a day like 2027-01-31, or a moment like "
            "2027-01-31T12:00+01:00",
        ) from None


def later(text: str, *, option: str) -> int:
    """As `moment`, and still to come."""
    at = moment(text, option=option)
    if at <= datetime.now(UTC).timestamp():
        raise Stop(Exit.WRONG_USE, f"{option} must be in the future; {text} is not")
    return at


def shown(seconds: int | None, *, never: str = "never") -> str:
    """To the minute; a table of moments is read by comparing them."""
    if seconds is None:
        return never
    at = datetime.fromtimestamp(seconds, UTC)
    with suppress(OverflowError):  # east of UTC the year 9999 ends in one that cannot be written
        at = at.astimezone()
    return f"{at:%Y-%m-%d %H:%M}"
