"""A shared token with its filters, and the rules that need no database."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from keyfob import wording
from keyfob.errors import Invalid
from keyfob.tokens.model import FilterId, FiltersOperator, Token
from keyfob.tokens.secret import Secret

LIFETIME: Final = timedelta(days=7)  # of one made without saying how long (contract 7)
LONGEST_WORD: Final = 200  # characters of a filter's field or value
MOST_FILTERS: Final = 100  # of one token

_WORD: Final = re.compile(r"[a-zA-Z0-9_@.-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """`value` is None where it may not be seen; `filters` are in the order that was sent."""

    token: Token
    value: Secret | None = field(repr=False)
    filters: tuple[FilterId, ...]

    @property
    def operator(self) -> FiltersOperator:
        return self.token.filters_operator or FiltersOperator.OR


def ends_at(now: datetime, lifetime: timedelta) -> datetime:
    """When a token that is made now ends, in whole seconds."""
    return now.replace(microsecond=0) + lifetime


def word(text: str, *, field: str) -> str:
    """A filter's field or value: no wildcards, no spaces (contract 7)."""
    if len(text) > LONGEST_WORD:
        raise Invalid(f"must be at most {LONGEST_WORD} characters long", field=field)
    if not _WORD.fullmatch(text):
        raise Invalid("must be letters, digits and _ @ . - only, at least one", field=field)
    return wording.without_token(text, field=field)


def without_repeats(filters: tuple[FilterId, ...]) -> tuple[FilterId, ...]:
    """In the order of their first mention."""
    if len(filters) > MOST_FILTERS:
        raise Invalid(f"at most {MOST_FILTERS} filters are allowed", field="filters")
    return tuple(dict.fromkeys(filters))
