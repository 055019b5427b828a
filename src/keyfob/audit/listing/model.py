"""What is wanted of the trail, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from keyfob.actors import ActorKind
from keyfob.audit.model import Entry, Who

MOST_COUNTED: Final = 10_000  # whoever finds more narrows it down; counting on would take long
MOST_ACTORS: Final = 200  # in the list to choose from


class Actor(NamedTuple):
    """The ids of users and of tokens overlap: the kind tells them apart."""

    kind: ActorKind
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Which entries; what is None or empty restricts nothing. `since` and `until` are within.

    `action` is the word as it is shown: an account's own changes are `main_account.…`.
    """

    actor: Actor | None = None
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """
    An entry, who it was as they are called today, the token's `hint` when it speaks of one, and
    the name of the closed account that left it; empty: it is the account's own.
    """

    entry: Entry
    who: Who
    hint: str
    closed_account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """The same, to things of one name, from one address: how many times, and when last."""

    name: str
    ip: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """The latest first. `total` counts all entries, also those of what is not in `items`."""

    items: Sequence[Repeated]
    total: int

    @property
    def is_more(self) -> bool:
        """No more are counted: there may be more than `total`."""
        return self.total == MOST_COUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """
    The newest first. `total` is `MOST_COUNTED` and `is_more` set when there are more than that.

    `newer` and `older` are the ids to go on from; None at the ends.
    """

    items: Sequence[Seen]
    total: int
    is_more: bool
    newer: int | None
    older: int | None
