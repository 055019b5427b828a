"""What one token was used for within an hour, as it is counted, and as it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from keyfob import wording
from keyfob.edge import client_ip
from keyfob.tokens import LastUse, TokenId
from keyfob.verification.model import Reason

HOUR: Final = 3_600_000  # milliseconds
DAY: Final = 24 * HOUR
LONGEST_AGENT: Final = 200  # characters that are kept of what a client calls itself
VALID: Final = "VALID"  # beside the reasons of a refusal


class Seen:
    """Since the last batch. `at`, `ip` and `agent` are of the last good use; `at` 0: of none."""

    __slots__ = ("agent", "at", "ip", "refused", "valid")

    def __init__(self) -> None:
        self.valid = 0
        self.refused: dict[Reason, int] | None = None
        self.at = 0
        self.ip = ""
        self.agent = ""

    @property
    def uses(self) -> int:
        return self.valid + sum((self.refused or {}).values())

    def by_verdict(self) -> Iterator[tuple[str, int]]:
        if self.valid:
            yield VALID, self.valid
        if self.refused is not None:
            yield from ((reason.value, uses) for reason, uses in self.refused.items())

    def last_use(self, token_id: TokenId) -> LastUse:
        return LastUse(token_id, self.at, address(self.ip), agent(self.agent))


class Record(NamedTuple):
    """`hour` is its first millisecond."""

    hour: int
    token_id: TokenId
    seen: Seen


@dataclass(frozen=True, slots=True)
class Batch:
    """Written as a whole or not at all, and once: that is what its number is for."""

    number: int
    records: Sequence[Record]


@lru_cache(maxsize=4096)
def address(text: str) -> str:
    """As Keyfob writes addresses; empty for what is none."""
    return client_ip(text, "", ())


@lru_cache(maxsize=4096)
def agent(text: str) -> str:
    """As far as it can be printed. Whoever puts a token there is not to read it there again."""
    return wording.masked("".join(filter(str.isprintable, text)))[:LONGEST_AGENT]
