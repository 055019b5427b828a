"""Found a family, open, change and close its accounts. Each action writes one audit entry."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from keyfob import accounts, audit, users, wording
from keyfob.accounts import Account, AccountId, AccountType, Operation, Plan, Role
from keyfob.accounts import store as account_store
from keyfob.accounts.model import account_name
from keyfob.actors import ActorKind
from keyfob.db import Connection, Transaction
from keyfob.errors import Conflict, Forbidden, Invalid
from keyfob.families import store
from keyfob.families.model import MOST_SUBS, Family, Member, refuse_too_small
from keyfob.families.show import refuse_strangers, responsible_id, unknown
from keyfob.families.wanted import Wanted, warm_settings
from keyfob.keys import Instance
from keyfob.tokens import Secret, shipping

Changes = dict[str, tuple[object, object]]


async def found(tx: Transaction, instance: Instance, *, name: str, plan: Plan) -> Account:
    """A new main account. Only the operator, or the first visitor with the setup link."""
    plan.check()
    account = await account_store.add(tx, AccountType.MAIN, account_name(name), main_id=None)
    await account_store.add_plan(tx, account.id, plan)
    await audit.record(
        tx, "account.created", f"account:{account.id}", account_id=account.id, name=account.name,
        changes={field: (None, value) for field, value in asdict(plan).items()},
    )  # fmt: skip
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


async def open_sub(
    tx: Transaction, instance: Instance, wanted: Wanted, *, main_id: AccountId, email: str | None
) -> tuple[Account, Secret]:
    """
    A sub account of the main account, with `email` as its admin, and its first token to ship data.

    Raise Invalid when the plan has no room for it, or when `email` is not of an admin of the
    main account. The operator may leave the new account without an admin of its own.
    """
    accounts.authorize(tx.actor, Operation.CREATE_ACCOUNT)
    name = account_name(wanted.name)
    await _require_main(tx, main_id)
    await accounts.lock(tx, main_id)
    family = await store.family(tx.conn, main_id)
    if family.plan.flexible and len(family.subs) >= MOST_SUBS:
        raise Invalid(f"at most {MOST_SUBS} sub accounts share a flexible plan", field="isFlexible")
    admin = await _admin_of(tx, family.main.account, email) if email is not None else None
    settings = wanted.for_new_sub(family.plan)
    await refuse_strangers(tx, main_id, settings.sharing, field="sharingObjectsAccounts")
    by = await responsible_id(tx)
    nameless = replace(family.main.account, id=AccountId(0), type=AccountType.SUB, name=name)
    drafted = Member(account=nameless, settings=settings, updated_at=tx.now, updated_by=by)
    family.with_member(drafted).check(drafted)
    account = await account_store.add(tx, AccountType.SUB, name, main_id=main_id)
    await store.add_settings(tx, account.id, settings, updated_by=by)
    await audit.record(
        tx, "account.created", f"account:{account.id}", account_id=main_id, name=name,
        changes=_differences(None, drafted),
    )  # fmt: skip
    if admin is not None:
        await accounts.add_member(tx, account, email=admin, role=Role.ADMIN)
    _, token = await shipping.add_default(tx, instance, account)
    return account, token


async def update(tx: Transaction, account_id: AccountId, wanted: Wanted) -> None:
    """Replace everything (contract 4.3). Raise NotFound for one that is not in the family."""
    accounts.authorize(tx.actor, Operation.UPDATE_ACCOUNT)
    name = account_name(wanted.name)
    family, member = await _locked(tx, account_id)
    is_main = member is family.main
    settings = wanted.for_main(family) if is_main else wanted.for_sub(family.plan, member.settings)
    main_id = family.main.account.id
    await refuse_strangers(tx, main_id, settings.sharing, field="sharingObjectsAccounts")
    new = replace(member, account=replace(member.account, name=name), settings=settings)
    if changes := await _change(tx, family, member, new):
        await audit.record(
            tx, "account.updated", f"account:{account_id}", account_id=main_id, name=name,
            changes=changes,
        )  # fmt: skip
        if "accessible" in changes:  # who comes in concerns the account's own admins most
            await audit.record(
                tx, "access.changed", f"account:{account_id}", account_id=account_id, name=name,
                changes={"accessible": changes["accessible"]},
            )  # fmt: skip


async def set_warm_retention(tx: Transaction, account_id: AccountId, days: int) -> Family:
    """Days in the warm tier, 0 for none (contract 4.5). Return the family as it is then."""
    accounts.authorize(tx.actor, Operation.SET_RETENTION)
    family, member = await _locked(tx, account_id)
    settings = warm_settings(family, member, days)
    main_id = family.main.account.id
    if changes := await _change(tx, family, member, replace(member, settings=settings)):
        await audit.record(
            tx, "account.updated", f"account:{account_id}", account_id=main_id,
            name=member.account.name, changes=changes,
        )  # fmt: skip
    return await store.family(tx.conn, main_id)


async def close(tx: Transaction, account_id: AccountId) -> None:
    """
    For good: its tokens, memberships and settings go with it; its trail is the main account's.

    Raise Invalid for the main account itself, NotFound for one that is not below it.
    """
    accounts.authorize(tx.actor, Operation.DELETE_ACCOUNT)
    if account_id == tx.actor.account_id:
        raise Invalid("The main account cannot be deleted.", field="id")
    family, member = await _locked(tx, account_id)
    await store.close(tx, member.account)
    await audit.record(
        tx, "account.deleted", f"account:{account_id}", account_id=family.main.account.id,
        name=member.account.name,
    )  # fmt: skip


async def set_plan(tx: Transaction, main_id: AccountId, changes: Mapping[str, Any]) -> Plan:
    """
    Change what `changes` names (fields of Plan). For the operator.

    Raise Conflict when the accounts that share the plan do not fit into it any more.
    """
    if tx.actor.kind is not ActorKind.OPERATOR:
        raise Forbidden("Only the operator may do this, on the host.", code="auth/OPERATOR_ONLY")
    account = await _require_main(tx, main_id)
    await accounts.lock(tx, main_id)
    old = await accounts.plan(tx.conn, main_id)
    new = replace(old, **changes)
    new.check()
    await account_store.set_plan(tx, main_id, new)
    refuse_too_small(await store.family(tx.conn, main_id))
    if new == old:
        return old
    before, after = asdict(old), asdict(new)
    await audit.record(
        tx, "plan.changed", f"account:{main_id}", account_id=main_id, name=account.name,
        changes={k: (before[k], after[k]) for k in after if before[k] != after[k]},
    )  # fmt: skip
    return new


async def _require_main(tx: Transaction, main_id: AccountId) -> Account:
    """There are two levels only: a plan, and accounts below, are a main account's."""
    account = await accounts.by_id(tx.conn, main_id) if accounts.can_exist(main_id) else None
    if account is None:
        raise unknown(main_id)
    if not account.is_main:
        raise Invalid("is no main account", field="accountId")
    return account


async def _locked(tx: Transaction, account_id: AccountId) -> tuple[Family, Member]:
    """The caller's family, held still, and the account of it."""
    main_id = AccountId(tx.actor.main_id)
    await accounts.lock(tx, main_id)
    family = await store.family(tx.conn, main_id)
    for member in family.members:
        if member.account.id == account_id:
            return family, member
    raise unknown(account_id)


async def _change(tx: Transaction, family: Family, old: Member, new: Member) -> Changes:
    """Store what is new of the account, once it is sure that the family holds it; return that."""
    changes = _differences(old, new)
    if changes:
        family.with_member(new).check(new)
        await store.set_name(tx, new.account.id, new.account.name)
        by = await responsible_id(tx)
        await store.set_settings(tx, new.account.id, new.settings, updated_by=by)
    return changes


async def _admin_of(tx: Transaction, main: Account, email: str) -> str:
    """The address, tidied, when it is of an active admin of the main account."""
    address = users.email_address(email)
    admins = {admin.email for admin in await accounts.admins(tx.conn, main)}
    if address in admins:
        return address
    user = await users.by_email(tx.conn, address)
    seat = await accounts.seat(tx.conn, user.id, main.id) if user else None
    if seat is None:
        raise Invalid("Email must belong to an existing user", field="email")
    raise Invalid("must belong to an admin of the main account", field="email")


def _differences(old: Member | None, new: Member) -> Changes:
    """Field by field, what was and what is: for the trail."""
    after = {"name": new.account.name, **asdict(new.settings)}
    if old is None:
        return {name: (None, value) for name, value in after.items() if value not in {None, ()}}
    before = {"name": old.account.name, **asdict(old.settings)}
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}
