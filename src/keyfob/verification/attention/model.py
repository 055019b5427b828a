"""What is worth a look, and for how long it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

ENDS_WITHIN: Final = timedelta(days=14)
TRIED_WITHIN: Final = timedelta(days=7)
NEW_FOR: Final = timedelta(days=7)  # until then nobody wonders that it was not used
IDLE_AFTER: Final = timedelta(days=90)

LISTED: Final = 5  # tokens by name; of more there is a number
MOST: Final = 100  # are counted of one concern
LOOKED_AT: Final = 1000  # tokens of which it is found out whether they are tried in vain


class Concern(StrEnum):
    """In the order of how soon somebody should act."""

    EXPIRED_TRIED = "expired-tried"
    EXPIRING = "expiring"
    DISABLED_TRIED = "disabled-tried"
    NEVER_USED = "never-used"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`tried` is how often it was refused lately; 0 where that is not what it is about."""

    id: int
    name: str
    hint: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    tried: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worry:
    """
    The most pressing tokens of it, `LISTED` at most. `total` is `MOST` at most; `is_more` is set
    when there are more than that.
    """

    concern: Concern
    tokens: Sequence[Found]
    total: int
    is_more: bool
