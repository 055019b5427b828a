"""Rows of data-shipping tokens. A revoked one is not there any more."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from keyfob.accounts import AccountId
from keyfob.db import Connection
from keyfob.db.schema import sealed_tokens, tokens
from keyfob.tokens.model import Token, TokenId, TokenKind
from keyfob.tokens.shipping.model import Search, SortField
from keyfob.tokens.store import COLUMNS, WITH_SEALED, Kept, token

_C = tokens.c
_LIVING = (_C.kind == TokenKind.SHIPPING, _C.revoked_at.is_(None))


async def one(conn: Connection, account_id: AccountId, token_id: TokenId) -> Kept | None:
    query = WITH_SEALED.where(_C.id == token_id, _C.account_id == account_id, *_LIVING)
    row = (await conn.execute(query)).one_or_none()
    return (token(row), row.sealed) if row else None


async def some(conn: Connection, account_id: AccountId, search: Search) -> list[Kept]:
    """One page."""
    columns = {SortField.CREATED_AT: _C.created_at, SortField.NAME: _C.name_key}
    order = [
        columns[field].desc() if downwards else columns[field].asc()
        for field, downwards in search.order.items()
    ]
    query = (
        WITH_SEALED.where(*_matching(account_id, enabled=search.enabled))
        .order_by(*order, _C.id)
        .offset(search.offset)
        .limit(search.page_size)
    )
    return [(token(row), row.sealed) for row in await conn.execute(query)]


async def count(conn: Connection, account_id: AccountId, *, enabled: bool | None) -> int:
    query = select(func.count()).select_from(tokens).where(*_matching(account_id, enabled=enabled))
    return (await conn.execute(query)).scalar_one()


async def oldest_enabled(conn: Connection, account_ids: Sequence[int]) -> list[tuple[Token, bytes]]:
    """The token of each account, with its sealed value, where that is kept."""
    query = (
        select(*COLUMNS, sealed_tokens.c.sealed)
        .join(sealed_tokens, sealed_tokens.c.token_id == _C.id)
        .where(_first_enabled(account_ids))
    )
    return [(token(row), row.sealed) for row in await conn.execute(query)]


async def defaults(conn: Connection, account_ids: Sequence[int]) -> list[Token]:
    """The same tokens, whether their values are kept or not."""
    query = select(*COLUMNS).where(_first_enabled(account_ids))
    return [token(row) for row in await conn.execute(query)]


def _first_enabled(account_ids: Sequence[int]) -> ColumnElement[bool]:
    first = (
        select(func.min(_C.id))
        .where(_C.account_id.in_(account_ids), _C.enabled, *_LIVING)
        .group_by(_C.account_id)
    )
    return _C.id.in_(first)


def _matching(account_id: AccountId, *, enabled: bool | None) -> list[ColumnElement[bool]]:
    conditions = [_C.account_id == account_id, *_LIVING]
    return conditions if enabled is None else [*conditions, _C.enabled == enabled]
