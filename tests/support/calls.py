"""What some work costs, told alike by every machine: how many calls it takes."""

import sys
from collections.abc import Callable
from types import FrameType


def calls_of(work: Callable[[], object]) -> int:
    """Of functions in this thread; those that are written in C count, too."""
    events: list[str] = []

    def note(_: FrameType, event: str, __: object) -> None:
        events.append(event)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return events.count("call") + events.count("c_call")
