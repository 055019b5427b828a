"""Sign-in attempts are counted before the password is looked at, so that racing does not help."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Network
from math import ceil
from typing import Final, NewType

from keyfob.db import Transaction, Turn, take_turn
from keyfob.errors import TooManyAttempts
from keyfob.users import store

WINDOW: Final = timedelta(minutes=5)
MOST: Final = 10  # attempts in a window, for each subject (security C 71)

NETWORK_BITS: Final = 64  # of an IPv6 address: what a provider hands out is no less

Counted = NewType("Counted", list[int])


@dataclass(frozen=True, slots=True)
class Attempts:
    """Whom an attempt is counted against, such as the address tried, and where it came from."""

    subjects: tuple[str, ...]
    doing: str = "to sign in"

    @classmethod
    def of(cls, *, email: str, ip: str) -> "Attempts":
        """The address is kept as a digest: people type passwords into the wrong field."""
        digest = hashlib.sha256(email.lower().encode()).hexdigest()
        return cls((f"email:{digest}", f"ip:{_place(ip)}"))

    @classmethod
    def of_link(cls, secret: str) -> "Attempts":
        """Of choosing a password with a good link: each costs as much as a sign-in."""
        return cls((f"link:{hashlib.sha256(secret.encode()).hexdigest()}",), "with this link")

    async def count(self, tx: Transaction) -> Counted:
        """Raise TooManyAttempts, with the seconds to wait, when a subject has used its share."""
        await take_turn(tx, Turn.SIGN_IN)  # else two that count at once both see nine
        since = tx.now - WINDOW
        await store.forget_attempts(tx, before=since)
        for subject in self.subjects:
            earlier = await store.attempts(tx.conn, subject, since=since)
            if len(earlier) >= MOST:
                wait = ceil((earlier[-MOST] + WINDOW - tx.now).total_seconds())
                raise TooManyAttempts(
                    f"Too many attempts {self.doing}. Try again in {-(-wait // 60)} min.",
                    code="users/TOO_MANY_ATTEMPTS",
                    retry_after=wait,
                )
        return Counted([await store.add_attempt(tx, subject) for subject in self.subjects])

    async def forgive(self, tx: Transaction, counted: Counted) -> None:
        """
        The right password clears the address, and takes back this one attempt of the place:
        colleagues share it. What failed there stays counted.
        """
        await store.clear_attempts(tx, self.subjects[0])
        await store.take_back_attempts(tx, counted)


def _place(ip: str) -> str:
    """Whoever has one IPv6 address has the 2**64 beside it, too."""
    return str(IPv6Network((ip, NETWORK_BITS), strict=False)) if ":" in ip else ip
