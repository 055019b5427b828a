"""
The tokens this process remembers, found by what was presented.

What a change of this process made old is forgotten before the next answer. What any other
process changed is forgotten when the list of changes is read, and no answer is given from a
memory that was compared with that list longer than `POLL` ago.
"""

import asyncio
import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple, TypeVar

from cachebox import LRUCache

from keyfob import tokens
from keyfob.db import Copied, Database, changes
from keyfob.db.changes import News
from keyfob.errors import Unavailable
from keyfob.keys import Instance
from keyfob.tokens import PUBLIC_ID, KnownToken, ParsedToken, Verifiers
from keyfob.tokens.known import Accounts, proof_of, read, read_at_once

T = TypeVar("T")

POLL: Final = 0.25  # seconds
PATIENCE: Final = 4  # seconds; with POLL it stays below the five that a revocation may take
UNKNOWN_SHARE: Final = 10  # one place in so many is for ids that nobody was given

Read = dict[str, KnownToken | None]


class Unread(Exception):
    """It takes a read to wait for: of these ids; of the changes when it names none."""

    def __init__(self, *public_ids: str) -> None:
        super().__init__()
        self.public_ids = public_ids


class Size(NamedTuple):
    tokens: int
    unknown_ids: int
    accounts: int


@dataclass(slots=True)
class Reading:
    """What was read while one request waited: good for its answer, whatever changes meanwhile."""

    read: Read = field(default_factory=Read)
    followed: bool = False


AT_ONCE: Final = Reading()  # for what does not wait


class Lookup:
    """
    One for the process. It keeps the `entries` tokens that were used last.

    On SQLite nothing waits. On PostgreSQL `find` raises Unread for what has to be read, and
    `patiently` reads it, then asks again.
    """

    def __init__(self, db: Database, instance: Instance, *, entries: int) -> None:
        self._db = db
        self.now = db.milliseconds
        self._brand = instance.token_brand
        self._verifiers = Verifiers(instance)
        self._known: LRUCache[str, KnownToken | None] = LRUCache(entries)
        self._unknown: LRUCache[str, bool] = LRUCache(max(1, entries // UNKNOWN_SHARE))
        self._accounts = Accounts()
        self._revision = 0
        self._fresh_until = 0.0
        self._changed_at = 0.0
        self._followed_at = 0.0
        self._following = asyncio.Lock()
        self._loading: dict[str, asyncio.Task[Read]] = {}
        db.followers.append(self.expect_changes)

    def expect_changes(self) -> None:
        """Nothing is answered until the list of changes has been read once more."""
        self._changed_at = time.monotonic()
        self._fresh_until = 0.0

    @property
    def size(self) -> Size:
        """How much is remembered now."""
        return Size(len(self._known), len(self._unknown), len(self._accounts))

    def parse(self, presented: str) -> ParsedToken | None:
        """None for what cannot be a token of this installation: no database is asked."""
        parsed = tokens.parse(presented)
        return parsed if parsed is not None and parsed.brand == self._brand else None

    def find(self, presented: str, reading: Reading = AT_ONCE) -> KnownToken | None:
        """
        The token that was presented, secret and all; None when there is no such token.

        Raise Unavailable when the database cannot be read, Unread when it is to be waited for.
        """
        if time.monotonic() >= self._fresh_until and not reading.followed:
            if self.parse(presented) is None:
                return None
            self._follow_at_once()
        # What was right once is right again, as long as its token is remembered: 0.9 µs in place
        # of 3.5.
        known = self._known.get(presented[PUBLIC_ID])
        if known is None or known.account.gone:
            return self._prove(presented, reading)
        if not hmac.compare_digest(known.proof, proof_of(presented)):
            return self._prove(presented, reading)
        return known

    def _prove(self, presented: str, reading: Reading) -> KnownToken | None:
        parsed = self.parse(presented)
        if parsed is None:
            return None
        public_id = parsed.public_id
        known = self._known.get(public_id)
        if known is None or known.account.gone:
            known = self._read_at_once(public_id, reading)
        # Computed for an unknown id as well: that there is one takes no longer to say.
        verifier, proof = self._verifiers.of(parsed.text), proof_of(parsed.text)
        if known is None or not known.proves(verifier, proof):
            return None
        return known if known.kind == parsed.kind else None

    async def patiently(self, ask: Callable[[Reading], T]) -> T:
        """
        Ask, and read what it takes, until there is an answer. Each id is read once at most.

        Raise what `ask` raises, and Unavailable when the database cannot be read in time.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._until_read(ask)
        except TimeoutError:
            raise Unavailable(
                "The database takes too long to answer now. Try again soon.",
                code="server/UNAVAILABLE",
            ) from None

    async def _until_read(self, ask: Callable[[Reading], T]) -> T:
        reading = Reading()
        while True:
            try:
                return ask(reading)
            except Unread as unread:
                if unread.public_ids:
                    reading.read |= await self._load_all(unread.public_ids)
                else:
                    await self._follow()
                    reading.followed = True

    def require(self, presented: Iterable[str], reading: Reading) -> None:
        """Raise Unread for all of them that have to be read at once, where reading takes time."""
        if self._db.direct is not None:
            return
        parsed = [each for each in map(self.parse, presented) if each is not None]
        wanted = dict.fromkeys(each.public_id for each in parsed)
        missing = [each for each in wanted if each not in reading.read and not self._has(each)]
        if missing:
            raise Unread(*missing)

    def _has(self, public_id: str) -> bool:
        known = self._known.get(public_id)
        return public_id in self._unknown if known is None else not known.account.gone

    def _read_at_once(self, public_id: str, reading: Reading) -> KnownToken | None:
        if public_id in reading.read:
            return reading.read[public_id]
        if public_id in self._unknown:
            return None
        direct = self._db.direct
        if direct is None:
            raise Unread(public_id)
        known = read_at_once(direct, public_id, self._accounts)
        self._keep(public_id, known)
        return known

    def _keep(self, public_id: str, known: KnownToken | None) -> None:
        if known is None:
            self._unknown[public_id] = True
        else:
            self._known[known.public_id] = known

    async def _load_all(self, public_ids: tuple[str, ...]) -> Read:
        """One read for all that nobody is reading; who wants the same waits for the same."""
        if new := [each for each in public_ids if each not in self._loading]:
            load = asyncio.ensure_future(self._load(new))
            self._loading |= dict.fromkeys(new, load)
            load.add_done_callback(partial(self._loaded, new))
        loads = {each: self._loading[each] for each in public_ids}
        return {each: (await asyncio.shield(load))[each] for each, load in loads.items()}

    async def _load(self, public_ids: list[str]) -> Read:
        revision = self._revision
        async with self._db.reader() as conn:
            found = await read(conn, public_ids)
        loaded: Read = {each: found.get(each) for each in public_ids}
        # What was read before a change is not kept after it: the change would never be seen.
        if revision == self._revision:
            for public_id, known in loaded.items():
                if known is not None:
                    known.account = self._accounts.setdefault(known.account.id, known.account)
                self._keep(public_id, known)
        return loaded

    def _loaded(self, public_ids: list[str], load: asyncio.Task[Read]) -> None:
        for each in public_ids:
            if self._loading.get(each) is load:
                del self._loading[each]

    def _follow_at_once(self) -> None:
        direct = self._db.direct
        if direct is None:
            raise Unread
        started = time.monotonic()
        self._db.check_file()
        self._apply(changes.since_at_once(direct, self._revision), started)

    async def _follow(self) -> None:
        """Read the changes; once is enough for all who came before it began."""
        came = time.monotonic()
        async with self._following:
            if self._followed_at < came:
                started = time.monotonic()
                async with self._db.reader() as conn:
                    self._apply(await changes.since(conn, self._revision), started)

    def _apply(self, news: News, started: float) -> None:
        if news.subjects is None:
            self._forget_all()
        for subject in news.subjects or ():
            self._forget(subject)
        if news.revision != self._revision:
            self._loading.clear()  # what they read may be from before: who comes now reads anew
        self._revision = news.revision
        self._followed_at = started
        if self._changed_at < started:
            self._fresh_until = started + POLL

    def _forget(self, subject: str) -> None:
        kind, _, name = subject.partition(":")
        if kind == Copied.TOKEN:
            self._known.pop(name, None)
            self._unknown.pop(name, None)
        else:
            self._forget_account(int(name))

    def _forget_account(self, account_id: int) -> None:
        """Those below a main account as well: they are suspended with it."""
        for account in list(self._accounts.values()):
            if account_id in {account.id, account.main_id}:
                account.gone = True
                self._accounts.pop(account.id, None)

    def _forget_all(self) -> None:
        self._known.clear()
        self._unknown.clear()
        self._accounts.clear()
