"""Connections and transactions, the same for both engines."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import structlog
from sqlalchemy import Row, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from keyfob.actors import Actor
from keyfob.config import Config
from keyfob.db import changes, sqlite
from keyfob.db.direct import Direct
from keyfob.db.transaction import Connection, Transaction
from keyfob.db.types import milliseconds
from keyfob.errors import Misconfigured, Unavailable

log = structlog.get_logger("keyfob")

Record = Row[*tuple[Any, ...]]  # a row that was read
Clock = Callable[[], datetime]

POOL_SIZE = 16  # connections to PostgreSQL of one process
POOL_WAIT = 5  # seconds until a request that gets no connection is answered 503


def utc_now() -> datetime:
    """Now, cut to the millisecond: what is stored reads back as it was."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class Database:
    """
    Two engines over one store: one that writes, one that can only read.

    On SQLite the writer is a single connection, the only one that ever checkpoints, and a lock
    keeps every other process out (architecture decision 1). On PostgreSQL both are one pool.

    `direct` reads SQLite at once; None on PostgreSQL. `followers` are called after each commit
    that changed something of which copies are kept. `milliseconds` is now, as it is stored.
    `require_standing` is asked first in each transaction of a request.
    """

    def __init__(
        self,
        writer: AsyncEngine,
        reader: AsyncEngine,
        *,
        lock: sqlite.Lock | None = None,
        file: sqlite.SameFile | None = None,
        direct: Direct | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._file = file
        self.direct = direct
        self.followers: list[Callable[[], None]] = []
        self.require_standing: Callable[[Transaction], Awaitable[None]] | None = None
        self.writer = writer
        self.reading = reader
        self._lock = lock
        self._clock = clock
        # Without a datetime: 0.1 µs in place of 1.5, in every verification.
        self.milliseconds = _milliseconds if clock is utc_now else lambda: milliseconds(clock())

    @classmethod
    def open(cls, config: Config, *, clock: Clock = utc_now) -> Self:
        """Raise Misconfigured when another process has the SQLite file."""
        if config.on_sqlite:
            return cls.on_sqlite(config.sqlite_file, clock=clock)
        return cls.on_postgresql(config.database_url, clock=clock)

    @classmethod
    def open_to_read(cls, config: Config) -> Self:
        """
        Beside the process that writes: nothing is locked, nothing can be changed.

        Raise Misconfigured when there is no database yet.
        """
        if not config.on_sqlite:
            return cls.on_postgresql(config.database_url)
        file = config.sqlite_file
        if not file.exists():
            raise Misconfigured(
                f"there is no database in {file.parent}; start Keyfob there first",
                code="database/MISSING",
            )
        engine = sqlite.reader(file)
        return cls(engine, engine, file=sqlite.SameFile(file), direct=Direct(file))

    @classmethod
    def on_sqlite(cls, file: Path, *, clock: Clock = utc_now) -> Self:
        lock = sqlite.Lock.take(file)
        sqlite.make(file)
        same = sqlite.SameFile(file)
        return cls(
            sqlite.writer(file), sqlite.reader(file),
            lock=lock, file=same, direct=Direct(file), clock=clock,
        )  # fmt: skip

    @classmethod
    def on_postgresql(cls, url: str, *, clock: Clock = utc_now) -> Self:
        engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=POOL_WAIT,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        # PostgreSQL's default shows each statement of a reader what was committed just before it.
        reader = engine.execution_options(isolation_level="REPEATABLE READ")
        return cls(engine, reader, clock=clock)

    @property
    def is_sqlite(self) -> bool:
        return self.direct is not None

    def now(self) -> datetime:
        return self._clock()

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncGenerator[Transaction]:
        """
        Commit on a clean exit; roll back on any exception, and when `require_standing` raises.

        Raise Unavailable when the database cannot be reached or cannot store: nothing is
        half done then.
        """
        changed: set[str] = set()
        try:
            with _reachable(self._file):
                async with self.writer.begin() as conn:
                    tx = Transaction(conn, actor, self._clock(), changed)
                    if actor.of_request and self.require_standing is not None:
                        await self.require_standing(tx)
                    yield tx
                    await changes.write(tx)
        finally:
            # Even when it failed: it may have been committed, and only the word of it be lost.
            if changed:
                self._tell_followers()

    @asynccontextmanager
    async def reader(self) -> AsyncGenerator[Connection]:
        """One consistent snapshot. Raise Unavailable when the database cannot be reached."""
        with _reachable(self._file):
            async with self.reading.connect() as conn:
                yield conn

    def check_file(self) -> None:
        """Raise Unavailable when the file of SQLite was moved or replaced under the program."""
        with _reachable(self._file):
            pass

    async def close(self) -> None:
        """The writer goes last: so it is the one that leaves the file checkpointed."""
        if self.direct is not None:
            self.direct.close()
        await self.reading.dispose()
        await self.writer.dispose()
        if self._lock is not None:
            self._lock.release()

    def _tell_followers(self) -> None:
        for tell in self.followers:
            tell()


@contextmanager
def _reachable(file: sqlite.SameFile | None) -> Generator[None]:
    """Turn "the database is not there" into the one error that says so; leave bugs alone."""
    try:
        if file is not None:
            file.check()
        yield
    except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
        raise _unavailable(error) from error
    except DBAPIError as error:
        connecting = error.statement is None  # starting up, too many, not accepting connections
        if not connecting and not error.connection_invalidated:
            raise
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    """The operator reads the cause in the log; the caller only that nothing is half done."""
    log.error("database unavailable", cause=str(error.__cause__ or error))
    return Unavailable(
        "The database cannot be reached now; nothing is half done. Try again soon.",
        code="server/UNAVAILABLE",
    )
