"""
SQLite as one careful process uses it.

SQLite 3.7.0 to 3.51.2 can lose commits when two connections write or checkpoint at once, so
there is one writing connection, it alone checkpoints, and a lock keeps other processes out.
"""

import errno
import fcntl
import os
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from keyfob.db import one_trip
from keyfob.errors import Misconfigured

READERS = 4  # connections
WRITER_WAIT = 20  # seconds a change waits for its turn until it is answered 503

_EVERY = ("PRAGMA foreign_keys=ON", "PRAGMA busy_timeout=5000", "PRAGMA temp_store=MEMORY")
_WRITER = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=1000")
_READER = ("PRAGMA wal_autocheckpoint=0", "PRAGMA query_only=ON")


class Lock:
    """Held for as long as the process lives: the kernel lets go of it, even after `kill -9`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, database: Path) -> Self:
        """Raise Misconfigured, naming the process, when another one holds the lock."""
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = database.with_suffix(".lock")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            os.close(descriptor)
            raise Misconfigured(
                f"another Keyfob process (pid {holder or 'unknown'}) uses {database.parent}; "
                "stop it first, or use PostgreSQL for more than one process",
                code="database/LOCKED",
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Releasing twice is fine; the number may be another file's by then."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def make(file: Path) -> None:
    """For the owner alone, whatever the umask: SQLite gives the files beside it the same mode."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


class SameFile:
    """
    Notices that the file was moved, removed or replaced under the program: open connections
    would go on with the old one, and what is acknowledged would be gone at the next start.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: tuple[int, int] | None = None

    def check(self) -> None:
        """Raise OSError unless it is the file of the first time. One yet to be made is fine."""
        if self._known is None and not self._file.exists():
            return
        found = self._file.stat()
        number = (found.st_dev, found.st_ino)
        if self._known is None:
            self._known = number
        if number != self._known:
            raise OSError(errno.ESTALE, "the database file was replaced", str(self._file))


def writer(file: Path) -> AsyncEngine:
    """One connection; a transaction begins by taking the write lock, so it never has to retry."""
    return _engine(file, (*_EVERY, *_WRITER), begin="BEGIN IMMEDIATE", size=1)


def reader(file: Path) -> AsyncEngine:
    return _engine(file, (*_EVERY, *_READER), begin="BEGIN", size=READERS)


def _engine(file: Path, pragmas: tuple[str, ...], *, begin: str, size: int) -> AsyncEngine:
    def connect(**_: object) -> Any:
        return one_trip.connect(file)

    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file)),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=WRITER_WAIT,
        hide_parameters=True,
        async_creator=connect,
    )

    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where sqlite3 does
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", start)
    return engine
