"""Entries of the audit trail: ids and words, never objects, never secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

Change = tuple[object, object]  # old, new

MOST: Final = 500  # entries in one answer


class Said(NamedTuple):
    """What an entry says of the thing itself: fields as those of Entry."""

    subject: str
    name: str
    changes: Mapping[str, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    `account_id` is the account in whose trail it stands; 0 is the installation's own.

    `action` is `noun.past_tense` ("token.revoked"), `subject` is `noun:id`, and `subject_name`
    what it was called then. `changes` maps a field to its old and its new value.
    """

    id: int
    at: datetime
    account_id: int
    action: str
    subject: str
    subject_name: str
    actor_kind: str
    actor_id: int
    actor_name: str
    actor_account_id: int
    ip: str
    agent: str
    request_id: str
    changes: dict[str, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """
    Who did something, as they are called now; `deleted` is whether they are no more.

    `id` is 0 for the operator and for visitors. The ids of users and of tokens overlap:
    `is_token` tells them apart.
    """

    id: int
    name: str
    is_token: bool
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """
    Which entries, from the oldest on unless `newest_first`; None restricts nothing.

    `since` and `until` are within; of what is found, `start` entries are left out at the front.
    """

    size: int = MOST
    start: int = 0
    actor_id: int | None = None
    by_token: bool | None = None
    actions: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`total` is how many match, whatever was left out of `entries`."""

    total: int
    entries: Sequence[tuple[Entry, Who]]
