"""How long a connection is waited for, and how much it may keep waiting."""

from enum import IntEnum
from typing import Final

from keyfob.edge import BODY_SECONDS, MOST_BATCH
from keyfob.gate.refusals import HEAD_SECONDS

MOST_WAITING: Final = 64  # requests that came before the answer to an earlier one
MOST_IGNORED: Final = 4 * MOST_BATCH  # bytes of whoever was refused, thrown away


class Waits(IntEnum):
    """What for, and how many seconds at most."""

    REQUEST = 75
    HEAD = HEAD_SECONDS
    BODY = BODY_SECONDS
    FAREWELL = 2  # whoever was refused reads why: closed at once, the answer could be lost
