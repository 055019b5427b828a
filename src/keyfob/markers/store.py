"""Markers in. No rules here."""

from collections.abc import Sequence

from sqlalchemy import insert

from keyfob.db import Transaction
from keyfob.db.schema import markers
from keyfob.markers.model import Marker, MarkerId


async def add(tx: Transaction, account_id: int, new: Sequence[Marker]) -> list[MarkerId]:
    """Return the ids, in the order of the markers."""
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
    return [MarkerId(row.id) for row in await tx.conn.execute(query, rows)]
