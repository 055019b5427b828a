"""What is old goes: counts whose time is over, and the far end of the list of changes."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

from keyfob.actors import OPERATOR
from keyfob.db import Database, changes
from keyfob.verification import store
from keyfob.verification.history import Bucket
from keyfob.verification.upkeep import repeat

KEPT_WRITERS: Final = timedelta(days=30)  # longer than any batch waits to be written
TIDY_EVERY: Final = 900  # seconds
STEP: Final = 5_000  # rows of one transaction: nobody's change waits long
STEPS: Final = 100  # at a time: a server that is told to stop does not go on for long


async def keep_tidy(db: Database, stopping: asyncio.Event) -> None:
    """Until the server stops, whatever happens to the database meanwhile."""
    await repeat(
        partial(tidy, db),
        pause=lambda: TIDY_EVERY,
        stopping=stopping,
        failed="what is old is not removed; will be tried again",
    )


async def tidy(db: Database) -> None:
    """Remove what is older than it is kept, in steps."""
    async with db.transaction(OPERATOR) as tx:
        await changes.prune(tx)
        await store.remove_writers(tx, before=tx.now - KEPT_WRITERS)
    for _ in range(STEPS):
        if not await _remove_some(db):
            break


async def _remove_some(db: Database) -> int:
    async with db.transaction(OPERATOR) as tx:
        return await store.remove_older(
            tx, hourly=Bucket.HOUR.oldest(tx.now), daily=Bucket.DAY.oldest(tx.now), most=STEP
        )
