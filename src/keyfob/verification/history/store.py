"""Counts of use, read. No rules here."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, Table, case, cast, func, select

from keyfob.accounts import AccountId
from keyfob.db import Connection
from keyfob.db.schema import instance, tokens, usage_daily, usage_hourly
from keyfob.tokens import TokenId, TokenKind
from keyfob.verification.counts import VALID
from keyfob.verification.history.model import Bucket, Span, Uses
from keyfob_client.token_format import hint

_TABLES: Final[dict[Bucket, Table]] = {Bucket.HOUR: usage_hourly, Bucket.DAY: usage_daily}

By = dict[datetime, Uses]


class LastUse(NamedTuple):
    """All None: never. Otherwise an address or an agent is None when nobody told."""

    at: datetime | None
    ip: str | None
    agent: str | None


class UsedToken(NamedTuple):
    """`refused` for whatever reason."""

    id: TokenId
    kind: TokenKind
    name: str
    hint: str
    last_used_at: datetime | None
    valid: int = 0
    refused: int = 0


async def last_use(conn: Connection, token_id: TokenId) -> LastUse:
    c = tokens.c
    query = select(c.last_used_at, c.last_used_ip, c.last_used_agent).where(c.id == token_id)
    row = (await conn.execute(query)).one()
    return LastUse(row.last_used_at, row.last_used_ip, row.last_used_agent)


async def of_token(conn: Connection, token_id: TokenId, span: Span) -> By:
    """Of the buckets in which it was used."""
    counts = _TABLES[span.bucket]
    query = select(counts.c.at, counts.c.verdict, counts.c.uses)
    return await _by(conn, query.where(counts.c.token_id == token_id, *_within(counts, span)))


async def of_account(conn: Connection, account_id: AccountId, span: Span) -> By:
    """Of the buckets in which any of its tokens was used."""
    counts = _TABLES[span.bucket]
    query = (
        select(counts.c.at, counts.c.verdict, _sum(counts.c.uses).label("uses"))
        .join(tokens, tokens.c.id == counts.c.token_id)
        .where(tokens.c.account_id == account_id, *_within(counts, span))
        .group_by(counts.c.at, counts.c.verdict)
    )
    return await _by(conn, query)


async def most_used(
    conn: Connection, account_id: AccountId, span: Span, *, limit: int
) -> list[UsedToken]:
    """Those that were good most often; among equals, those that were refused most often."""
    counts = _TABLES[span.bucket]
    c = tokens.c
    is_valid = counts.c.verdict == VALID
    valid = _sum(case((is_valid, counts.c.uses), else_=0))
    refused = _sum(case((is_valid, 0), else_=counts.c.uses))
    query = (
        select(c.id, valid.label("valid"), refused.label("refused"))
        .join(counts, counts.c.token_id == c.id)
        .where(c.account_id == account_id, *_within(counts, span))
        .group_by(c.id)
        .order_by(valid.desc(), refused.desc(), c.id)
        .limit(limit)
    )
    rows = (await conn.execute(query)).all()
    named = await _named(conn, [row.id for row in rows])
    return [named[row.id]._replace(valid=row.valid, refused=row.refused) for row in rows]


async def _named(conn: Connection, ids: list[int]) -> dict[int, UsedToken]:
    c = tokens.c
    brand = select(instance.c.token_brand).scalar_subquery().label("brand")
    query = select(c.id, c.kind, c.name, c.public_id, brand, c.last_used_at).where(c.id.in_(ids))
    return {
        row.id: UsedToken(
            id=TokenId(row.id),
            kind=TokenKind(row.kind),
            name=row.name,
            hint=hint(row.brand, row.kind, row.public_id),
            last_used_at=row.last_used_at,
        )
        for row in await conn.execute(query)
    }


async def _by(conn: Connection, query: Select[*tuple[Any, ...]]) -> By:
    found: By = {}
    for at, verdict, uses in await conn.execute(query):
        found.setdefault(at, Uses()).add(verdict, uses)
    return found


def _within(counts: Table, span: Span) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return counts.c.at >= span.since, counts.c.at < span.until


def _sum(uses: ColumnElement[int]) -> ColumnElement[int]:
    """PostgreSQL's sum of 64-bit numbers is a decimal."""
    return cast(func.sum(uses), BigInteger)
