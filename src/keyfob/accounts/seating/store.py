"""Seats as rows: who works in which account, and as what."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Exists,
    FromClause,
    Integer,
    Select,
    bindparam,
    case,
    false,
    func,
    insert,
    or_,
    select,
    true,
)
from sqlalchemy.exc import IntegrityError

from keyfob.accounts.model import Account, AccountId, Admin, Role, Seat
from keyfob.accounts.store import COLUMNS, MAIN_ID, account
from keyfob.db import Connection, Record, Transaction, account_exists
from keyfob.db.schema import account_settings, accounts, memberships, users
from keyfob.errors import Forbidden
from keyfob.users import User, UserId, already_exists

_DIRECT: Final = memberships.alias("direct")
_ABOVE: Final = memberships.alias("above")
_OF_SEATS: Final = (
    *COLUMNS,
    users.c.id.label("user_id"),
    users.c.email,
    users.c.full_name,
    users.c.password_hash.is_not(None).label("has_password"),
    users.c.created_at.label("user_created_at"),
    users.c.vouched_by,
    func.coalesce(_DIRECT.c.created_at, _ABOVE.c.created_at).label("since"),
)


async def accounts_of(conn: Connection, user_id: UserId) -> list[tuple[int, int]]:
    """Every account that the user is a member of, suspended or not, and its main account."""
    main_id = func.coalesce(accounts.c.main_id, accounts.c.id)
    query = (
        select(accounts.c.id, main_id)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .where(memberships.c.user_id == user_id)
    )
    return [(account_id, main) for account_id, main in await conn.execute(query)]


async def homes(conn: Connection, user_id: UserId) -> list[AccountId]:
    """
    Of each family the account that took the user in first; one in which they are suspended only
    where they are so in all of it. What concerns the user alone is told in these trails.
    """
    c = memberships.c
    query = (
        select(accounts.c.id, MAIN_ID.label("main_id"))
        .join(memberships, c.account_id == accounts.c.id)
        .where(c.user_id == user_id)
        .order_by(c.active.desc(), c.created_at, accounts.c.main_id.is_not(None), accounts.c.id)
    )
    first: dict[int, AccountId] = {}
    for row in await conn.execute(query):
        first.setdefault(row.main_id, AccountId(row.id))
    return [*first.values()]


async def role(conn: Connection, account_id: AccountId, user_id: UserId) -> Role | None:
    c = memberships.c
    query = select(c.role).where(c.account_id == account_id, c.user_id == user_id)
    found = (await conn.execute(query)).scalar()
    return Role(found) if found else None


async def add_membership(tx: Transaction, account_id: AccountId, user: User, role: Role) -> None:
    query = insert(memberships).values(
        account_id=account_id, user_id=user.id, role=role, active=True, created_at=tx.now
    )
    try:
        with account_exists(account_id):
            await tx.conn.execute(query)
    except IntegrityError as error:  # somebody else was faster, in this very moment
        raise already_exists(user.email) from error


async def seat(conn: Connection, user_id: UserId, account_id: AccountId) -> Seat | None:
    """How the user may act for the account now; None when not at all."""
    row = (await conn.execute(_seats(user_id).where(accounts.c.id == account_id))).first()
    return _seat(row) if row else None


async def seat_through_main(
    conn: Connection, user_id: UserId, account_id: AccountId
) -> Role | None:
    """As what the user may act for a sub account, or could, without being a member of it."""
    query = _seats(user_id, as_member=False).where(accounts.c.id == account_id)
    row = (await conn.execute(query)).first()
    return Role(row.role) if row else None


async def require_seat(tx: Transaction) -> None:
    """Raise Forbidden when the user who acts has lost, since they asked, what they act with."""
    actor = tx.actor
    found = await seat(tx.conn, UserId(actor.id), AccountId(actor.account_id))
    if found is None or found.role.scopes != actor.scopes:
        raise Forbidden(
            "What you may do here was changed a moment ago, so nothing was done.",
            code="auth/NOT_ANY_MORE",
        )


async def seats(conn: Connection, user_id: UserId) -> list[Seat]:
    """Every account the user may act for: main accounts and their subs together, by name."""
    return [_seat(row) for row in await conn.execute(_SEATS_BY_NAME, {"user_id": user_id})]


async def helpers(conn: Connection, account: Account) -> list[Admin]:
    """Who can help: of the admins those who have come, if any has; others only have a link."""
    found = await admins(conn, account)
    return [each for each in found if each.has_password] or found


async def admins(conn: Connection, account: Account) -> list[Admin]:
    """The account's own admins first, then those of its main account."""
    c = memberships.c
    of_main = case((c.account_id == account.id, 0), else_=1)
    has_password = users.c.password_hash.is_not(None).label("has_password")
    who = (users.c.id, users.c.full_name, users.c.email, has_password)
    query = (
        select(*who, func.min(of_main).label("of_main"))
        .join(users, users.c.id == c.user_id)
        .where(c.account_id.in_((account.id, account.main_id)), c.role == Role.ADMIN, c.active)
        .group_by(*who)
        .order_by("of_main", func.lower(users.c.full_name), users.c.id)
    )
    return [
        Admin(
            user_id=UserId(row.id),
            full_name=row.full_name,
            email=row.email,
            of_main=bool(row.of_main),
            has_password=row.has_password,
        )
        for row in await conn.execute(query)
    ]


def seated(of: FromClause) -> Exists:
    """Whether the user of a row (its `user_id`) may act for its account (`account_id`) now."""
    seats = _seats(of.c.user_id).where(accounts.c.id == of.c.account_id)
    return seats.correlate(of).exists()


def _seats(
    user_id: UserId | ColumnElement[int], *, as_member: bool = True
) -> Select[*tuple[Any, ...]]:
    """
    A member of the account itself; an admin of its main account, who is admin here too; and, where
    the account is accessible (contract 4.1), every other member of its main account, with the role
    they have there, unless they were suspended here. Without `as_member`: as if they had never
    been a member of the account itself.
    """
    rules = _ABOVE.c.role == Role.ADMIN
    let_in = (
        _DIRECT.c.user_id.is_(None) & _ABOVE.c.role.is_not(None) & account_settings.c.accessible
    )
    role = case((rules, Role.ADMIN.value), else_=func.coalesce(_DIRECT.c.role, _ABOVE.c.role))
    return (
        select(*_OF_SEATS, role.label("role"))
        .select_from(accounts)
        .join(users, users.c.id == user_id)
        .join(account_settings, account_settings.c.account_id == accounts.c.id)
        .outerjoin(
            _DIRECT,
            (_DIRECT.c.account_id == accounts.c.id)
            & (_DIRECT.c.user_id == users.c.id)
            & (true() if as_member else false()),
        )
        .outerjoin(
            _ABOVE,
            (_ABOVE.c.account_id == accounts.c.main_id)
            & (_ABOVE.c.user_id == users.c.id)
            & _ABOVE.c.active,
        )
        .where(or_(_DIRECT.c.active, rules, let_in))
    )


def _seat(row: Record) -> Seat:
    user = User(
        id=UserId(row.user_id),
        email=row.email,
        full_name=row.full_name,
        has_password=row.has_password,
        created_at=row.user_created_at,
        vouched_by=row.vouched_by,
    )
    return Seat(user=user, account=account(row), role=Role(row.role), since=row.since)


# Put together once, for each page asks for it: that took longer than its answer.
_SEATS_BY_NAME: Final = _seats(bindparam("user_id", type_=Integer)).order_by(
    MAIN_ID, accounts.c.main_id.is_not(None), func.lower(accounts.c.name), accounts.c.id
)
