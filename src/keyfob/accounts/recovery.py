"""The operator's way to let somebody in again who cannot sign in any more."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from keyfob import users
from keyfob.accounts import seating
from keyfob.actors import ActorKind
from keyfob.db import Transaction
from keyfob.errors import Conflict, Forbidden, NotFound
from keyfob.users import INVITATION_LIFETIME, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """`secret` is the last part of the link; it exists nowhere else."""

    user: User
    secret: str = field(repr=False)
    expires_at: datetime


async def recover(tx: Transaction, email: str) -> Recovery:
    """
    A link with which the user chooses a password: whatever one they have, whoever knows it, and
    every earlier link are no good from now on. It is told in the trail of each of their families.

    Raise NotFound for an address that nobody has, Conflict for somebody who could come in nowhere.
    """
    if tx.actor.kind is not ActorKind.OPERATOR:
        raise Forbidden("Only the operator may do this, on the host.", code="auth/OPERATOR_ONLY")
    user = await _known(tx, email)
    if not await seating.seats(tx.conn, user.id):
        raise Conflict(
            f"{user.email} is in no account, or suspended in all of them. Let an admin add or "
            "unsuspend them first.",
            code="users/IN_NO_ACCOUNT",
            username=user.email,
        )
    trails = await seating.homes(tx.conn, user.id)
    if user.has_password:
        await users.forget_password(tx, user, trails=trails)
        user = replace(user, has_password=False, vouched_by=None)
    secret = await users.invite(tx, user, account_id=None, trails=trails)
    return Recovery(user=user, secret=secret, expires_at=tx.now + INVITATION_LIFETIME)


async def _known(tx: Transaction, email: str) -> User:
    """Held until the transaction ends, and as they are under that."""
    address = email.strip().lower()
    user = await users.by_email(tx.conn, address) if users.is_email_address(address) else None
    if user is not None:
        await users.lock(tx, user.id)
        user = await users.by_id(tx.conn, user.id)
    if user is None:
        raise NotFound(
            f"nobody here has the address {address}", code="users/NOT_FOUND", username=address
        )
    return user
