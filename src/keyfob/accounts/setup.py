"""The one-time link that makes the first main account and its first admin."""

import hashlib
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final

from keyfob import audit
from keyfob.accounts import store
from keyfob.db import Connection, Transaction, Turn, take_turn
from keyfob.errors import Conflict, Forbidden

LINK_LIFETIME: Final = timedelta(minutes=15)
LINK_BYTES: Final = 32  # 256 random bits


async def make_setup_link(tx: Transaction) -> str:
    """Return the secret part of a new link; only its SHA-256 is stored. Older links end."""
    secret = token_urlsafe(LINK_BYTES)
    await store.replace_setup_link(tx, _digest(secret), expires_at=tx.now + LINK_LIFETIME)
    await audit.record(tx, "setup.link_made", "setup:", account_id=0)
    return secret


async def setup_link_is_good(conn: Connection, secret: str, *, now: datetime) -> bool:
    """Unused, not yet 15 minutes old, and nobody has been here yet."""
    ends = await store.setup_link_ends(conn, _digest(secret))
    return ends is not None and now < ends and await store.is_empty(conn)


async def redeem_setup_link(tx: Transaction, secret: str) -> None:
    """Use it up, in the transaction that makes the account. Raise Forbidden for a spent one."""
    await take_turn(tx, Turn.SETUP)
    if not await setup_link_is_good(tx.conn, secret, now=tx.now):
        raise Forbidden(
            "This setup link is used up or older than 15 minutes. "
            "Restart the server: it prints a new one while nothing is set up.",
            code="setup/LINK_IS_SPENT",
        )
    await store.forget_setup_links(tx)
    await audit.record(tx, "setup.link_used", "setup:", account_id=0)


async def require_empty(tx: Transaction) -> None:
    """Raise Conflict when somebody has been here; nobody else can come before `tx` has ended."""
    await take_turn(tx, Turn.SETUP)
    if not await store.is_empty(tx.conn):
        raise Conflict(
            "this installation is set up already; "
            "for one more main account run: keyfob accounts create-main",
            code="setup/ALREADY_DONE",
        )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
