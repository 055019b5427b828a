"""What is old goes: counts whose time is over, and the far end of the list of changes."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from keyfob.actors import OPERATOR
from keyfob.db import Database, changes
from keyfob.verification import store
from keyfob.verification.history import Bucket

KEPT_WRITERS: Final = timedelta(days=30)  # longer than any batch waits to be written
TIDY_EVERY: Final = 900  # seconds
STEP: Final = 5_000  # rows of one transaction: nobody's change waits long

log = structlog.get_logger("keyfob")


async def keep_tidy(db: Database) -> None:
    """Runs until it is cancelled, whatever happens to the database meanwhile."""
    while True:
        await asyncio.sleep(TIDY_EVERY)
        try:
            await tidy(db)
        except Exception:
            log.exception("what is old is not removed; will be tried again")


async def tidy(db: Database) -> None:
    """Remove what is older than it is kept, in steps."""
    async with db.transaction(OPERATOR) as tx:
        await changes.prune(tx)
        await store.remove_writers(tx, before=tx.now - KEPT_WRITERS)
    while await _remove_some(db):
        pass


async def _remove_some(db: Database) -> int:
    async with db.transaction(OPERATOR) as tx:
        return await store.remove_older(
            tx, hourly=Bucket.HOUR.oldest(tx.now), daily=Bucket.DAY.oldest(tx.now), most=STEP
        )
