"""Changes that look before they write go one after the other, where the engine lets them race."""

from enum import IntEnum

from sqlalchemy import text

from keyfob.db.transaction import Transaction


class Turn(IntEnum):
    """What is done by one transaction at a time. The numbers are ours: "keyfob" and a letter."""

    SIGN_IN = 0x6B6579666F6273
    SETUP = 0x6B6579666F6266
    CHANGES = 0x6B6579666F6263
    USAGE = 0x6B6579666F6275


async def take_turn(tx: Transaction, turn: Turn) -> None:
    """Wait until no other transaction holds it; hold it until this one ends. SQLite has one."""
    if tx.conn.dialect.name == "postgresql":
        await tx.conn.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": int(turn)})


async def step_aside(tx: Transaction) -> None:
    """
    Wait for a row half a second at most, then fail: what can be done again later is in nobody's
    way. PostgreSQL looks for two that wait for each other, and ends one, after a whole second.
    """
    if tx.conn.dialect.name == "postgresql":
        await tx.conn.execute(text("SET LOCAL lock_timeout = 500"))
