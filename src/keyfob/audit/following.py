"""Follow the trail: whoever looks at an account hears that something was done there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import structlog

from keyfob.audit import store
from keyfob.db import Database
from keyfob.errors import Unavailable

EVERY: Final = 0.5  # seconds between two looks, while anybody listens
# Processes commit out of the order of their numbers: an entry may turn up behind later ones.
LOOK_BACK: Final = 200  # entries
AT_ONCE: Final = 10_000  # entries: more in half a second no pages need to hear of one by one
MOST: Final = 200  # listeners of an account in this process: pages that people look at now
MOST_OF_USER: Final = 10  # of these: nobody has more windows in sight

log = structlog.get_logger("keyfob")


class Listener:
    """`wait` returns the ids of the requests that did something since it returned last."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        self._heard: set[str] = set()
        self._woken = asyncio.Event()

    def hear(self, request_id: str) -> None:
        self._heard.add(request_id)
        self._woken.set()

    async def wait(self) -> set[str]:
        await self._woken.wait()
        self._woken.clear()
        heard, self._heard = self._heard, set()
        return heard


class Following:
    """One look at the database serves all who listen in this process; nobody listens, no look."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._listeners: dict[int, set[Listener]] = {}
        self._looking: asyncio.Task[None] | None = None

    def require_room(self, account_id: int, user_id: int) -> None:
        """Raise Unavailable when MOST pages listen to the account, or MOST_OF_USER of one user."""
        here = self._listeners.get(account_id, set())
        theirs = sum(each.user_id == user_id for each in here)
        if len(here) >= MOST or theirs >= MOST_OF_USER:
            raise Unavailable("Too many pages are open.", code="audit/TOO_MANY", retry_after=60)

    @asynccontextmanager
    async def listen(
        self, account_id: int, *, since: datetime, user_id: int
    ) -> AsyncGenerator[Listener]:
        """Hear what is done in the account's trail from that moment on: the page was drawn then."""
        listener = Listener(user_id)
        self._listeners.setdefault(account_id, set()).add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with self._db.reader() as conn:
                missed = await store.requests_since(conn, account_id, since, LOOK_BACK)
            for request_id in missed:
                listener.hear(request_id)
            yield listener
        finally:
            self._listeners[account_id].discard(listener)
            if not self._listeners[account_id]:
                del self._listeners[account_id]

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        known: set[int] | None = None
        after = 0
        while self._listeners:
            try:
                async with self._db.reader() as conn:
                    most = LOOK_BACK if known is None else AT_ONCE
                    newest = await store.newest(conn, most, after=after)
            except Unavailable as error:  # the pages say so themselves; here it is tried again
                log.warning("cannot follow the trail", reason=error.message)
            else:
                for number, account_id, request_id in newest:
                    if known is not None and number not in known:
                        for listener in self._listeners.get(account_id, ()):
                            listener.hear(request_id)
                known = {number for number, _, _ in newest}
                after = max(after, *known, 0) - LOOK_BACK if known else after
            await asyncio.sleep(EVERY)
