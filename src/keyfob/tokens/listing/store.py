"""Token rows of a list: those that match, in an order, from a place on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
)

from keyfob import wording
from keyfob.accounts import AccountId
from keyfob.db import Connection
from keyfob.db.schema import HAS_LIVING_NAME, tokens
from keyfob.tokens.model import Token, TokenKind, TokenState
from keyfob.tokens.store import COLUMNS, token
from keyfob_client.token_format import ID_LENGTH

LEAST_OF_ID: Final = 4  # characters: fewer would find others by chance
FEW: Final = 1000  # that a search found: they are read by their ids
LIVING: Final = frozenset(TokenState) - {TokenState.REVOKED}
NEVER: Final = 0  # as a moment of last use


class OrderedBy(StrEnum):
    """
    A field. The last use has no index, which each batch of uses would have to write: that order
    reads every token of the account.
    """

    NAME = "name"
    CREATED = "createdAt"
    LAST_USED = "lastUsedAt"


_KEYS: Final[Mapping[OrderedBy, ColumnElement[Any]]] = {
    OrderedBy.NAME: tokens.c.name_key,
    OrderedBy.CREATED: type_coerce(tokens.c.created_at, BigInteger),
    OrderedBy.LAST_USED: func.coalesce(type_coerce(tokens.c.last_used_at, BigInteger), NEVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which tokens a list is about."""

    account_id: AccountId
    kind: TokenKind
    search: str
    exact: bool
    public_id: str
    states: frozenset[TokenState]
    tag: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """The order, and the place in it: rows come strictly after (`key`, `id`)."""

    by: OrderedBy
    downwards: bool
    after: tuple[int | str, int] | None


async def few(conn: Connection, matching: Matching) -> list[int] | None:
    """
    The ids of all that match, or None when they are more than FEW.

    A search looks at every token of the account, for its count and once more for its page; with
    the ids of a few it looks once. Where it finds many it stops early. (100,000 tokens: 131 ms
    before, 67 with it.)
    """
    query = select(tokens.c.id).where(*_conditions(matching)).limit(FEW + 1)
    found = [*(await conn.execute(query)).scalars()]
    return found if len(found) <= FEW else None


async def count(conn: Connection, matching: Matching) -> int:
    """
    All living ones are counted in the index over their names. SQLite takes another one, and reads
    every row, unless the names are asked for, too: every name is one. (100,000: 85 ms without
    that, 16 with it.)
    """
    is_named = tokens.c.name_key >= ""
    query = select(func.count()).select_from(tokens).where(*_conditions(matching), is_named)
    return (await conn.execute(query)).scalar_one()


async def some(
    conn: Connection, matching: Matching | Sequence[int], keyset: Keyset, *, limit: int
) -> list[Token]:
    """Of those that match, or that have one of these ids."""
    conditions = (
        _conditions(matching) if isinstance(matching, Matching) else [tokens.c.id.in_(matching)]
    )
    key = _KEYS[keyset.by]
    query = select(*COLUMNS).where(*conditions).limit(limit)
    if keyset.downwards:
        query = query.order_by(key.desc(), tokens.c.id.desc())
    else:
        query = query.order_by(key, tokens.c.id)
    if keyset.after is not None:
        place = tuple_(*(literal(part) for part in keyset.after))
        row = tuple_(key, tokens.c.id)
        query = query.where(row < place if keyset.downwards else row > place)
    return [token(row) for row in await conn.execute(query)]


async def tags(conn: Connection, *, account_id: AccountId, kind: TokenKind, most: int) -> set[str]:
    """Of the living ones' different sets of tags, `most` are looked into."""
    c = tokens.c
    sets = cast(c.tags, String)  # JSON cannot be told apart in PostgreSQL
    query = (
        select(sets)
        .where(c.account_id == account_id, c.kind == kind, c.revoked_at.is_(None))
        .distinct()
        .limit(most)
    )
    return {tag for (text,) in await conn.execute(query) for tag in json.loads(text)}


def _conditions(matching: Matching) -> list[ColumnElement[bool]]:
    c = tokens.c
    conditions = [c.account_id == matching.account_id, c.kind == matching.kind]
    if matching.search and matching.exact:
        named = c.name_key == wording.same(matching.search)
        conditions.append(or_(named, c.public_id == matching.public_id))
    elif matching.search:
        conditions.append(
            or_(
                c.name_key.contains(wording.same(matching.search), autoescape=True),
                c.description.icontains(matching.search, autoescape=True),
                _called(matching),
            )
        )
    if matching.tag:
        # A tag has no quotes (model.tags), so this is the whole tag; LIKE would take the letters of
        # the other case for the same on SQLite.
        tags = cast(c.tags, String)
        conditions.append(func.replace(tags, f'"{matching.tag}"', "") != tags)
    return [*conditions, _in_states(matching)]


def _called(matching: Matching) -> ColumnElement[bool]:
    """By its hint, or by how that begins: kf_api_h7Qm."""
    typed = matching.public_id
    if "_" in matching.search and LEAST_OF_ID <= len(typed) < ID_LENGTH:
        return tokens.c.public_id.startswith(typed, autoescape=True)
    return tokens.c.public_id == typed


def _in_states(matching: Matching) -> ColumnElement[bool]:
    """In the words of the index over living names, when it is about all of them."""
    if matching.states != LIVING:
        return or_(*(_in_state(state, matching.now) for state in matching.states))
    if matching.kind is TokenKind.SHARED:
        return tokens.c.revoked_at.is_(None)
    return and_(HAS_LIVING_NAME)


def _in_state(state: TokenState, now: datetime) -> ColumnElement[bool]:
    """As Token.state decides, in SQL."""
    c = tokens.c
    living = c.revoked_at.is_(None)
    unexpired = and_(living, or_(c.expires_at.is_(None), c.expires_at > now))
    match state:
        case TokenState.REVOKED:
            return c.revoked_at.is_not(None)
        case TokenState.EXPIRED:
            return and_(living, c.expires_at <= now)
        case TokenState.DISABLED:
            return and_(unexpired, ~c.enabled)
        case TokenState.SCHEDULED:
            return and_(unexpired, c.enabled, c.not_before > now)
        case TokenState.ACTIVE:
            return and_(unexpired, c.enabled, or_(c.not_before.is_(None), c.not_before <= now))
