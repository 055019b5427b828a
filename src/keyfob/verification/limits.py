"""How many requests of one account may run at once: counted in memory that workers share."""

import fcntl
import mmap
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from keyfob.errors import TooManyAttempts

COME_AGAIN: Final = 1  # second: a place is free as soon as any request of the account ends


SLOTS: Final = 65_536  # in each row; accounts have ids one after another, so each has its own
WIDTH: Final = 4  # bytes of a count


class Tally:
    """
    What the workers of one server have running, in a file that all of them map: a row for each,
    in it a count for each account. A worker writes in its own row only, and says by a lock on
    the row's number which one that is. The lock ends with the process, however it ends: whoever
    takes its place takes the row, and begins at nothing.
    """

    def __init__(self, file: Path) -> None:
        """Raise RuntimeError when there are more workers than rows."""
        self._file = file.open("r+b")  # stays open: closing it would give the row up
        self._counts = memoryview(mmap.mmap(self._file.fileno(), 0)).cast("I")
        self._rows = len(self._counts) // SLOTS
        self._row = self._claim()
        mine = self._row * SLOTS
        self._counts[mine : mine + SLOTS] = memoryview(bytes(SLOTS * WIDTH)).cast("I")

    @classmethod
    def lay_out(cls, file: Path, *, workers: int) -> None:
        with file.open("wb") as opened:
            opened.truncate(workers * SLOTS * WIDTH)

    def write(self, account_id: int, count: int) -> None:
        self._counts[self._row * SLOTS + account_id % SLOTS] = count

    def of_others(self, account_id: int) -> int:
        column = account_id % SLOTS
        return sum(
            self._counts[row * SLOTS + column] for row in range(self._rows) if row != self._row
        )

    def _claim(self) -> int:
        for row in range(self._rows):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
            except OSError:  # another worker has it
                continue
            return row
        message = f"more workers than the {self._rows} that were said"
        raise RuntimeError(message)


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
    def shared(cls, most: int, file: Path | None) -> Self:
        """Among all who name the same file, which Tally laid out."""
        return cls(most, None if file is None else Tally(file))

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
        others = 0 if self._tally is None else self._tally.of_others(account_id)
        return self._running.get(account_id, 0) + others

    def _add(self, account_id: int, more: int) -> None:
        count = self._running.pop(account_id, 0) + more
        if count:
            self._running[account_id] = count
        if self._tally is not None:
            self._tally.write(account_id, count)

    def _none_left(self) -> TooManyAttempts:
        return TooManyAttempts(
            f"At most {self._most} requests of one account may run at once. Try again in a second.",
            code="auth/TOO_MANY_AT_ONCE",
            retry_after=COME_AGAIN,
        )
