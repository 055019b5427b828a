"""
Tokens to look at: by an index, or so many at most.

When a token was last used is in none, for it is written all the time: who asks for it walks over
the account's tokens, 100,000 in 25 ms.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, or_, select

from keyfob.accounts import AccountId
from keyfob.db import Connection, Record
from keyfob.db.schema import IS_OFF, instance, tokens, usage_daily
from keyfob.tokens import TokenKind
from keyfob.verification.attention.model import LOOKED_AT, MOST, Found
from keyfob.verification.model import Reason
from keyfob_client.token_format import hint

_C = tokens.c
_U = usage_daily.c
_BRAND = select(instance.c.token_brand).scalar_subquery().label("brand")
_COLUMNS = (
    _C.id,
    _C.name,
    _C.kind,
    _C.public_id,
    _BRAND,
    _C.created_at,
    _C.expires_at,
    _C.last_used_at,
)
_A_DAY = timedelta(days=1)


async def expiring(
    conn: Connection, account_id: AccountId, *, until: datetime, now: datetime
) -> list[Found]:
    """The next one first."""
    query = (
        select(*_COLUMNS)
        .where(*_living(account_id), _C.enabled, _C.expires_at > now, _C.expires_at <= until)
        .order_by(_C.expires_at)
    )
    return await _found(conn, query)


async def never_used(
    conn: Connection, account_id: AccountId, *, made_before: datetime, now: datetime
) -> list[Found]:
    """The oldest first, of those that could be used."""
    query = (
        select(*_COLUMNS)
        .where(
            *_could_be_used(account_id, now), _C.last_used_at.is_(None), _C.created_at < made_before
        )
        .order_by(_C.created_at)
    )
    return await _found(conn, query)


async def unused(
    conn: Connection, account_id: AccountId, *, used_before: datetime, now: datetime
) -> list[Found]:
    """As they were made, of those that could be used."""
    old = (_C.created_at < used_before, _C.last_used_at < used_before)
    query = select(*_COLUMNS).where(*_could_be_used(account_id, now), *old)
    return await _found(conn, query.order_by(_C.created_at))


async def expired_tried(
    conn: Connection, account_id: AccountId, *, since: datetime, now: datetime
) -> list[Found]:
    """Those that ended since then, the most tried first."""
    ended = (
        select(_C.id)
        .where(*_living(account_id), _C.expires_at > since, _C.expires_at <= now)
        .order_by(_C.expires_at.desc())
    )
    return await _tried(conn, ended, Reason.EXPIRED, since)


async def disabled_tried(
    conn: Connection, account_id: AccountId, *, since: datetime, now: datetime
) -> list[Found]:
    """The most tried first."""
    off = select(_C.id).where(*_living(account_id), IS_OFF, _unexpired(now))
    return await _tried(conn, off.order_by(_C.id.desc()), Reason.DISABLED, since)


async def _tried(
    conn: Connection, among: Select[int], reason: Reason, since: datetime
) -> list[Found]:
    """Of the first `LOOKED_AT` of them; use is counted by whole days."""
    looked_at = among.limit(LOOKED_AT).subquery()
    uses = cast(func.sum(_U.uses), BigInteger).label("uses")
    counted = (
        select(_U.token_id, uses)
        .join(looked_at, looked_at.c.id == _U.token_id)
        .where(_U.at > since - _A_DAY, _U.verdict == reason.value)
        .group_by(_U.token_id)
        .subquery()
    )
    query = (
        select(*_COLUMNS, counted.c.uses)
        .join(counted, counted.c.token_id == _C.id)
        .order_by(counted.c.uses.desc(), _C.id)
    )
    return await _found(conn, query)


async def _found(conn: Connection, query: Select[*tuple[Any, ...]]) -> list[Found]:
    """One more than are counted: then it is known that there are more."""
    return [_one(row) for row in await conn.execute(query.limit(MOST + 1))]


def _living(account_id: AccountId) -> tuple[ColumnElement[bool], ...]:
    return _C.account_id == account_id, _C.kind == TokenKind.API, _C.revoked_at.is_(None)


def _unexpired(now: datetime) -> ColumnElement[bool]:
    return or_(_C.expires_at.is_(None), _C.expires_at > now)


def _could_be_used(account_id: AccountId, now: datetime) -> tuple[ColumnElement[bool], ...]:
    begun = or_(_C.not_before.is_(None), _C.not_before <= now)
    return *_living(account_id), _C.enabled, begun, _unexpired(now)


def _one(row: Record) -> Found:
    return Found(
        id=row.id,
        name=row.name,
        hint=hint(row.brand, row.kind, row.public_id),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        tried=getattr(row, "uses", 0),
    )
