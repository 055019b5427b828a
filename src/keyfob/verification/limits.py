"""How many requests of one account may run at once: counted in memory that workers share."""

import errno
import fcntl
import mmap
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.reduction import DupFd
from typing import Any, Final, Self

import structlog

from keyfob.errors import TooManyAttempts

COME_AGAIN: Final = 1  # second: a place is free as soon as any request of the account ends

SLOTS: Final = 16_384  # in each row
NOTHING: Final = bytes(4 * SLOTS)  # a row of counts of four bytes
SPARE: Final = 4  # rows: a new worker starts before the old one is gone

log = structlog.get_logger("keyfob")


class TallyFile:
    """
    Memory that the workers of one server share: it has no name, and goes when the last of them
    does. It is handed on when a worker is started, like an open socket.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def lay_out(cls, *, workers: int) -> Self:
        """Raise OSError when there is not room enough."""
        fd = _nameless()
        for _ in range(2 * workers + SPARE):
            os.write(fd, NOTHING)  # a hole that finds no room later would end the process
        return cls(fd)

    def __reduce__(self) -> tuple[Any, ...]:
        return _handed_on, (DupFd(self.fd),)


def _nameless() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("keyfob")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _handed_on(duplicate: Any) -> TallyFile:
    return TallyFile(duplicate.detach())


class Tally:
    """
    What the workers have running: a row for each, in it a count for each slot of accounts. A
    worker writes in its own row only, and says by a lock on the row's number which one that is.
    The lock ends with the process, however it ends: whoever takes its place takes the row, and
    begins at nothing. Accounts whose ids are SLOTS apart are counted as one.
    """

    def __init__(self, file: TallyFile) -> None:
        self._fd = file.fd  # stays open: closing it would give the row up
        self._counts = memoryview(mmap.mmap(self._fd, 0)).cast("I")
        self._rows = len(self._counts) // SLOTS
        self._row = self._claim()

    def add(self, account_id: int, more: int) -> None:
        self._counts[self._row * SLOTS + account_id % SLOTS] += more

    def total(self, account_id: int) -> int:
        column = account_id % SLOTS
        return sum(self._counts[row * SLOTS + column] for row in range(self._rows))

    def _claim(self) -> int:
        """The first that is free. What dead workers left in the others goes, too."""
        mine = None
        for row in range(self._rows):
            try:
                fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
            except OSError:  # another worker has it
                continue
            self._counts[row * SLOTS : (row + 1) * SLOTS] = memoryview(NOTHING).cast("I")
            if mine is None:
                mine = row
            else:
                fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, row)
        if mine is None:
            raise OSError(errno.ENOSPC, f"all {self._rows} rows are taken")
        return mine


class Running:
    """
    The requests that run now, by account. One account's never stand in another's way. With a
    `tally`, those of all workers count; each says what it has before it looks at the others, so
    that there are never more than `most`: two that come for the last place may both be refused.
    """

    def __init__(self, most: int, tally: Tally | None = None) -> None:
        self._most = most
        self._tally = tally
        self._running: dict[int, int] = {}

    @classmethod
    def shared(cls, most: int, file: TallyFile | None) -> Self:
        """
        Among all who were handed the same file. Where a worker finds no row, it counts alone: no
        server is to stand still for the sake of a limit.
        """
        if file is None:
            return cls(most)
        try:
            return cls(most, Tally(file))
        except OSError as error:
            log.warning("requests at once are counted in this worker alone", reason=str(error))
            return cls(most)

    def require_place(self, account_id: int) -> None:
        """
        Raise TooManyAttempts when all places of the account are taken. For what is answered
        before anything else can run: it needs no place of its own.
        """
        if self._count(account_id) >= self._most:
            raise self._none_left()

    @contextmanager
    def place(self, account_id: int) -> Generator[None]:
        """Hold one of the account's places. Raise TooManyAttempts at once when all are taken."""
        self._add(account_id, 1)
        try:
            if self._count(account_id) > self._most:
                raise self._none_left()
            yield
        finally:
            self._add(account_id, -1)

    def _count(self, account_id: int) -> int:
        if self._tally is not None:
            return self._tally.total(account_id)
        return self._running.get(account_id, 0)

    def _add(self, account_id: int, more: int) -> None:
        count = self._running.pop(account_id, 0) + more
        if count:
            self._running[account_id] = count
        if self._tally is not None:
            self._tally.add(account_id, more)

    def _none_left(self) -> TooManyAttempts:
        return TooManyAttempts(
            f"At most {self._most} requests of one account may run at once. Try again in a second.",
            code="auth/TOO_MANY_AT_ONCE",
            retry_after=COME_AGAIN,
        )
