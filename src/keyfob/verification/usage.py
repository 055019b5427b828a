"""How often each token was used, and when last: counted in memory, written in batches."""

import asyncio
from collections import deque
from functools import partial
from itertools import islice
from secrets import token_hex
from typing import Final

import structlog

from keyfob.actors import OPERATOR
from keyfob.db import Database
from keyfob.tokens import KnownToken, TokenId
from keyfob.verification import store
from keyfob.verification.counts import HOUR, LONGEST_AGENT, Batch, Record, Seen
from keyfob.verification.model import ACCEPTED, Verdict
from keyfob.verification.upkeep import repeat

WRITE_EVERY: Final = 8  # seconds; and the writing: no more than ten are forgotten by `kill -9`
TRY_AGAIN_AFTER: Final = 2  # seconds, when that failed
MOST_RECORDS: Final = 500_000  # in memory, of about 300 bytes: one for each token and hour
MOST_OF_A_BATCH: Final = 2_000  # records: changes wait for a batch to end, on SQLite
LONGEST_IP: Final = 45  # characters

log = structlog.get_logger("keyfob")


class Usage:
    """One for the process. It keeps `most_records` at most, whatever cannot be written."""

    def __init__(self, *, most_records: int = MOST_RECORDS) -> None:
        self._most_records = most_records
        self._hours: dict[int, dict[TokenId, Seen]] = {}
        self._this_hour: dict[TokenId, Seen] = {}
        self._since = self._until = 0
        self._records = self._lost = 0
        self._id = token_hex(16)
        self._number = 0
        self._unwritten: deque[Batch] = deque()
        self._writing = asyncio.Lock()

    def count(
        self, token: KnownToken, verdict: Verdict, at: int, ip: str = "", agent: str = ""
    ) -> None:
        """
        It was verified at this moment, in milliseconds since 1970, for whoever called themselves
        `agent` at `ip`. Empty: nobody said.
        """
        if not self._since <= at < self._until:
            self._turn_to(at)
        seen = self._this_hour.get(token.id)
        if seen is None:
            seen = self._begin(token.id)
        if verdict is ACCEPTED:
            seen.valid += 1
            seen.at = at
            seen.ip = ip[:LONGEST_IP]
            seen.agent = agent[:LONGEST_AGENT]
        elif seen.refused is None:
            seen.refused = {verdict: 1}
        else:
            seen.refused[verdict] = seen.refused.get(verdict, 0) + 1

    async def write(self, db: Database) -> None:
        """Store what was counted since the last time. What cannot be stored now is kept."""
        async with self._writing:
            await self._write_batches(db)
            self._take()
            await self._write_batches(db)

    async def keep_writing(self, db: Database, stopping: asyncio.Event) -> None:
        """Until the server stops, whatever happens to the database meanwhile."""
        await repeat(
            partial(self.write, db),
            pause=lambda: TRY_AGAIN_AFTER if self._unwritten else WRITE_EVERY,
            stopping=stopping,
            failed="usage not written; will be tried again",
        )

    def _turn_to(self, at: int) -> None:
        hour = at - at % HOUR
        self._this_hour = self._hours.setdefault(hour, {})
        self._since, self._until = hour, hour + HOUR

    def _begin(self, token_id: TokenId) -> Seen:
        if self._records >= self._most_records:
            self._forget_one()
        self._records += 1
        seen = self._this_hour[token_id] = Seen()
        return seen

    def _forget_one(self) -> None:
        """Of the oldest hour, whichever was counted first."""
        hour = next(each for each in sorted(self._hours) if self._hours[each])
        records = self._hours[hour]
        self._lost += records.pop(next(iter(records))).uses
        self._records -= 1

    def _take(self) -> None:
        """
        Make batches of what was counted. They stay as they are until they are written: after a
        commit whose outcome is not known, another batch could not bear the same number.
        """
        hours, self._hours, self._this_hour = self._hours, {}, {}
        self._since = self._until = self._records = 0
        if self._lost:
            log.error("usage lost: the database could not be written for too long", uses=self._lost)
            self._lost = 0
        records = (
            Record(hour, token_id, seen)
            for hour, tokens in hours.items()
            for token_id, seen in tokens.items()
        )
        while batch := [*islice(records, MOST_OF_A_BATCH)]:
            self._number += 1
            self._unwritten.append(Batch(self._number, batch))

    async def _write_batches(self, db: Database) -> None:
        while self._unwritten:
            async with db.transaction(OPERATOR) as tx:
                await store.add(tx, self._id, self._unwritten[0])
            self._unwritten.popleft()
