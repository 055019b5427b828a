"""What can be done to the members of an account. Each action writes an entry for each change."""

from collections.abc import Sequence

from keyfob import audit, scopes, users
from keyfob.accounts import seating
from keyfob.accounts import store as account_store
from keyfob.accounts.actions import add_member, manages_all
from keyfob.accounts.authority import Operation, authorize
from keyfob.accounts.members import store
from keyfob.accounts.members.model import Membership, refuse_needed, unknown, why_needed
from keyfob.accounts.members.show import reached, seen
from keyfob.accounts.model import AccountId, Role
from keyfob.actors import Actor, ActorKind
from keyfob.db import Transaction
from keyfob.errors import Conflict, Forbidden, Invalid
from keyfob.scopes import EVERYTHING
from keyfob.users import UserId


async def create(
    tx: Transaction, *, email: str, full_name: str, role: Role, account_id: int | None
) -> UserId:
    """
    Somebody known by the address joins, somebody unknown is made first. They are active at once.

    Raise Invalid for a member, Forbidden for an account that is not the actor's to manage.
    """
    authorize(tx.actor, Operation.CREATE_USER)
    account = await reached(tx.conn, tx.actor, account_id)
    may_give(tx.actor, role)
    address = users.email_address(email, field="username")
    if not full_name.strip():
        raise Invalid("is required", field="fullName")
    await _lock(tx, account.id)
    members = await store.of_account(tx.conn, account.id)
    if address in {member.email for member in members}:
        raise Invalid(
            f"User {address} already exists.",
            field="username",
            code="user-management/USER_ALREADY_EXIST",
            username=address,
        )
    user = await add_member(tx, account, email=address, role=role, full_name=full_name)
    return user.id


async def invite(tx: Transaction, user_id: int) -> str:
    """
    A link for a member of the actor's account who has no password yet: see `users.invite`. Raise
    NotFound for who is no member, Conflict for whom the actor cannot vouch, and for whom the
    operator made a link: whoever has taken somebody's place must not do so again before they come.
    """
    authorize(tx.actor, Operation.CREATE_USER)
    member, _ = await _held(tx, user_id, AccountId(tx.actor.account_id))
    if member is None:
        raise unknown(user_id)
    await users.lock(tx, member.user_id)
    user = await users.by_id(tx.conn, member.user_id)
    assert user is not None  # the lock on the account holds its members
    may_give(tx.actor, member.role)
    if not await manages_all(tx.conn, tx.actor, user.id):
        raise Conflict(
            f"{user.email} is in an account that is not yours to manage, too, and whoever holds a "
            "link comes in there as well. An admin of the main account above both can invite them, "
            "once they are a member there.",
            code="users/INVITED_ELSEWHERE",
            username=user.email,
        )
    if await users.is_awaited(tx.conn, user.id, now=tx.now):
        raise Conflict(
            f"The operator of this server made a link for {user.email}, with which they choose a "
            "password. It is the one to use.",
            code="users/INVITED_BY_OPERATOR",
            username=user.email,
        )
    return await users.invite(tx, user, account_id=member.account_id, trails=[member.account_id])


async def update(
    tx: Transaction,
    user_id: int,
    *,
    full_name: str | None,
    role: Role | None,
    account_id: int | None,
    seen_as: tuple[str, Role] | None = None,
) -> None:
    """
    None keeps what is. The address never changes.

    Raise NotFound for a user nobody knows here, Invalid for one who is no member of the account,
    and when the account would be left without an admin; Conflict when name and role are not
    any more what the actor saw.
    """
    authorize(tx.actor, Operation.UPDATE_USER)
    account = await reached(tx.conn, tx.actor, account_id)
    await seen(tx.conn, tx.actor, user_id)
    member, everybody = await _held(tx, user_id, account.id)
    if member is None:
        raise Invalid(f"is no account of user {user_id}: {account.id}", field="accountID")
    if seen_as is not None and seen_as != (member.full_name, member.role):
        raise Conflict(
            f"{member.email} was changed since you opened the form: {member.full_name}, "
            f"{member.role.title}. What you typed is below: save again to put it in place of that.",
            code="user-management/CHANGED_SINCE",
            id=user_id,
        )
    if full_name is not None:
        await _rename(tx, member, full_name)
    if role is not None and role is not member.role:
        may_give(tx.actor, role)
        if role is not Role.ADMIN and member.runs_it:
            refuse_needed(member, everybody, by=tx.actor, field="role")
        await store.change(tx, member, role=role)
        await audit.record(
            tx, "user.role_changed", member.subject, account_id=account.id, name=member.email,
            changes={"role": (member.role, role)},
        )  # fmt: skip


async def remove(tx: Transaction, user_id: int, *, account_id: int | None) -> None:
    """
    End the membership in the actor's account, or in the one that is named. Without a name, a main
    account that does not have the user itself ends the only one below it.

    Raise NotFound for a user who is not there, Invalid for the last user or admin of an account,
    and when several accounts could be meant.
    """
    authorize(tx.actor, Operation.DELETE_USER)
    member, everybody = await _meant(tx, user_id, account_id)
    refuse_needed(member, everybody, by=tx.actor, field="id")
    await store.remove(tx, member)
    await _shut_out(tx, member)
    await audit.record(
        tx, "user.removed", member.subject, account_id=member.account_id, name=member.email,
        changes={"role": (member.role, None)},
    )  # fmt: skip


async def suspend(tx: Transaction, user_id: int, *, account_id: int | None = None) -> None:
    """Lock somebody out of an account, chosen as `remove` does. Suspending twice is fine."""
    authorize(tx.actor, Operation.SUSPEND_USER)
    member, everybody = await _meant(tx, user_id, account_id)
    if member.active:
        refuse_needed(member, everybody, by=tx.actor, field="id")
        await store.change(tx, member, active=False)
        await _shut_out(tx, member)
        await audit.record(
            tx, "user.suspended", member.subject, account_id=member.account_id, name=member.email
        )


async def unsuspend(tx: Transaction, user_id: int, *, account_id: int | None = None) -> None:
    """The other way round."""
    authorize(tx.actor, Operation.UNSUSPEND_USER)
    member, _ = await _meant(tx, user_id, account_id)
    if not member.active:
        may_give(tx.actor, member.role)
        await store.change(tx, member, active=True)
        await audit.record(
            tx, "user.unsuspended", member.subject, account_id=member.account_id, name=member.email
        )


async def remove_everywhere(tx: Transaction, user_id: int) -> Sequence[AccountId]:
    """From every account of the family. Return those that need them, where nothing was done."""
    authorize(tx.actor, Operation.DELETE_USER_EVERYWHERE)
    members, needed = await _wherever_not_needed(tx, user_id)
    for member in members:
        await store.remove(tx, member)
        await _shut_out(tx, member)
        await audit.record(
            tx, "user.removed", member.subject, account_id=member.account_id, name=member.email,
            changes={"role": (member.role, None)},
        )  # fmt: skip
    return needed


async def suspend_everywhere(tx: Transaction, user_id: int) -> Sequence[AccountId]:
    """As `remove_everywhere`."""
    authorize(tx.actor, Operation.SUSPEND_USER_EVERYWHERE)
    members, needed = await _wherever_not_needed(tx, user_id)
    for member in (each for each in members if each.active):
        await store.change(tx, member, active=False)
        await _shut_out(tx, member)
        await audit.record(
            tx, "user.suspended", member.subject, account_id=member.account_id, name=member.email
        )
    return needed


async def unsuspend_everywhere(tx: Transaction, user_id: int) -> None:
    """In every account of the family."""
    authorize(tx.actor, Operation.UNSUSPEND_USER_EVERYWHERE)
    for each in await seen(tx.conn, tx.actor, user_id):
        member, _ = await _held(tx, user_id, each.account_id)
        if member is not None and not member.active:
            may_give(tx.actor, member.role)
            await store.change(tx, member, active=True)
            await audit.record(
                tx, "user.unsuspended", member.subject, account_id=member.account_id,
                name=member.email,
            )  # fmt: skip


async def _shut_out(tx: Transaction, member: Membership) -> None:
    """
    They are signed out of the account, and a link into it is no good any more; the operator's is
    so when they are left without any account. Whoever is in accounts that are not the actor's to
    manage stays signed in there.
    """
    await users.lock(tx, member.user_id)
    if await manages_all(tx.conn, tx.actor, member.user_id):
        await users.end_all(tx, member.user_id)
    else:
        await users.end_all_of(tx, member.user_id, account_id=member.account_id)
    somewhere = await seating.seats(tx.conn, member.user_id)
    await users.withdraw(tx, member.user_id, account_id=member.account_id if somewhere else None)


def may_give(actor: Actor, role: Role) -> None:
    """An admin may do everything: nobody hands that out who does not hold it."""
    if role is Role.ADMIN and not scopes.covers(actor.scopes, EVERYTHING):
        raise Forbidden(
            f"You cannot hand out what you do not hold: {EVERYTHING}.",
            code="auth/SCOPE_NOT_HELD",
            scopes=[EVERYTHING],
        )


async def _rename(tx: Transaction, member: Membership, full_name: str) -> None:
    new = users.full_name(full_name, email=member.email) if full_name.strip() else ""
    if not new:
        raise Invalid("is required", field="fullName")
    if new != member.full_name:
        user = await users.by_id(tx.conn, member.user_id)
        assert user is not None  # the lock on the account holds its members
        homes = await seating.accounts_of(tx.conn, member.user_id)
        if any(main_id != tx.actor.main_id for _, main_id in homes):
            raise Conflict(
                f"{member.email} is in an account of another family, too, and has one name in "
                "all of them. They can change it in their profile.",
                code="users/NAMED_ELSEWHERE",
                username=member.email,
            )
        await users.rename(tx, user, new, account_id=member.account_id)


async def _meant(
    tx: Transaction, user_id: int, account_id: int | None
) -> tuple[Membership, list[Membership]]:
    """The membership that is spoken of, and everybody in its account, held still."""
    if account_id is not None:
        await reached(tx.conn, tx.actor, account_id)
    found = {member.account_id for member in await seen(tx.conn, tx.actor, user_id)}
    wanted = tx.actor.account_id if account_id is None else account_id
    if wanted not in found and account_id is None:
        if len(found) > 1:
            raise Invalid(
                f"is required: user {user_id} is in several accounts, {sorted(found)}",
                field="accountId",
            )
        (wanted,) = found
    member, everybody = await _held(tx, user_id, AccountId(wanted))
    if member is None:
        raise unknown(user_id)
    return member, everybody


async def _held(
    tx: Transaction, user_id: int, account_id: AccountId
) -> tuple[Membership | None, list[Membership]]:
    """The user's membership as it is under the lock: None when it has gone meanwhile."""
    await _lock(tx, account_id)
    everybody = await store.of_account(tx.conn, account_id)
    return next((each for each in everybody if each.user_id == user_id), None), everybody


async def _lock(tx: Transaction, account_id: AccountId) -> None:
    """Whoever was shut out while they waited for the lock does not let themselves in again."""
    await account_store.lock(tx, account_id)
    if tx.actor.of_request and tx.actor.kind is ActorKind.USER:
        await seating.require_seat(tx)


async def _wherever_not_needed(
    tx: Transaction, user_id: int
) -> tuple[list[Membership], list[AccountId]]:
    """The user's memberships, held still, and the accounts that cannot be without them."""
    members: list[Membership] = []
    needed: list[AccountId] = []
    for each in await seen(tx.conn, tx.actor, user_id):
        member, everybody = await _held(tx, user_id, each.account_id)
        if member is not None and why_needed(member, everybody, by=tx.actor):
            needed.append(member.account_id)
        elif member is not None:
            members.append(member)
    return members, needed
