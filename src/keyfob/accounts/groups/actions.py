"""What can be done to the groups of one's own account."""

from collections.abc import Sequence

from keyfob import audit, users
from keyfob.accounts import store as account_store
from keyfob.accounts.authority import Operation, authorize
from keyfob.accounts.groups import store
from keyfob.accounts.groups.model import Group, check
from keyfob.accounts.members.actions import may_give
from keyfob.accounts.model import AccountId
from keyfob.actors import Actor
from keyfob.db import Connection, Transaction


async def of_account(conn: Connection, actor: Actor) -> list[Group]:
    """The actor's own account's, in the order that was sent."""
    authorize(actor, Operation.READ_GROUPS)
    return await store.of_account(conn, AccountId(actor.account_id))


async def add(tx: Transaction, group: Group) -> None:
    """Beside those that there are. It ends sessions as `replace` does."""
    authorize(tx.actor, Operation.REPLACE_GROUPS)
    await account_store.lock(tx, AccountId(tx.actor.account_id))
    await replace(tx, [*await store.of_account(tx.conn, AccountId(tx.actor.account_id)), group])


async def remove(tx: Transaction, name: str) -> None:
    """By its name; one that is not there is gone already. It ends sessions as `replace` does."""
    authorize(tx.actor, Operation.REPLACE_GROUPS)
    await account_store.lock(tx, AccountId(tx.actor.account_id))
    groups = await store.of_account(tx.conn, AccountId(tx.actor.account_id))
    await replace(tx, [group for group in groups if group.name != name])


async def replace(tx: Transaction, groups: Sequence[Group]) -> None:
    """
    These and no others from now on. A change ends every session of the account: who may come in
    is another question than it was (contract 9).
    """
    authorize(tx.actor, Operation.REPLACE_GROUPS)
    check(groups)
    for group in groups:
        may_give(tx.actor, group.role)
    account_id = AccountId(tx.actor.account_id)
    await account_store.lock(tx, account_id)
    before = await store.of_account(tx.conn, account_id)
    if before == [*groups]:
        return
    await store.replace(tx, account_id, groups)
    await users.end_all_in(tx, account_id)
    await audit.record(
        tx, "groups.replaced", f"account:{account_id}", account_id=account_id,
        changes={"groups": (_words(before), _words(groups))},
    )  # fmt: skip


def _words(groups: Sequence[Group]) -> list[str]:
    return [f"{group.name}: {group.role}" for group in groups]
