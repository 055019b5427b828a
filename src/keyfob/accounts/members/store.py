"""Memberships in and out. No rules here."""

from typing import Any

from sqlalchemy import Select, delete, or_, select, update

from keyfob.accounts.members.model import Membership
from keyfob.accounts.model import AccountId, Role
from keyfob.db import Connection, Record, Transaction
from keyfob.db.schema import accounts, memberships, users
from keyfob.users import UserId


async def of_account(conn: Connection, account_id: AccountId) -> list[Membership]:
    return await _some(conn, _members().where(memberships.c.account_id == account_id))


async def of_family(conn: Connection, main_id: AccountId) -> list[Membership]:
    """An entry for each user and account, the main account's first."""
    return await _some(conn, _members().where(_in_family(main_id)))


async def of_user(conn: Connection, main_id: AccountId, user_id: UserId) -> list[Membership]:
    """Those of the user in the family, by account: the main account is the oldest of it."""
    return await _some(
        conn, _members().where(_in_family(main_id), memberships.c.user_id == user_id)
    )


async def change(tx: Transaction, member: Membership, **values: Any) -> None:
    await tx.conn.execute(update(memberships).where(*_this(member)).values(values))


async def remove(tx: Transaction, member: Membership) -> None:
    await tx.conn.execute(delete(memberships).where(*_this(member)))


def _members() -> Select[*tuple[Any, ...]]:
    return (
        select(
            memberships,
            users.c.email,
            users.c.full_name,
            users.c.password_hash.is_not(None).label("has_password"),
        )
        .join(users, users.c.id == memberships.c.user_id)
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .order_by(memberships.c.account_id, memberships.c.user_id)
    )


def _in_family(main_id: AccountId) -> Any:
    return or_(accounts.c.id == main_id, accounts.c.main_id == main_id)


def _this(member: Membership) -> tuple[Any, ...]:
    c = memberships.c
    return c.account_id == member.account_id, c.user_id == member.user_id


async def _some(conn: Connection, query: Select[*tuple[Any, ...]]) -> list[Membership]:
    return [_membership(row) for row in await conn.execute(query)]


def _membership(row: Record) -> Membership:
    return Membership(
        user_id=UserId(row.user_id),
        email=row.email,
        full_name=row.full_name,
        account_id=AccountId(row.account_id),
        role=Role(row.role),
        active=row.active,
        has_password=row.has_password,
    )
