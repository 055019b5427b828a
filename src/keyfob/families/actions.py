"""Found a family, and open accounts in it. Each action writes one audit entry."""

from dataclasses import asdict

from keyfob import accounts, audit, wording
from keyfob.accounts import Account, AccountType, Plan, store
from keyfob.accounts.model import account_name
from keyfob.db import Connection, Transaction
from keyfob.errors import Conflict, Invalid
from keyfob.keys import Instance
from keyfob.tokens import shipping


async def found(tx: Transaction, instance: Instance, *, name: str, plan: Plan) -> Account:
    """A new main account. Only the operator, or the first visitor with the setup link."""
    plan.check()
    account = await store.add(tx, AccountType.MAIN, account_name(name), main_id=None)
    await store.add_plan(tx, account.id, plan)
    await audit.record(
        tx,
        "account.created",
        f"account:{account.id}",
        account_id=account.id,
        name=account.name,
        changes={field: (None, value) for field, value in asdict(plan).items()},
    )
    await shipping.add_default(tx, instance, account)
    return account


async def refuse_taken(conn: Connection, name: str) -> None:
    """
    Raise Conflict when a main account is called that already: whoever is in both could not tell
    them apart. For the operator; names of sub accounts need not be unique (contract 4.2).
    """
    for other in await accounts.mains(conn):
        if wording.same(other.name) == wording.same(name.strip()):
            raise Conflict(
                f'there is a main account "{other.name}" already ({other.id}); choose another name',
                code="accounts/NAME_TAKEN",
                accountId=other.id,
            )


async def open_sub(tx: Transaction, instance: Instance, main: Account, *, name: str) -> Account:
    """A sub account of `main`. There are two levels only."""
    if not main.is_main:
        raise Invalid("a sub account has no sub accounts", field="accountId")
    account = await store.add(tx, AccountType.SUB, account_name(name), main_id=main.id)
    await audit.record(
        tx, "account.created", f"account:{account.id}", account_id=main.id, name=account.name
    )
    await shipping.add_default(tx, instance, account)
    return account
