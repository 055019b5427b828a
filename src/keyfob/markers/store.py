"""Markers in and out. No rules here."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from keyfob.db import Connection, Transaction, account_exists
from keyfob.db.schema import markers
from keyfob.markers.model import Marker, MarkerId, Tag


async def add(tx: Transaction, account_id: int, new: Sequence[Marker]) -> list[MarkerId]:
    """Return the ids, in the order of the markers. Raise NotFound when the account is deleted."""
    rows = [
        {
            "account_id": account_id,
            "at": each.at,
            "title": each.title,
            "description": each.description,
            "tag": each.tag,
            "metadata": dict(each.metadata),
            "created_at": tx.now,
            "created_by": tx.actor.signature,
        }
        for each in new
    ]
    query = insert(markers).returning(markers.c.id, sort_by_parameter_order=True)
    with account_exists(account_id):
        return [MarkerId(row.id) for row in await tx.conn.execute(query, rows)]


async def latest(conn: Connection, account_id: int, *, limit: int) -> list[Marker]:
    """By the moment that is marked."""
    c = markers.c
    query = (
        select(c.at, c.title, c.description, c.tag, c.metadata)
        .where(c.account_id == account_id)
        .order_by(c.at.desc(), c.id.desc())
        .limit(limit)
    )
    return [
        Marker(
            at=row.at,
            title=row.title,
            description=row.description,
            tag=Tag(row.tag),
            metadata=row.metadata,
        )
        for row in await conn.execute(query)
    ]
