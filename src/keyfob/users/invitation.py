"""A one-time link with which somebody who was added chooses their password, and comes in."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final

from keyfob import audit
from keyfob.db import Connection, Transaction
from keyfob.errors import Conflict, Forbidden
from keyfob.users import store
from keyfob.users.model import User, UserId
from keyfob.users.password import NewPassword

INVITATION_LIFETIME: Final = timedelta(days=7)
LINK_BYTES: Final = 32  # 256 random bits


@dataclass(frozen=True, slots=True)
class Invitation:
    """
    `account_id` is the account that invited them: with it the link goes, too. None: the operator
    did, whose link lets them into every account that they are in.
    """

    user_id: UserId
    account_id: int | None
    expires_at: datetime


async def invite(
    tx: Transaction, user: User, *, account_id: int | None, trails: Sequence[int]
) -> str:
    """
    Return the secret part of a new link; only its SHA-256 is stored, and an older link ends. The
    entry stands in each of the `trails`, which are ids of accounts.

    Raise Conflict for somebody with a password: a link would let its bearer become them.
    """
    if user.has_password:
        raise Conflict(
            f"{user.email} has a password already, and signs in with it.",
            code="users/HAS_PASSWORD",
        )
    secret = token_urlsafe(LINK_BYTES)
    await store.replace_invitation(
        tx, _digest(secret), user.id, account_id, expires_at=tx.now + INVITATION_LIFETIME
    )
    for trail in trails:
        await audit.record(tx, "user.invited", f"user:{user.id}", account_id=trail, name=user.email)
    return secret


async def invited(conn: Connection, secret: str, *, now: datetime) -> Invitation | None:
    """Whom the link is for; None for one that never was, is used up, or is a week old."""
    row = await store.invitation(conn, _digest(secret))
    if row is None or now >= row.expires_at:
        return None
    return Invitation(UserId(row.user_id), row.account_id, row.expires_at)


async def accept(
    tx: Transaction, found: Invitation, password: NewPassword, *, full_name: str, account_id: int
) -> User:
    """
    Use the link up: they have a password, and a name of their own choice. The caller holds the
    user, and has looked the link up under that. `account_id` is where they come in.

    Raise Forbidden when they have a password.
    """
    user = await store.by_id(tx.conn, found.user_id)
    if user is None or user.has_password:
        raise spent()
    await store.forget_invitation(tx, user.id)
    await store.set_password_hash(tx, user.id, password.hash)
    await store.set_vouched_by(tx, user.id, found.account_id)
    await store.set_full_name(tx, user.id, full_name)
    await audit.record(
        tx, "user.invitation_used", f"user:{user.id}", account_id=account_id,
        name=user.email, changes={"full_name": (user.full_name, full_name)},
    )  # fmt: skip
    return user


async def withdraw(tx: Transaction, user_id: UserId, *, account_id: int | None = None) -> None:
    """
    Whoever holds the link of an earlier invitation must not come into what is added now. With an
    account, only its own link goes.
    """
    await store.forget_invitation(tx, user_id, account_id=account_id)


async def invited_by(conn: Connection, user_id: UserId, *, now: datetime) -> int | None:
    """The account whose link is out there for somebody who has not come yet."""
    found = await store.inviting(conn, user_id, now=now)
    return found.account_id if found else None


async def is_awaited(conn: Connection, user_id: UserId, *, now: datetime) -> bool:
    """Whether a link of the operator's is out there for them."""
    found = await store.inviting(conn, user_id, now=now)
    return found is not None and found.account_id is None


def spent() -> Forbidden:
    return Forbidden(
        "This invitation is used up, replaced by a newer one, or older than a week.",
        code="users/INVITATION_IS_SPENT",
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
