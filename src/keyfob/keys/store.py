"""The installation's row and its wrapped keys, in and out."""

from sqlalchemy import bindparam, exists, insert, select, update

from keyfob.db import Connection, Direct, Transaction
from keyfob.db.schema import instance as instances
from keyfob.db.schema import keys as key_rows
from keyfob.db.schema import tokens
from keyfob.keys.model import KeyState, Purpose

_INSTANCE = select(instances.c.id, instances.c.token_brand)
_KEYS = (
    select(key_rows.c.id, key_rows.c.purpose, key_rows.c.wrapped)
    .where(key_rows.c.state == bindparam("state"))
    .order_by(key_rows.c.id)
)


async def instance(conn: Connection) -> tuple[str, str] | None:
    """Its id and its token brand."""
    row = (await conn.execute(_INSTANCE)).one_or_none()
    return (row.id, row.token_brand) if row else None


def instance_at_once(direct: Direct) -> tuple[str, str] | None:
    rows = direct.rows(_INSTANCE, ())
    return rows[0] if rows else None


async def add_instance(tx: Transaction, instance_id: str, token_brand: str) -> None:
    await tx.conn.execute(
        insert(instances).values(
            id=instance_id, token_brand=token_brand, created_at=tx.now, single=True
        )
    )


async def set_brand(tx: Transaction, token_brand: str) -> None:
    await tx.conn.execute(update(instances).values(token_brand=token_brand))


async def keys(conn: Connection) -> list[tuple[int, Purpose, bytes]]:
    """The active key of each purpose, wrapped."""
    rows = await conn.execute(_KEYS, {"state": KeyState.ACTIVE})
    return [(row.id, Purpose(row.purpose), row.wrapped) for row in rows]


def keys_at_once(direct: Direct) -> list[tuple[int, Purpose, bytes]]:
    rows = direct.rows(_KEYS, (str(KeyState.ACTIVE),))
    return [(key_id, Purpose(purpose), wrapped) for key_id, purpose, wrapped in rows]


async def add_key(tx: Transaction, purpose: Purpose, wrapped: bytes) -> int:
    values = {
        "purpose": purpose,
        "state": KeyState.ACTIVE,
        "wrapped": wrapped,
        "created_at": tx.now,
    }
    result = await tx.conn.execute(insert(key_rows).values(values).returning(key_rows.c.id))
    return result.scalar_one()


async def has_tokens(conn: Connection) -> bool:
    return bool((await conn.execute(select(exists(select(tokens.c.id))))).scalar())
