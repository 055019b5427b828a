"""Settings of accounts, and whom they share with, in and out. No rules here."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select, update

from keyfob.accounts import Account, AccountId, AccountType, can_exist, plan
from keyfob.accounts.store import COLUMNS, account
from keyfob.db import Connection, Copied, Record, Transaction, touch
from keyfob.db.schema import (
    account_links,
    account_settings,
    accounts,
    closed_accounts,
    memberships,
    tokens,
)
from keyfob.families.model import Belongings, Family, LastUsed, Member, MetricsAccount, Settings
from keyfob.tokens import TokenKind

LOG_ACCOUNTS = (AccountType.MAIN, AccountType.SUB)

_COLUMNS = {
    name: account_settings.c[name]
    for name in (
        "retention_days",
        "reserved_gb",
        "max_daily_gb",
        "soft_limit_gb",
        "warm_days",
        "searchable",
        "accessible",
        "doc_size",
        "utilization",
        "frequency_minutes",
    )
}


async def family(conn: Connection, main_id: AccountId) -> Family:
    """The main account and its sub accounts."""
    query = _members().where(_of(main_id), accounts.c.type.in_(LOG_ACCOUNTS))
    rows = (await conn.execute(query)).all()
    links = await _links(conn, [row.id for row in rows])
    main, *subs = (_member(row, links.get(row.id, ())) for row in rows)
    return Family(plan=await plan(conn, main_id), main=main, subs=subs)


async def log_account(conn: Connection, account_id: AccountId) -> Member | None:
    """One main account or sub account by itself."""
    query = _members().where(accounts.c.id == account_id, accounts.c.type.in_(LOG_ACCOUNTS))
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        return None
    return _member(row, (await _links(conn, [account_id])).get(account_id, ()))


async def belongings(conn: Connection, account_id: AccountId) -> Belongings:
    c = tokens.c
    living = (c.account_id == account_id, c.revoked_at.is_(None))
    kinds = select(c.kind, func.count().label("many")).where(*living).group_by(c.kind)
    last = (
        select(c.name, c.last_used_at)
        .where(*living, c.last_used_at.is_not(None))
        .order_by(c.last_used_at.desc())
        .limit(1)
    )
    members = select(func.count()).where(memberships.c.account_id == account_id)
    used = (await conn.execute(last)).one_or_none()
    return Belongings(
        tokens={TokenKind(row.kind): row.many for row in await conn.execute(kinds)},
        people=(await conn.execute(members)).scalar_one(),
        last_used=LastUsed(name=used.name, at=used.last_used_at) if used else None,
    )


async def metrics_accounts(conn: Connection, main_id: AccountId) -> list[MetricsAccount]:
    """Those of the family, in the order they were made."""
    query = (
        select(*COLUMNS, account_settings.c.plan_uts, account_settings.c.updated_at)
        .join(account_settings, account_settings.c.account_id == accounts.c.id)
        .where(_of(main_id), accounts.c.type == AccountType.METRICS)
        .order_by(accounts.c.id)
    )
    rows = (await conn.execute(query)).all()
    links = await _links(conn, [row.id for row in rows])
    return [
        MetricsAccount(
            account=account(row),
            plan_uts=row.plan_uts,
            authorized=links.get(row.id, ()),
            updated_at=row.updated_at,
        )
        for row in rows
    ]


async def existing(conn: Connection, main_id: AccountId, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that are the family's main account or its sub accounts."""
    possible = [account_id for account_id in ids if can_exist(account_id)]
    query = select(accounts.c.id).where(
        _of(main_id), accounts.c.type.in_(LOG_ACCOUNTS), accounts.c.id.in_(possible)
    )
    return {*(await conn.execute(query)).scalars()}


async def add_settings(
    tx: Transaction,
    account_id: AccountId,
    settings: Settings,
    *,
    updated_by: int,
    plan_uts: int | None = None,
) -> None:
    warm_at = None if settings.warm_days is None else tx.now
    values = {"account_id": account_id, "plan_uts": plan_uts, "last_warm_at": warm_at}
    await tx.conn.execute(
        insert(account_settings).values(values | _values(settings) | _by(tx, updated_by))
    )
    await replace_links(tx, account_id, settings.sharing)


async def set_settings(
    tx: Transaction, account_id: AccountId, settings: Settings, *, updated_by: int
) -> None:
    """All of them. The last moment of a warm tier is kept when it ends."""
    values = _values(settings) | _by(tx, updated_by)
    if settings.warm_days is not None:
        values["last_warm_at"] = tx.now
    await _change(tx, account_id, values)
    await replace_links(tx, account_id, settings.sharing)


async def set_plan_uts(
    tx: Transaction, account_id: AccountId, plan_uts: int, *, updated_by: int
) -> None:
    await _change(tx, account_id, {"plan_uts": plan_uts} | _by(tx, updated_by))


async def set_name(tx: Transaction, account_id: AccountId, name: str) -> None:
    await tx.conn.execute(update(accounts).where(accounts.c.id == account_id).values(name=name))
    touch(tx, Copied.ACCOUNT, account_id)


async def replace_links(
    tx: Transaction, account_id: AccountId, others: Sequence[AccountId]
) -> None:
    await tx.conn.execute(delete(account_links).where(account_links.c.account_id == account_id))
    rows = [
        {"account_id": account_id, "position": position, "other_id": other}
        for position, other in enumerate(others)
    ]
    if rows:
        await tx.conn.execute(insert(account_links), rows)


async def close(tx: Transaction, account: Account) -> None:
    """All that is the account's goes with it; its name stays, for the trail."""
    await tx.conn.execute(
        insert(closed_accounts).values(
            id=account.id,
            main_id=account.main_id,
            type=account.type,
            name=account.name,
            closed_at=tx.now,
        )
    )
    await tx.conn.execute(delete(accounts).where(accounts.c.id == account.id))
    touch(tx, Copied.ACCOUNT, account.id)


def _members() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *COLUMNS,
            *_COLUMNS.values(),
            account_settings.c.last_warm_at,
            account_settings.c.updated_at,
            account_settings.c.updated_by,
        )
        .join(account_settings, account_settings.c.account_id == accounts.c.id)
        .order_by(accounts.c.main_id.is_not(None), accounts.c.id)
    )


def _of(main_id: AccountId) -> Any:
    return or_(accounts.c.id == main_id, accounts.c.main_id == main_id)


async def _links(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[AccountId, ...]]:
    c = account_links.c
    query = select(c.account_id, c.other_id).where(c.account_id.in_(ids))
    found: dict[int, tuple[AccountId, ...]] = {}
    for row in await conn.execute(query.order_by(c.account_id, c.position)):
        found[row.account_id] = (*found.get(row.account_id, ()), AccountId(row.other_id))
    return found


async def _change(tx: Transaction, account_id: AccountId, values: Mapping[str, Any]) -> None:
    c = account_settings.c
    await tx.conn.execute(update(account_settings).where(c.account_id == account_id).values(values))


def _values(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in _COLUMNS}


def _by(tx: Transaction, updated_by: int) -> dict[str, Any]:
    return {"updated_at": tx.now, "updated_by": updated_by}


def _member(row: Record, sharing: tuple[AccountId, ...]) -> Member:
    own = {name: getattr(row, name) for name in _COLUMNS}
    return Member(
        account=account(row),
        settings=Settings(**own, sharing=sharing),
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        last_warm_at=row.last_warm_at,
    )
