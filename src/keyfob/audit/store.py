"""Audit rows in, in the transaction of the change; and out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from keyfob.actors import ActorKind
from keyfob.audit.model import Change, Entry, Found, Said, Search, Who
from keyfob.db import Connection, Record, Transaction
from keyfob.db.schema import (
    accounts,
    audit_entries,
    closed_accounts,
    memberships,
    tokens,
    users,
)

LONGEST_NAME: Final = 254  # characters
LONGEST_AGENT: Final = 300  # characters

_RECORD = insert(audit_entries)
OF_ITSELF = audit_entries.c.subject == literal("account:") + cast(
    audit_entries.c.account_id, String
)
_BY_USER = audit_entries.c.actor_kind == ActorKind.USER
_BY_TOKEN = audit_entries.c.actor_kind == ActorKind.TOKEN
# An account's own making and changing, in its own trail, is not that of a sub account.
ACTION = case(
    (OF_ITSELF, func.replace(audit_entries.c.action, "account.", "main_account.")),
    else_=audit_entries.c.action,
)


async def record(
    tx: Transaction,
    action: str,
    subject: str,
    *,
    account_id: int,
    name: str = "",
    changes: Mapping[str, Change] | None = None,
) -> None:
    """Write one entry. It is stored if, and only if, the change beside it is."""
    await record_all(tx, action, [Said(subject, name, changes or {})], account_id=account_id)


async def record_all(
    tx: Transaction, action: str, what: Sequence[Said], *, account_id: int
) -> None:
    """Write one entry each, when the same was done to many things of an account."""
    actor, origin = tx.actor, tx.actor.origin
    rows = [
        {
            "at": tx.now,
            "account_id": account_id,
            "action": action,
            "subject": each.subject,
            "subject_name": each.name[:LONGEST_NAME],
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "actor_name": actor.name[:LONGEST_NAME],
            "actor_account_id": actor.account_id,
            "ip": origin.ip,
            "agent": origin.agent[:LONGEST_AGENT],
            "request_id": origin.request_id,
            "changes": {field: list(change) for field, change in each.changes.items()},
        }
        for each in what
    ]
    await tx.conn.execute(_RECORD, rows)


async def trail(
    conn: Connection, *, account_id: int | None = None, subject: str | None = None, limit: int = 50
) -> list[Entry]:
    """The newest entries first, of one account, of one subject, or of all."""
    c = audit_entries.c
    query = select(audit_entries).order_by(c.id.desc()).limit(limit)
    if account_id is not None:
        query = query.where(c.account_id == account_id)
    if subject is not None:
        query = query.where(c.subject == subject)
    return [_entry(dict(row)) for row in (await conn.execute(query)).mappings()]


async def newest(conn: Connection, limit: int, *, after: int) -> list[tuple[int, int, str]]:
    """Number, account and request of the newest entries of the whole installation."""
    c = audit_entries.c
    query = select(c.id, c.account_id, c.request_id).where(c.id > after)
    query = query.order_by(c.id.desc()).limit(limit)
    return [(row.id, row.account_id, row.request_id) for row in await conn.execute(query)]


async def requests_since(
    conn: Connection, account_id: int, since: datetime, limit: int
) -> set[str]:
    """The requests that did something in the account's own trail from that moment on."""
    c = audit_entries.c
    query = select(c.request_id).where(c.account_id == account_id, c.at >= since).limit(limit)
    return {*(await conn.execute(query)).scalars()}


async def search(conn: Connection, search: Search, *, account_id: int, main_id: int) -> Found:
    """
    In the account's own trail, and, of a main account, in those that closed accounts left to it.

    An entry that speaks of the account itself is called `main_account.…` there.
    """
    matching = _matching(search, account_id)
    count = select(func.count()).select_from(audit_entries).where(*matching)
    total: int = (await conn.execute(count)).scalar_one()
    at, number = audit_entries.c.at, audit_entries.c.id
    query = (
        with_actors(main_id, select(audit_entries, ACTION.label("called")))
        .where(*matching)
        .order_by(*((at.desc(), number.desc()) if search.newest_first else (at, number)))
        .limit(search.size)
        .offset(search.start)
    )
    rows = (await conn.execute(query)).all()
    return Found(total=total, entries=[(entry_of(row), who_of(row)) for row in rows])


async def actions(conn: Connection, *, account_id: int) -> set[str]:
    """What has ever happened in the trail that `search` looks into."""
    query = select(ACTION).where(_within(account_id)).distinct()
    return set((await conn.execute(query)).scalars())


async def actors(conn: Connection, *, account_id: int, main_id: int) -> list[Who]:
    """Who has ever done something in the trail that `search` looks into, each once, by name."""
    c = audit_entries.c
    last = (
        select(func.max(c.id))
        .where(_within(account_id))
        .group_by(c.actor_kind, c.actor_id)
        .scalar_subquery()
    )
    query = with_actors(main_id, select(c.actor_kind, c.actor_id)).where(c.id.in_(last))
    return sorted(
        [who_of(row) for row in await conn.execute(query)], key=lambda who: (who.name, who.id)
    )


def _within(account_id: int) -> ColumnElement[bool]:
    left = select(closed_accounts.c.id).where(closed_accounts.c.main_id == account_id)
    return or_(audit_entries.c.account_id == account_id, audit_entries.c.account_id.in_(left))


def _matching(search: Search, account_id: int) -> list[ColumnElement[bool]]:
    c = audit_entries.c
    found = [_within(account_id)]
    if search.actor_id is not None:
        found.append(c.actor_id == search.actor_id)
    if search.by_token is not None:
        found.append(_BY_TOKEN if search.by_token else ~_BY_TOKEN)
    if search.actions is not None:
        found.append(ACTION.in_(search.actions))
    if search.since is not None:
        found.append(c.at >= search.since)
    if search.until is not None:
        found.append(c.at <= search.until)
    return found


def with_actors(main_id: int, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """
    With the actor's name of today. A token is deleted once it is revoked, a user once they are
    a member of no account of the family.
    """
    c = audit_entries.c
    is_member = exists(
        select(memberships.c.user_id)
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .where(
            memberships.c.user_id == c.actor_id,
            func.coalesce(accounts.c.main_id, accounts.c.id) == main_id,
        )
    )
    deleted = case(
        (_BY_USER, ~is_member),
        (_BY_TOKEN, or_(tokens.c.id.is_(None), tokens.c.revoked_at.is_not(None))),
        else_=False,
    )
    return (
        query.add_columns(
            func.coalesce(users.c.full_name, tokens.c.name, c.actor_name).label("actor_called"),
            deleted.label("actor_deleted"),
        )
        .select_from(audit_entries)
        .outerjoin(users, and_(_BY_USER, users.c.id == c.actor_id))
        .outerjoin(tokens, and_(_BY_TOKEN, tokens.c.id == c.actor_id))
    )


def who_of(row: Record) -> Who:
    return Who(
        id=row.actor_id,
        name=row.actor_called,
        is_token=row.actor_kind == ActorKind.TOKEN,
        deleted=bool(row.actor_deleted),
    )


def entry_of(row: Record) -> Entry:
    fields = {column.name: getattr(row, column.name) for column in audit_entries.columns}
    return _entry(fields | {"action": row.called})


def _entry(fields: dict[str, Any]) -> Entry:
    changes = {field: (old, new) for field, (old, new) in fields.pop("changes").items()}
    return Entry(**fields, changes=changes)
