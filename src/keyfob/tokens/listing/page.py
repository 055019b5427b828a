"""List an account's tokens: search, filter, order, and pages that stay fast (keyset, no OFFSET)."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from keyfob import accounts, wording
from keyfob.accounts import AccountId
from keyfob.actors import Actor
from keyfob.db import Connection, milliseconds
from keyfob.errors import Invalid
from keyfob.tokens.kinds import RIGHTS
from keyfob.tokens.listing import store
from keyfob.tokens.model import Token, TokenKind, TokenState, tags
from keyfob_client.token_format import ID_LENGTH, KINDS, parse

DEFAULT_LIMIT: Final = 25
MOST_LIMIT: Final = 1000
LONGEST_SEARCH: Final = 200  # characters
MOST_TAGS: Final = 500  # different sets of tags that are looked into

# A hint and the beginning of a secret, wherever they stand: somebody pastes a line from a shell.
_PASTED: Final = re.compile(
    rf"([a-z0-9]{{2,12}}_(?:{'|'.join(KINDS)})_[0-9A-Za-z]{{{ID_LENGTH}}})[0-9A-Za-z]", re.ASCII
)


class Sort(StrEnum):
    """A field, downwards with `-` before it."""

    NEWEST = "-createdAt"
    OLDEST = "createdAt"
    NAME = "name"
    NAME_DOWN = "-name"
    USED_LAST = "-lastUsedAt"
    USED_FIRST = "lastUsedAt"  # those that were never used come before all others

    @property
    def by(self) -> store.OrderedBy:
        return store.OrderedBy(self.value.removeprefix("-"))

    @property
    def by_name(self) -> bool:
        return self.by is store.OrderedBy.NAME

    @property
    def downwards(self) -> bool:
        return self.value.startswith("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """
    A place between two rows. `key` and `id` are of the row it lies after, or, when `backwards`,
    before; `start` counts the rows in front of the page, as far as anybody knows.
    """

    key: int | str
    id: int
    start: int
    backwards: bool

    def __str__(self) -> str:
        """Opaque to everybody outside."""
        parts = json.dumps([self.key, self.id, self.start, self.backwards])
        return base64.urlsafe_b64encode(parts.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, sort: Sort) -> Self:
        """Raise Invalid for one that was not given out for this order."""
        try:
            padded = text + "=" * (-len(text) % 4)
            parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error, RecursionError):
            parts = None
        match parts:
            case [str() | int() as key, int() as id_, int() as start, bool() as backwards] if (
                not any(isinstance(part, bool) for part in (key, id_, start))
                and isinstance(key, str) == sort.by_name
                and 0 <= id_ < 2**31
                and 0 <= start < 2**31
                and (key.isprintable() if isinstance(key, str) else abs(key) < 2**62)
            ):
                return cls(key=key, id=id_, start=start, backwards=backwards)
            case _:
                raise Invalid(
                    "is not a cursor of this list; leave it out to begin anew", field="cursor"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """
    `search` is looked for in name and description, or is a hint; `exact`, it is the whole name or
    the hint. Without `states`, all but the revoked are listed. `limit` is 1 to 1000 rows.
    """

    search: str = ""
    exact: bool = False
    states: frozenset[TokenState] = frozenset()
    tag: str = ""
    sort: Sort = Sort.NEWEST
    cursor: str = ""
    limit: int = DEFAULT_LIMIT

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_LIMIT:
            raise Invalid(f"must be between 1 and {MOST_LIMIT}", field="limit")
        if len(self.search) > LONGEST_SEARCH:
            raise Invalid(f"must be at most {LONGEST_SEARCH} characters long", field="q")
        wording.printable(self.search, field="q")
        if self.cursor:
            Cursor.parse(self.cursor, self.sort)
        if self.tag:
            tags((self.tag,), field="tag")

    @property
    def public_id(self) -> str:
        """The id in a hint, or in a whole token that somebody pasted; else empty."""
        parsed = parse(self.search.strip())
        return parsed.public_id if parsed else self.search.strip().rpartition("_")[2]


def searchable(text: str) -> str:
    """
    What to search for when somebody typed this: of a token, whole or in part, only its hint.

    An address keeps what is searched for, and a secret must not be in one.
    """
    pasted = _PASTED.search(text)
    return pasted[1] if pasted else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`first` is the number of the first row, from 1; the cursors are empty at the ends."""

    items: Sequence[Token]
    total: int
    first: int
    next_cursor: str
    previous_cursor: str


async def page(
    conn: Connection,
    actor: Actor,
    query: Query,
    *,
    account_id: AccountId,
    now: datetime,
    kind: TokenKind = TokenKind.API,
) -> Page:
    """One page of the account's tokens of a kind. Raise as `accounts.require_reach` does."""
    accounts.authorize(actor, RIGHTS[kind].read)
    await accounts.require_reach(conn, actor, account_id)
    matching = store.Matching(
        account_id=account_id,
        kind=kind,
        search=query.search.strip(),
        exact=query.exact,
        public_id=query.public_id,
        states=query.states or store.LIVING,
        tag=query.tag,
        now=now,
    )
    at = Cursor.parse(query.cursor, query.sort) if query.cursor else None
    backwards = at is not None and at.backwards
    keyset = store.Keyset(
        by=query.sort.by,
        downwards=query.sort.downwards != backwards,
        after=(at.key, at.id) if at else None,
    )
    few = await store.few(conn, matching) if matching.search else None
    rows = await store.some(conn, matching if few is None else few, keyset, limit=query.limit + 1)
    total = await store.count(conn, matching) if few is None else len(few)
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backwards:
        rows.reverse()
    return _page(rows, query, at, more=more, total=total)


async def tags_in_use(
    conn: Connection, actor: Actor, *, account_id: AccountId, kind: TokenKind = TokenKind.API
) -> list[str]:
    """The tags of the account's living tokens of a kind, by name; of very many, some."""
    accounts.authorize(actor, RIGHTS[kind].read)
    await accounts.require_reach(conn, actor, account_id)
    return sorted(await store.tags(conn, account_id=account_id, kind=kind, most=MOST_TAGS))


def _page(rows: list[Token], query: Query, at: Cursor | None, *, more: bool, total: int) -> Page:
    backwards = at is not None and at.backwards
    start = at.start if at else 0
    if backwards:
        start = max(0, start - len(rows)) if more else 0
    has_next = backwards or more
    has_previous = more if backwards else at is not None
    return Page(
        items=rows,
        total=total,
        first=start + 1 if rows else 0,
        next_cursor=_cursor(rows[-1], query, start + len(rows)) if rows and has_next else "",
        previous_cursor=(
            _cursor(rows[0], query, start, backwards=True) if rows and has_previous else ""
        ),
    )


def _cursor(token: Token, query: Query, start: int, *, backwards: bool = False) -> str:
    return str(
        Cursor(key=_key(token, query.sort.by), id=token.id, start=start, backwards=backwards)
    )


def _key(token: Token, by: store.OrderedBy) -> int | str:
    """What the row is ordered by, as SQL has it."""
    match by:
        case store.OrderedBy.NAME:
            return wording.same(token.name)
        case store.OrderedBy.CREATED:
            return milliseconds(token.created_at)
        case store.OrderedBy.LAST_USED:
            return milliseconds(token.last_used_at) if token.last_used_at else store.NEVER
