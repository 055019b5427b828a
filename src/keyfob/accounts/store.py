"""Accounts, their plans and their members, in and out. No rules here."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from keyfob.accounts.model import (
    Account,
    AccountId,
    AccountType,
    Plan,
    PlanModel,
)
from keyfob.db import Connection, Copied, Record, Transaction, touch
from keyfob.db.schema import account_settings, accounts, plans, setup_links

MAIN_ID = func.coalesce(accounts.c.main_id, accounts.c.id)
COLUMNS = (
    accounts.c.id,
    accounts.c.type,
    accounts.c.name,
    MAIN_ID.label("main_id"),
    accounts.c.created_at,
    accounts.c.suspended_at,
)
_BY_ID = select(*COLUMNS).where(accounts.c.id == bindparam("wanted"))


async def add(
    tx: Transaction, kind: AccountType, name: str, *, main_id: AccountId | None
) -> Account:
    values = {"type": kind, "name": name, "main_id": main_id, "created_at": tx.now}
    row = (await tx.conn.execute(insert(accounts).values(values).returning(accounts.c.id))).one()
    return Account(
        id=AccountId(row.id),
        type=kind,
        name=name,
        main_id=main_id or AccountId(row.id),
        created_at=tx.now,
    )


async def add_plan(tx: Transaction, main_id: AccountId, plan: Plan) -> None:
    """The plan, and the main account's own share of it."""
    await tx.conn.execute(insert(plans).values(account_id=main_id, **_plan_values(plan)))
    own = {
        "account_id": main_id,
        "searchable": False,
        "accessible": False,
        "doc_size": False,
        "utilization": False,
        "updated_at": tx.now,
        "updated_by": 0,
    }
    await tx.conn.execute(insert(account_settings).values(own | _own_share(plan)))


async def set_plan(tx: Transaction, main_id: AccountId, plan: Plan) -> None:
    c, own = plans.c, account_settings.c
    await tx.conn.execute(update(plans).where(c.account_id == main_id).values(_plan_values(plan)))
    await tx.conn.execute(
        update(account_settings).where(own.account_id == main_id).values(_own_share(plan))
    )


async def plan(conn: Connection, main_id: AccountId) -> Plan:
    """What the family of this main account has bought."""
    own = account_settings.c
    query = (
        select(plans, own.reserved_gb, own.warm_days, own.retention_days)
        .join(account_settings, own.account_id == plans.c.account_id)
        .where(plans.c.account_id == main_id)
    )
    row = (await conn.execute(query)).one()
    return Plan(
        model=PlanModel(row.model),
        volume_gb=row.volume_gb,
        flexible=row.flexible,
        reserved_gb=row.reserved_gb or 0,
        warm_days=row.warm_days or 0,
        retention_days=row.retention_days,
        max_shipping_tokens=row.max_shipping_tokens,
        shared_tokens=row.shared_tokens,
    )


async def lock(tx: Transaction, account_id: AccountId) -> None:
    """
    Wait until no other transaction holds the account, and hold it until this one ends.

    What must stay true of several rows at once (a plan's sum, the last admin, the last enabled
    token) is looked at and changed under it. SQLite has one writer, and needs nothing.
    """
    query = select(accounts.c.id).where(accounts.c.id == account_id)
    await tx.conn.execute(query.with_for_update(key_share=True))  # who points at it need not wait


async def by_id(conn: Connection, account_id: AccountId) -> Account | None:
    row = (await conn.execute(_BY_ID, {"wanted": account_id})).one_or_none()
    return account(row) if row else None


async def first_main(conn: Connection) -> Account | None:
    query = select(*COLUMNS).where(accounts.c.main_id.is_(None)).order_by(accounts.c.id).limit(1)
    row = (await conn.execute(query)).one_or_none()
    return account(row) if row else None


async def mains(conn: Connection) -> list[Account]:
    """All main accounts; an installation has few."""
    query = select(*COLUMNS).where(accounts.c.main_id.is_(None)).order_by(accounts.c.id)
    return [account(row) for row in await conn.execute(query)]


async def is_empty(conn: Connection) -> bool:
    """Whether nobody has been here yet."""
    return await first_main(conn) is None


async def family(conn: Connection, main_id: AccountId) -> list[Account]:
    """The main account first, then those below it in the order they were made."""
    query = (
        select(*COLUMNS)
        .where(or_(accounts.c.id == main_id, accounts.c.main_id == main_id))
        .order_by(accounts.c.main_id.is_not(None), accounts.c.id)
    )
    return [account(row) for row in await conn.execute(query)]


async def set_suspended(tx: Transaction, account_id: AccountId, at: datetime | None) -> None:
    await tx.conn.execute(
        update(accounts).where(accounts.c.id == account_id).values(suspended_at=at)
    )
    touch(tx, Copied.ACCOUNT, account_id)


async def is_suspended(conn: Connection, account_id: AccountId) -> bool:
    """The account, or the main account above it. One that is gone counts as such."""
    account = await by_id(conn, account_id)
    if account is None or account.suspended_at is not None:
        return True
    return account.main_id != account.id and await is_suspended(conn, account.main_id)


async def is_accessible(conn: Connection, account_id: AccountId) -> bool:
    """Whether the users of its main account may act for it (contract 4.1)."""
    c = account_settings.c
    query = select(c.accessible).where(c.account_id == account_id)
    return bool((await conn.execute(query)).scalar())


async def replace_setup_link(tx: Transaction, digest: bytes, *, expires_at: datetime) -> None:
    """There is one at a time: a new one ends the old."""
    await forget_setup_links(tx)
    await tx.conn.execute(insert(setup_links).values(digest=digest, expires_at=expires_at))


async def setup_link_ends(conn: Connection, digest: bytes) -> datetime | None:
    query = select(setup_links.c.expires_at).where(setup_links.c.digest == digest)
    return (await conn.execute(query)).scalar()


async def forget_setup_links(tx: Transaction) -> None:
    await tx.conn.execute(delete(setup_links))


def _plan_values(plan: Plan) -> dict[str, Any]:
    return {
        "model": plan.model,
        "volume_gb": plan.volume_gb,
        "flexible": plan.flexible,
        "max_shipping_tokens": plan.max_shipping_tokens,
        "shared_tokens": plan.shared_tokens,
    }


def _own_share(plan: Plan) -> dict[str, Any]:
    """None stands for what the plan does not have: a reservation, a warm tier."""
    return {
        "reserved_gb": plan.reserved_gb if plan.flexible else None,
        "warm_days": plan.warm_days or None,
        "retention_days": plan.retention_days,
    }


def account(row: Record) -> Account:
    """From a row that has COLUMNS."""
    return Account(
        id=AccountId(row.id),
        type=AccountType(row.type),
        name=row.name,
        main_id=AccountId(row.main_id),
        created_at=row.created_at,
        suspended_at=row.suspended_at,
    )
