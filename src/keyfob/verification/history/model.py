"""Which hours or days a history is about, and what is counted in each. Days are those of UTC."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from keyfob.errors import Invalid
from keyfob.verification.counts import VALID

KEPT_HOURLY: Final = timedelta(days=90)
KEPT_DAILY: Final = timedelta(days=400)
DEFAULT_MOST_USED: Final = 10  # tokens
MOST_MOST_USED: Final = 100

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = 253_402_300_799  # the end of the year 9999


class Bucket(StrEnum):
    """What is counted together."""

    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        return timedelta(hours=1) if self is Bucket.HOUR else timedelta(days=1)

    @property
    def kept(self) -> timedelta:
        """How far back it can be looked at; a little later it is removed."""
        return KEPT_HOURLY if self is Bucket.HOUR else KEPT_DAILY

    @property
    def usual(self) -> timedelta:
        """How much is shown to who does not say."""
        return timedelta(days=1) if self is Bucket.HOUR else timedelta(days=30)

    def start(self, at: datetime) -> datetime:
        """When the one that `at` is in begins."""
        return at - (at - _EPOCH) % self.length

    def oldest(self, now: datetime) -> datetime:
        """When the first one begins that can be looked at."""
        return self.start(now) - self.kept


@dataclass(frozen=True, slots=True)
class Span:
    """From the first moment of a bucket to the last of one: `until` is the first one after."""

    bucket: Bucket
    since: datetime
    until: datetime

    @classmethod
    def parse(cls, bucket: Bucket, since: int | None, until: int | None, *, now: datetime) -> Self:
        """
        Seconds since 1970, widened to whole buckets. Left out, `until` is now, and `since` a day
        before it by hours, thirty by days. Raise Invalid for what is not kept so long, for one
        that ends before it begins, and for a longer one than is kept.
        """
        length = bucket.length
        last = now if until is None else _moment(until, "to")
        end = bucket.start(last)
        end += length if until is None or end < last else timedelta()
        first = end - bucket.usual if since is None else bucket.start(_moment(since, "from"))
        if first >= end:
            raise Invalid("must be before `to`", field="from")
        oldest = bucket.oldest(now)
        if first < oldest:
            raise Invalid(
                f"is too long ago: by {bucket}, use is known from {int(oldest.timestamp())} on",
                field="to" if since is None else "from",
            )
        if end - first > bucket.kept + length:
            raise Invalid(f"is more than {bucket.kept.days} days after `from`", field="to")
        return cls(bucket, first, end)

    def moments(self) -> Iterable[datetime]:
        """When each of its buckets begins."""
        number = (self.until - self.since) // self.bucket.length
        return (self.since + n * self.bucket.length for n in range(number))


@dataclass(slots=True)
class Uses:
    """How often it was good, and how often it was refused, by reason."""

    valid: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])

    def add(self, verdict: str, uses: int) -> None:
        if verdict == VALID:
            self.valid += uses
        else:
            self.refused[verdict] += uses


def total(all_of: Iterable[Uses]) -> Uses:
    whole = Uses()
    for each in all_of:
        whole.valid += each.valid
        whole.refused.update(each.refused)
    return whole


def _moment(seconds: int, name: str) -> datetime:
    if not 0 <= seconds <= _LAST_SECOND - 2 * 86_400:
        raise Invalid("must be a number of seconds since 1970", field=name)
    return _EPOCH + timedelta(seconds=seconds)
