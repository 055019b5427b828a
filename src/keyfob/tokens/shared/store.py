"""Rows of shared tokens and of filters, and which is attached to which."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, insert, select

from keyfob.accounts import AccountId
from keyfob.db import Connection, Copied, Transaction, account_exists, touch
from keyfob.db.schema import shared_token_filters, token_filters, tokens
from keyfob.tokens.model import Filter, FilterId, TokenId, TokenKind
from keyfob.tokens.store import FILTER, WITH_SEALED, Kept, filter_of, token

_C = tokens.c
_ATTACHED = shared_token_filters.c
_EACH = select(_ATTACHED.token_id, _ATTACHED.filter_id).order_by(
    _ATTACHED.token_id, _ATTACHED.position
)
_LIVING = (_C.kind == TokenKind.SHARED, _C.revoked_at.is_(None))


async def one(conn: Connection, account_id: AccountId, token_id: TokenId) -> Kept | None:
    query = WITH_SEALED.where(_C.id == token_id, _C.account_id == account_id, *_LIVING)
    row = (await conn.execute(query)).one_or_none()
    return (token(row), row.sealed) if row else None


async def every(conn: Connection, account_id: AccountId) -> list[Kept]:
    """Oldest first."""
    query = WITH_SEALED.where(_C.account_id == account_id, *_LIVING).order_by(_C.id)
    return [(token(row), row.sealed) for row in await conn.execute(query)]


async def attached(conn: Connection, account_id: AccountId) -> dict[int, list[FilterId]]:
    """The filters of each token of the account that has any, in order."""
    query = _EACH.join(token_filters, token_filters.c.id == _ATTACHED.filter_id)
    return await _each(conn, query.where(token_filters.c.account_id == account_id))


async def attached_to_each(
    conn: Connection, token_ids: Sequence[TokenId]
) -> dict[int, list[FilterId]]:
    """The same, of these tokens."""
    return await _each(conn, _EACH.where(_ATTACHED.token_id.in_(token_ids)))


async def _each(conn: Connection, query: Select[*tuple[int, int]]) -> dict[int, list[FilterId]]:
    found: dict[int, list[FilterId]] = {}
    for token_id, filter_id in await conn.execute(query):
        found.setdefault(token_id, []).append(FilterId(filter_id))
    return found


async def attached_to(conn: Connection, token_id: TokenId) -> tuple[FilterId, ...]:
    query = (
        select(_ATTACHED.filter_id)
        .where(_ATTACHED.token_id == token_id)
        .order_by(_ATTACHED.position)
    )
    return tuple(FilterId(row.filter_id) for row in await conn.execute(query))


async def tokens_with(conn: Connection, filter_id: FilterId) -> list[TokenId]:
    query = (
        select(_ATTACHED.token_id)
        .where(_ATTACHED.filter_id == filter_id)
        .order_by(_ATTACHED.token_id)
    )
    return [TokenId(row.token_id) for row in await conn.execute(query)]


async def attach(tx: Transaction, token_id: TokenId, filter_ids: Sequence[FilterId]) -> None:
    """These, and no others."""
    await tx.conn.execute(delete(shared_token_filters).where(_ATTACHED.token_id == token_id))
    for public_id in await tx.conn.scalars(select(_C.public_id).where(_C.id == token_id)):
        touch(tx, Copied.TOKEN, public_id)
    rows = [
        {"token_id": token_id, "position": position, "filter_id": filter_id}
        for position, filter_id in enumerate(filter_ids)
    ]
    if rows:
        await tx.conn.execute(insert(shared_token_filters), rows)


async def add_filter(
    tx: Transaction, account_id: AccountId, *, field: str, value: str, description: str
) -> Filter:
    values = {
        "account_id": account_id,
        "field": field,
        "value": value,
        "description": description,
        "created_at": tx.now,
    }
    query = insert(token_filters).values(values).returning(*FILTER)
    with account_exists(account_id):
        return filter_of((await tx.conn.execute(query)).one())


async def filters(conn: Connection, account_id: AccountId) -> list[Filter]:
    """Oldest first."""
    query = (
        select(*FILTER).where(token_filters.c.account_id == account_id).order_by(token_filters.c.id)
    )
    return [filter_of(row) for row in await conn.execute(query)]


async def filter_by_id(
    conn: Connection, account_id: AccountId, filter_id: FilterId
) -> Filter | None:
    c = token_filters.c
    query = select(*FILTER).where(c.id == filter_id, c.account_id == account_id)
    row = (await conn.execute(query)).one_or_none()
    return filter_of(row) if row else None


async def existing(
    conn: Connection, account_id: AccountId, filter_ids: Sequence[FilterId]
) -> set[FilterId]:
    """Those of them that the account has."""
    c = token_filters.c
    query = select(c.id).where(c.account_id == account_id, c.id.in_(filter_ids))
    return {FilterId(row.id) for row in await conn.execute(query)}


async def remove_filter(tx: Transaction, filter_id: FilterId) -> None:
    """From every token that it is attached to, too."""
    narrowed = (
        select(_C.public_id)
        .join(shared_token_filters, _ATTACHED.token_id == _C.id)
        .where(_ATTACHED.filter_id == filter_id)
    )
    for public_id in await tx.conn.scalars(narrowed):
        touch(tx, Copied.TOKEN, public_id)
    await tx.conn.execute(delete(token_filters).where(token_filters.c.id == filter_id))
