"""When each token was last used: noted in memory, written in batches, never on the hot path."""

import asyncio
from typing import Final

import structlog

from keyfob.actors import OPERATOR
from keyfob.db import Database, from_milliseconds
from keyfob.tokens import KnownToken, TokenId, store
from keyfob.verification.model import ACCEPTED, Verdict

WRITE_EVERY: Final = 10  # seconds; as much is forgotten at most by `kill -9`

log = structlog.get_logger("keyfob")


class Usage:
    """One for the process. `count` is one dict update."""

    def __init__(self) -> None:
        self._last_used: dict[TokenId, int] = {}

    def count(self, token: KnownToken, verdict: Verdict, at: int) -> None:
        """It was verified at this moment, in milliseconds since 1970."""
        if verdict is ACCEPTED:
            self._last_used[token.id] = at

    async def write(self, db: Database) -> None:
        """Store what was seen since the last time. What cannot be stored now is kept."""
        seen, self._last_used = self._last_used, {}
        if not seen:
            return
        try:
            async with db.transaction(OPERATOR) as tx:
                moments = {each: from_milliseconds(at) for each, at in seen.items()}
                await store.set_last_used(tx, moments)
        except BaseException:
            self._last_used = seen | self._last_used
            raise

    async def keep_writing(self, db: Database) -> None:
        """Runs until it is cancelled, whatever happens to the database meanwhile."""
        while True:
            await asyncio.sleep(WRITE_EVERY)
            try:
                await self.write(db)
            except Exception:
                log.exception("usage not written; will be tried again")
