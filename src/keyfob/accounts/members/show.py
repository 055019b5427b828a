"""Look at members: those of one's own account; the main account sees its whole family."""

from keyfob.accounts import store as account_store
from keyfob.accounts.authority import Operation, authorize, can_exist
from keyfob.accounts.members import store
from keyfob.accounts.members.model import Membership, unknown
from keyfob.accounts.model import Account, AccountId
from keyfob.actors import Actor
from keyfob.db import Connection
from keyfob.errors import Forbidden
from keyfob.users import UserId


async def of_account(
    conn: Connection, actor: Actor, account_id: int | None = None
) -> list[Membership]:
    """Of one's own account when none is named. Raise Forbidden as `reached` does."""
    authorize(actor, Operation.READ_USERS)
    account = await reached(conn, actor, account_id)
    return await store.of_account(conn, account.id)


async def of_family(conn: Connection, actor: Actor) -> list[Membership]:
    authorize(actor, Operation.READ_ALL_USERS)
    return await store.of_family(conn, AccountId(actor.main_id))


async def get(conn: Connection, actor: Actor, user_id: int) -> Membership:
    """
    In the actor's own account if they are a member there, else in the oldest of those below it.

    Raise NotFound for somebody who is in none.
    """
    authorize(actor, Operation.READ_USERS)
    return (await seen(conn, actor, user_id))[0]


async def seen(conn: Connection, actor: Actor, user_id: int) -> list[Membership]:
    """The memberships that the actor may see, the own account's first. Raise NotFound for none."""
    if not can_exist(user_id):
        raise unknown(user_id)
    found = await store.of_user(conn, AccountId(actor.main_id), UserId(user_id))
    if not actor.is_main:
        found = [member for member in found if member.account_id == actor.account_id]
    if not found:
        raise unknown(user_id)
    return found


async def reached(conn: Connection, actor: Actor, account_id: int | None) -> Account:
    """
    The actor's own account, or a sub account that a main account names.

    Raise Forbidden for any other, whether it exists or not (contract 1.3).
    """
    wanted = actor.account_id if account_id is None else account_id
    possible = can_exist(wanted) and (wanted == actor.account_id or actor.is_main)
    account = await account_store.by_id(conn, AccountId(wanted)) if possible else None
    if account is None or account.main_id != actor.main_id:
        raise Forbidden(
            f"You act for account {actor.account_id} only"
            + (", and for those below it." if actor.is_main else "."),
            code="auth/OTHER_ACCOUNT",
        )
    return account
