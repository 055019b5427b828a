"""Metrics accounts: below the main account, without log volume. Each has exactly one token."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from keyfob import accounts, audit, users
from keyfob.accounts import Account, AccountId, AccountType, Operation, Role
from keyfob.accounts import store as account_store
from keyfob.accounts.model import account_name
from keyfob.actors import Actor
from keyfob.db import Connection, Transaction
from keyfob.errors import Invalid
from keyfob.families import store
from keyfob.families.model import MOST_DAYS, MetricsAccount, Settings
from keyfob.families.show import refuse_strangers, responsible_id, unknown
from keyfob.keys import Instance
from keyfob.tokens import Secret, shipping
from keyfob.wording import LONGEST_NAME

LEAST_UTS: Final = 100  # unique time series (contract 11)
MOST_UTS: Final = 2**31 - 1
NAME_ENDS: Final = "_metrics"


def default_name(main: Account) -> str:
    return main.name[: LONGEST_NAME - len(NAME_ENDS)] + NAME_ENDS


async def of_family(conn: Connection, actor: Actor) -> list[MetricsAccount]:
    accounts.authorize(actor, Operation.READ_METRICS_ACCOUNTS)
    return await store.metrics_accounts(conn, AccountId(actor.main_id))


async def get(conn: Connection, actor: Actor, account_id: int) -> MetricsAccount:
    """Raise NotFound for what is no metrics account of the caller's family."""
    for each in await of_family(conn, actor):
        if each.account.id == account_id:
            return each
    raise unknown(account_id)


async def open_metrics(
    tx: Transaction,
    instance: Instance,
    *,
    email: str,
    name: str,
    plan_uts: int | None,
    authorized: Sequence[int],
) -> tuple[MetricsAccount, Secret]:
    """`email` becomes its admin. Without a name it is called after the main account."""
    accounts.authorize(tx.actor, Operation.CREATE_METRICS_ACCOUNT)
    main_id = AccountId(tx.actor.main_id)
    await accounts.lock(tx, main_id)
    main = (await store.family(tx.conn, main_id)).main.account
    name = account_name(name or default_name(main))
    address = await _member_of(tx, main_id, email)
    uts = checked_uts(plan_uts)
    serves = tuple(AccountId(other) for other in authorized)
    await refuse_strangers(tx, main_id, serves, field="authorizedAccountsIds")
    account = await account_store.add(tx, AccountType.METRICS, name, main_id=main_id)
    await store.add_settings(
        tx, account.id, Settings(retention_days=MOST_DAYS, sharing=serves),
        updated_by=await responsible_id(tx), plan_uts=uts,
    )  # fmt: skip
    await audit.record(
        tx, "account.created", f"account:{account.id}", account_id=main_id, name=name,
        changes={"name": (None, name), "plan_uts": (None, uts), "authorized": (None, serves)},
    )  # fmt: skip
    await accounts.add_member(tx, account, email=address, role=Role.ADMIN)
    _, token = await shipping.add_default(tx, instance, account)
    made = MetricsAccount(account=account, plan_uts=uts, authorized=serves, updated_at=tx.now)
    return made, token


async def update(
    tx: Transaction,
    account_id: int,
    *,
    name: str | None,
    plan_uts: int | None,
    authorized: Sequence[int] | None,
) -> MetricsAccount:
    """None keeps what is, and so does an empty name (contract 11)."""
    accounts.authorize(tx.actor, Operation.UPDATE_METRICS_ACCOUNT)
    main_id = AccountId(tx.actor.main_id)
    await accounts.lock(tx, main_id)
    old = await _one(tx.conn, main_id, account_id)
    account = replace(old.account, name=account_name(name) if name else old.account.name)
    uts = checked_uts(plan_uts, unless=old.plan_uts)
    serves = old.authorized if authorized is None else tuple(AccountId(n) for n in authorized)
    await refuse_strangers(tx, main_id, serves, field="authorizedAccountsIds")
    new = replace(old, account=account, plan_uts=uts, authorized=serves)
    if new == old:
        return old
    await store.set_name(tx, account.id, account.name)
    by = await responsible_id(tx)
    await store.set_plan_uts(tx, account.id, uts, updated_by=by)
    await store.replace_links(tx, account.id, serves)
    await audit.record(
        tx, "account.updated", f"account:{account.id}", account_id=main_id, name=account.name,
        changes=_differences(old, new),
    )  # fmt: skip
    return replace(new, updated_at=tx.now)


async def close(tx: Transaction, account_id: int) -> None:
    """For good, with its token."""
    accounts.authorize(tx.actor, Operation.DELETE_METRICS_ACCOUNT)
    main_id = AccountId(tx.actor.main_id)
    await accounts.lock(tx, main_id)
    old = await _one(tx.conn, main_id, account_id)
    await store.close(tx, old.account)
    await audit.record(
        tx, "account.deleted", f"account:{account_id}", account_id=main_id, name=old.account.name
    )


async def _one(conn: Connection, main_id: AccountId, account_id: int) -> MetricsAccount:
    for each in await store.metrics_accounts(conn, main_id):
        if each.account.id == account_id:
            return each
    raise unknown(account_id)


async def _member_of(tx: Transaction, main_id: AccountId, email: str) -> str:
    """The address, tidied, when it is of somebody in the family."""
    address = users.email_address(email)
    user = await users.by_email(tx.conn, address)
    seats = await accounts.seats(tx.conn, user.id) if user else []
    if not any(seat.account.main_id == main_id for seat in seats):
        raise Invalid("There is no registered user for the passed email", field="email")
    return address


def checked_uts(plan_uts: int | None, *, unless: int = LEAST_UTS) -> int:
    """`unless` it was given. Raise Invalid for one that cannot be."""
    if plan_uts is None:
        return unless
    if not LEAST_UTS <= plan_uts <= MOST_UTS:
        raise Invalid(f"must be between {LEAST_UTS} and {MOST_UTS}", field="planUts")
    return plan_uts


def _differences(old: MetricsAccount, new: MetricsAccount) -> dict[str, tuple[object, object]]:
    pairs = {
        "name": (old.account.name, new.account.name),
        "plan_uts": (old.plan_uts, new.plan_uts),
        "authorized": (old.authorized, new.authorized),
    }
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
