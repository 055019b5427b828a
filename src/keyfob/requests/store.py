"""Requests in and out. No rules here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update

from keyfob.accounts.seating import seated
from keyfob.db import Connection, Record, Transaction, account_exists
from keyfob.db.schema import accounts, token_requests, users
from keyfob.requests.model import Request, RequestId, State

_C = token_requests.c
_WITH_NAMES = (
    select(token_requests, accounts.c.name.label("account_name"), users.c.full_name, users.c.email)
    .join(accounts, accounts.c.id == _C.account_id)
    .join(users, users.c.id == _C.user_id)
)
_STILL_SEATED = seated(token_requests)  # whoever was suspended or has left is not waited for


async def add(tx: Transaction, *, account_id: int, user_id: int, name: str, reason: str) -> int:
    values = {
        "account_id": account_id,
        "user_id": user_id,
        "name": name,
        "reason": reason,
        "state": State.OPEN,
        "created_at": tx.now,
    }
    query = insert(token_requests).values(values).returning(_C.id)
    with account_exists(account_id):
        return (await tx.conn.execute(query)).scalar_one()


async def by_id(conn: Connection, request_id: RequestId) -> Request | None:
    row = (await conn.execute(_WITH_NAMES.where(_C.id == request_id))).one_or_none()
    return _request(row) if row else None


async def for_update(tx: Transaction, request_id: RequestId) -> Request | None:
    """As by_id, and nobody else changes it until this transaction ends."""
    query = _WITH_NAMES.where(_C.id == request_id).with_for_update(of=token_requests)
    row = (await tx.conn.execute(query)).one_or_none()
    return _request(row) if row else None


async def change(tx: Transaction, request_id: RequestId, **values: Any) -> None:
    await tx.conn.execute(update(token_requests).where(_C.id == request_id).values(values))


async def count_open(conn: Connection, *, account_id: int, user_id: int) -> int:
    query = (
        select(func.count())
        .select_from(token_requests)
        .where(_C.user_id == user_id, _C.account_id == account_id, _C.state == State.OPEN)
    )
    return (await conn.execute(query)).scalar_one()


async def of_user(conn: Connection, *, account_id: int, user_id: int, limit: int) -> list[Request]:
    """The newest first."""
    query = (
        _WITH_NAMES.where(_C.user_id == user_id, _C.account_id == account_id)
        .order_by(_C.id.desc())
        .limit(limit)
    )
    return [_request(row) for row in await conn.execute(query)]


async def open_ones(conn: Connection, *, account_ids: Sequence[int], limit: int) -> list[Request]:
    """Those of members, the oldest first."""
    query = _WITH_NAMES.where(*_open(account_ids)).order_by(_C.created_at, _C.id).limit(limit)
    return [_request(row) for row in await conn.execute(query)]


async def count_all_open(conn: Connection, *, account_ids: Sequence[int]) -> int:
    query = select(func.count()).select_from(token_requests).where(*_open(account_ids))
    return (await conn.execute(query)).scalar_one()


async def overdue(
    tx: Transaction, *, account_ids: Sequence[int], decided_before: datetime, limit: int
) -> list[Request]:
    """Approved no later than that, and not collected; those that somebody else has are left."""
    query = (
        _WITH_NAMES.where(*_overdue(account_ids, decided_before))
        .limit(limit)
        .with_for_update(of=token_requests, skip_locked=True)
    )
    return [_request(row) for row in await tx.conn.execute(query)]


async def any_overdue(
    conn: Connection, *, account_ids: Sequence[int], decided_before: datetime
) -> bool:
    query = select(_C.id).where(*_overdue(account_ids, decided_before)).limit(1)
    return (await conn.execute(query)).scalar() is not None


def _overdue(
    account_ids: Sequence[int], decided_before: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        _C.account_id.in_(account_ids),
        _C.state == State.APPROVED,
        _C.decided_at <= decided_before,
    )


def _open(account_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return _C.account_id.in_(account_ids), _C.state == State.OPEN, _STILL_SEATED


def _request(row: Record) -> Request:
    return Request(
        id=RequestId(row.id),
        account_id=row.account_id,
        account_name=row.account_name,
        user_id=row.user_id,
        full_name=row.full_name,
        email=row.email,
        name=row.name,
        reason=row.reason,
        state=State(row.state),
        created_at=row.created_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by or "",
        answer=row.answer or "",
        token_id=row.token_id,
        collected_at=row.collected_at,
    )
