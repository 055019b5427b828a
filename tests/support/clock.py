"""A clock that stands still until it is turned on, in every process that it was sent to."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
SHAPE = struct.Struct("q")  # microseconds since BEGIN


class Clock:
    """Pickled, it goes on reading the same file: whoever turns it, turns it for all."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with file.open("r+b") as opened:
            self.shared = mmap.mmap(opened.fileno(), SHAPE.size)

    @classmethod
    def set_up(cls, file: Path) -> Self:
        file.write_bytes(SHAPE.pack((NOW - BEGIN) // MICROSECOND))
        return cls(file)

    @property
    def now(self) -> datetime:
        (micros,) = SHAPE.unpack(self.shared)
        return BEGIN + micros * MICROSECOND

    @now.setter
    def now(self, now: datetime) -> None:
        SHAPE.pack_into(self.shared, 0, (now - BEGIN) // MICROSECOND)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.file,)
