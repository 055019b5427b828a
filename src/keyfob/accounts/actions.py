"""What can be done to an account and its members. Each action writes one audit entry."""

from dataclasses import replace

from keyfob import audit, users
from keyfob.accounts import seating, store
from keyfob.accounts.model import Account, AccountId, Role
from keyfob.actors import Actor, ActorKind
from keyfob.db import Connection, Transaction
from keyfob.errors import Conflict, Forbidden, NotFound
from keyfob.users import NewPassword, User, UserId


async def add_member(
    tx: Transaction,
    account: Account,
    *,
    email: str,
    role: Role,
    full_name: str = "",
    password: NewPassword | None = None,
) -> User:
    """
    Somebody known by the address joins with this role; somebody unknown is made first.

    A known user keeps their name and password, but for one that somebody may know who has nothing
    to say here: see `_own_password`. Raise Conflict for a member.
    """
    email = users.email_address(email)
    user = await _known_or_new(tx, account, email, full_name, password)
    await users.lock(tx, user.id)
    if await seating.role(tx.conn, account.id, user.id) is not None:
        raise users.already_exists(email)
    await _withdraw_invitation(tx, user)
    user = await _own_password(tx, account, user)
    await seating.add_membership(tx, account.id, user, role)
    await audit.record(
        tx,
        "user.added",
        f"user:{user.id}",
        account_id=account.id,
        name=email,
        changes={"role": (None, role)},
    )
    return user


async def _withdraw_invitation(tx: Transaction, user: User) -> None:
    """
    With a link that is out there somebody would come in here as well. One of an account that the
    actor manages ends; one of others, whose guest this is, stays, and they are not added.
    """
    inviting = await users.invited_by(tx.conn, user.id, now=tx.now)
    if inviting is None:
        return
    account = await store.by_id(tx.conn, AccountId(inviting))
    is_operator = tx.actor.kind is ActorKind.OPERATOR
    if account and not (is_operator or _manages(tx.actor, account.id, account.main_id)):
        raise Conflict(
            f"{user.email} was invited by another account, and has not come yet. Add them when "
            "they have, or ask an admin of the main account above both.",
            code="users/INVITED_ELSEWHERE",
            username=user.email,
        )
    await users.withdraw(tx, user.id)


def _manages(actor: Actor, account_id: int, main_id: int) -> bool:
    return account_id == actor.account_id or (actor.is_main and main_id == actor.main_id)


async def _own_password(tx: Transaction, account: Account, user: User) -> User:
    """
    Whoever invited somebody had the link with which the password was chosen, and may have chosen
    it. That is fine where they manage this account as well: it is the same one, or the main
    account above it. Else they would come in here under another name.

    A main account that manages everything the user is in takes the password away: they choose a
    new one by its own invitation. Everybody else is refused, with Conflict.
    """
    user = await users.by_id(tx.conn, user.id) or user
    if user.vouched_by in {None, account.id, account.main_id}:
        return user
    if await manages_all(tx.conn, tx.actor, user.id):
        await users.forget_password(tx, user, trails=[account.id])
        return replace(user, has_password=False, vouched_by=None)
    raise Conflict(
        f"{user.email} chose their password by an invitation of another account, whose admins may "
        "know it. An admin of the main account above both has to add them there first.",
        code="users/INVITED_ELSEWHERE",
        username=user.email,
    )


async def manages_all(conn: Connection, actor: Actor, user_id: UserId) -> bool:
    """
    Whether the actor manages every account that the user is in. Whoever can make somebody's
    password, or take it away, decides about all of them.
    """
    return all(
        _manages(actor, account_id, main_id)
        for account_id, main_id in await seating.accounts_of(conn, user_id)
    )


async def _known_or_new(
    tx: Transaction, account: Account, email: str, full_name: str, password: NewPassword | None
) -> User:
    user = await users.by_email(tx.conn, email)
    if user is not None:
        return user
    name = users.full_name(full_name, email=email)
    try:
        return await users.create(
            tx, account_id=account.id, email=email, full_name=name, password=password
        )
    except Conflict:  # made for another account, in this very moment
        user = await users.by_email(tx.conn, email)
        assert user is not None
        return user


async def suspend(tx: Transaction, account_id: AccountId) -> Account:
    """Its tokens are refused from now on. For the operator; suspending twice is fine."""
    account = await _for_operator(tx, account_id)
    if account.suspended_at is None:
        await store.set_suspended(tx, account_id, tx.now)
        await audit.record(
            tx,
            "account.suspended",
            f"account:{account_id}",
            account_id=account.main_id,
            name=account.name,
        )
    return account


async def resume(tx: Transaction, account_id: AccountId) -> Account:
    """The other way round."""
    account = await _for_operator(tx, account_id)
    if account.suspended_at is not None:
        await store.set_suspended(tx, account_id, None)
        await audit.record(
            tx,
            "account.resumed",
            f"account:{account_id}",
            account_id=account.main_id,
            name=account.name,
        )
    return account


async def _for_operator(tx: Transaction, account_id: AccountId) -> Account:
    if tx.actor.kind is not ActorKind.OPERATOR:
        raise Forbidden("Only the operator may do this, on the host.", code="auth/OPERATOR_ONLY")
    account = await store.by_id(tx.conn, account_id)
    if account is None:
        raise NotFound(
            f"Account {account_id} does not exist.", code="accounts/NOT_FOUND", accountId=account_id
        )
    return account
