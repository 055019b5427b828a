"""Accounts, their plans and their members, in and out. No rules here."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    FromClause,
    Select,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError

from keyfob.accounts.model import (
    Account,
    AccountId,
    AccountType,
    Admin,
    Plan,
    PlanModel,
    Role,
    Seat,
)
from keyfob.db import Connection, Copied, Record, Transaction, account_exists, touch
from keyfob.db.schema import account_settings, accounts, memberships, plans, setup_links, users
from keyfob.errors import Forbidden
from keyfob.users import User, UserId, already_exists

_MAIN_ID = func.coalesce(accounts.c.main_id, accounts.c.id)
COLUMNS = (
    accounts.c.id,
    accounts.c.type,
    accounts.c.name,
    _MAIN_ID.label("main_id"),
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
        select(accounts.c.id, _MAIN_ID.label("main_id"))
        .join(memberships, c.account_id == accounts.c.id)
        .where(c.user_id == user_id)
        .order_by(c.active.desc(), c.created_at, accounts.c.main_id.is_not(None), accounts.c.id)
    )
    first: dict[int, AccountId] = {}
    for row in await conn.execute(query):
        first.setdefault(row.main_id, AccountId(row.id))
    return [*first.values()]


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


async def is_accessible(conn: Connection, account_id: AccountId) -> bool:
    """Whether the users of its main account may act for it (contract 4.1)."""
    c = account_settings.c
    query = select(c.accessible).where(c.account_id == account_id)
    return bool((await conn.execute(query)).scalar())


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
    query = _seats(user_id).order_by(
        _MAIN_ID, accounts.c.main_id.is_not(None), func.lower(accounts.c.name), accounts.c.id
    )
    return [_seat(row) for row in await conn.execute(query)]


async def admins(conn: Connection, account: Account) -> list[Admin]:
    """Who can help: the account's own admins first, then those of its main account."""
    c = memberships.c
    of_main = case((c.account_id == account.id, 0), else_=1)
    query = (
        select(users.c.id, users.c.full_name, users.c.email, func.min(of_main).label("of_main"))
        .join(users, users.c.id == c.user_id)
        .where(c.account_id.in_((account.id, account.main_id)), c.role == Role.ADMIN, c.active)
        .group_by(users.c.id, users.c.full_name, users.c.email)
        .order_by("of_main", func.lower(users.c.full_name), users.c.id)
    )
    return [
        Admin(
            user_id=UserId(row.id),
            full_name=row.full_name,
            email=row.email,
            of_main=bool(row.of_main),
        )
        for row in await conn.execute(query)
    ]


async def replace_setup_link(tx: Transaction, digest: bytes, *, expires_at: datetime) -> None:
    """There is one at a time: a new one ends the old."""
    await forget_setup_links(tx)
    await tx.conn.execute(insert(setup_links).values(digest=digest, expires_at=expires_at))


async def setup_link_ends(conn: Connection, digest: bytes) -> datetime | None:
    query = select(setup_links.c.expires_at).where(setup_links.c.digest == digest)
    return (await conn.execute(query)).scalar()


async def forget_setup_links(tx: Transaction) -> None:
    await tx.conn.execute(delete(setup_links))


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
    direct = memberships.alias("direct")
    above = memberships.alias("above")
    rules = above.c.role == Role.ADMIN
    let_in = direct.c.user_id.is_(None) & above.c.role.is_not(None) & account_settings.c.accessible
    return (
        select(
            *COLUMNS,
            users.c.id.label("user_id"),
            users.c.email,
            users.c.full_name,
            users.c.password_hash.is_not(None).label("has_password"),
            users.c.created_at.label("user_created_at"),
            users.c.vouched_by,
            case(
                (rules, Role.ADMIN.value),
                else_=func.coalesce(direct.c.role, above.c.role),
            ).label("role"),
            func.coalesce(direct.c.created_at, above.c.created_at).label("since"),
        )
        .select_from(accounts)
        .join(users, users.c.id == user_id)
        .join(account_settings, account_settings.c.account_id == accounts.c.id)
        .outerjoin(
            direct,
            (direct.c.account_id == accounts.c.id)
            & (direct.c.user_id == users.c.id)
            & (true() if as_member else false()),
        )
        .outerjoin(
            above,
            (above.c.account_id == accounts.c.main_id)
            & (above.c.user_id == users.c.id)
            & above.c.active,
        )
        .where(or_(direct.c.active, rules, let_in))
    )


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
