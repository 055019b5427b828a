"""Audit rows in, in the transaction of the change; and out."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import insert, select

from keyfob.audit.model import Change, Entry
from keyfob.db import Connection, Transaction
from keyfob.db.schema import audit_entries

LONGEST_NAME: Final = 254  # characters
LONGEST_AGENT: Final = 300  # characters


async def record(
    tx: Transaction,
    action: str,
    subject: str,
    *,
    account_id: int,
    name: str = "",
    changes: Mapping[str, Change] | None = None,
) -> None:
    """Write one entry. It is stored if, and only if, the change beside it is."""
    actor, origin = tx.actor, tx.actor.origin
    await tx.conn.execute(
        insert(audit_entries).values(
            at=tx.now,
            account_id=account_id,
            action=action,
            subject=subject,
            subject_name=name[:LONGEST_NAME],
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name[:LONGEST_NAME],
            actor_account_id=actor.account_id,
            ip=origin.ip,
            agent=origin.agent[:LONGEST_AGENT],
            request_id=origin.request_id,
            changes={field: list(change) for field, change in (changes or {}).items()},
        )
    )


async def trail(
    conn: Connection, *, account_id: int | None = None, subject: str | None = None, limit: int = 50
) -> list[Entry]:
    """The newest entries first, of one account, of one subject, or of all."""
    c = audit_entries.c
    query = select(audit_entries).order_by(c.id.desc()).limit(limit)
    if account_id is not None:
        query = query.where(c.account_id == account_id)
    if subject is not None:
        query = query.where(c.subject == subject)
    return [_entry(dict(row)) for row in (await conn.execute(query)).mappings()]


def _entry(fields: dict[str, Any]) -> Entry:
    changes = {field: (old, new) for field, (old, new) in fields.pop("changes").items()}
    return Entry(**fields, changes=changes)
