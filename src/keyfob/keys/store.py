"""The installation's row and its wrapped keys, in and out."""

from sqlalchemy import exists, insert, select, update

from keyfob.db import Connection, Transaction
from keyfob.db.schema import instance as instances
from keyfob.db.schema import keys as key_rows
from keyfob.db.schema import tokens
from keyfob.keys.model import KeyState, Purpose


async def instance(conn: Connection) -> tuple[str, str] | None:
    """Its id and its token brand."""
    row = (await conn.execute(select(instances.c.id, instances.c.token_brand))).one_or_none()
    return (row.id, row.token_brand) if row else None


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
    c = key_rows.c
    query = select(c.id, c.purpose, c.wrapped).where(c.state == KeyState.ACTIVE).order_by(c.id)
    return [(row.id, Purpose(row.purpose), row.wrapped) for row in await conn.execute(query)]


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
