"""A person who can sign in, and a browser signed in. One e-mail address is one user."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NewType

from keyfob import wording
from keyfob.errors import Conflict, Invalid

UserId = NewType("UserId", int)

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
LONGEST_EMAIL: Final = 254  # characters, RFC 5321

# Contract 1.10, matched against the whole string.
_EMAIL: Final = re.compile(
    r"[_A-Za-z0-9-\+]+(\.[_A-Za-z0-9-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.[A-Za-z]{2,})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`has_password` is False for somebody who was added and has not chosen one yet."""

    id: UserId
    email: str
    full_name: str
    has_password: bool
    created_at: datetime
    vouched_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """
    `authenticated_at` is when a factor was last shown: what needs a fresh sign-in looks at it.

    `account_id` is the account acted for, None when it was deleted under the session's feet.
    """

    digest: bytes
    user_id: UserId
    account_id: int | None
    created_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    ip: str
    agent: str

    @property
    def key(self) -> str:
        """What a form may name it by: a part of the digest tells nothing of the cookie."""
        return self.digest[:8].hex()

    def is_alive(self, now: datetime) -> bool:
        return now < self.seen_at + IDLE and now < self.created_at + ABSOLUTE


def email_address(text: str, *, field: str = "email") -> str:
    """Trim, lower the case; raise Invalid unless it matches the contract's pattern."""
    email = text.strip()
    if not email:
        raise Invalid("is required", field=field)
    if not is_email_address(email):
        raise Invalid("must be an e-mail address like ann@example.com", field=field)
    return email.lower()


def already_exists(email: str) -> Conflict:
    return Conflict(f"User {email} already exists.", code="users/ALREADY_EXISTS", username=email)


def is_email_address(text: str) -> bool:
    return len(text) <= LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def full_name(text: str, *, email: str, field: str = "fullName") -> str:
    """Somebody without a name is called by the first part of their address."""
    return wording.name(text or email.partition("@")[0][: wording.LONGEST_NAME], field=field)
