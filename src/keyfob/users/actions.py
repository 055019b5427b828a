"""What can be done to a user. Each action writes one audit entry."""

from collections.abc import Sequence

from keyfob import audit
from keyfob.db import Transaction
from keyfob.users import store
from keyfob.users.model import User, already_exists
from keyfob.users.password import NewPassword


async def create(
    tx: Transaction, *, account_id: int, email: str, full_name: str, password: NewPassword | None
) -> User:
    """`account_id` is the account for whose sake the user is made: its trail has the entry."""
    if await store.by_email(tx.conn, email) is not None:
        raise already_exists(email)
    user = await store.add(tx, email, full_name, password.hash if password else None)
    await audit.record(tx, "user.created", f"user:{user.id}", account_id=account_id, name=email)
    return user


async def rename(tx: Transaction, user: User, full_name: str, *, account_id: int) -> None:
    """The name is one for all accounts; the trail of the account that asked has the entry."""
    await store.set_full_name(tx, user.id, full_name)
    await audit.record(
        tx, "user.updated", f"user:{user.id}", account_id=account_id, name=user.email,
        changes={"full_name": (user.full_name, full_name)},
    )  # fmt: skip


async def forget_password(tx: Transaction, user: User, *, trails: Sequence[int]) -> None:
    """
    They cannot sign in until they choose a new one, and are signed out everywhere. The entry
    stands in each of the `trails`, which are ids of accounts.
    """
    await store.forget_password_hash(tx, user.id)
    await store.remove_sessions_of(tx, user.id)
    for trail in trails:
        await audit.record(
            tx, "user.lost_password", f"user:{user.id}", account_id=trail, name=user.email
        )


async def set_password(tx: Transaction, user: User, password: NewPassword) -> None:
    """Every session of the user ends: whoever knew the old password is out."""
    await store.set_password_hash(tx, user.id, password.hash)
    await store.remove_sessions_of(tx, user.id)
    await audit.record(
        tx,
        "user.changed_password",
        f"user:{user.id}",
        account_id=tx.actor.account_id,
        name=user.email,
    )
