"""Users, their sessions and their attempts to sign in, in and out. No rules here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keyfob.db import Connection, Record, Transaction, account_exists
from keyfob.db.schema import invitations, sessions, sign_in_attempts, users
from keyfob.users.model import Session, User, UserId, already_exists

_USER = (
    users.c.id,
    users.c.email,
    users.c.full_name,
    users.c.password_hash.is_not(None).label("has_password"),
    users.c.created_at,
    users.c.vouched_by,
)

_SESSION = (
    sessions.c.digest,
    sessions.c.user_id,
    sessions.c.account_id,
    sessions.c.created_at,
    sessions.c.authenticated_at,
    sessions.c.seen_at,
    sessions.c.ip,
    sessions.c.agent,
)


async def add(tx: Transaction, email: str, full_name: str, password_hash: str | None) -> User:
    values = {
        "email": email,
        "full_name": full_name,
        "password_hash": password_hash,
        "created_at": tx.now,
    }
    query = insert(users).values(values).returning(users.c.id)
    try:
        async with tx.conn.begin_nested():  # so that the transaction can go on
            user_id = UserId((await tx.conn.execute(query)).scalar_one())
    except IntegrityError as error:  # somebody else was faster, in this very moment
        raise already_exists(email) from error
    return User(
        id=user_id,
        email=email,
        full_name=full_name,
        has_password=password_hash is not None,
        created_at=tx.now,
    )


async def by_email(conn: Connection, email: str) -> User | None:
    return await _one(conn, users.c.email == email)


async def by_id(conn: Connection, user_id: UserId) -> User | None:
    return await _one(conn, users.c.id == user_id)


async def password_hash(conn: Connection, user_id: UserId) -> str | None:
    return (await conn.execute(select(users.c.password_hash).where(users.c.id == user_id))).scalar()


async def lock(tx: Transaction, user_id: UserId) -> None:
    """What a person may come into is looked at and changed under it, by one at a time."""
    query = select(users.c.id).where(users.c.id == user_id)
    await tx.conn.execute(query.with_for_update(key_share=True))  # who points at them need not wait


async def set_vouched_by(tx: Transaction, user_id: UserId, account_id: int | None) -> None:
    await tx.conn.execute(update(users).where(users.c.id == user_id).values(vouched_by=account_id))


async def forget_password_hash(tx: Transaction, user_id: UserId) -> None:
    await tx.conn.execute(
        update(users).where(users.c.id == user_id).values(password_hash=None, vouched_by=None)
    )


async def set_password_hash(tx: Transaction, user_id: UserId, password_hash: str) -> None:
    await tx.conn.execute(
        update(users).where(users.c.id == user_id).values(password_hash=password_hash)
    )


async def set_full_name(tx: Transaction, user_id: UserId, full_name: str) -> None:
    await tx.conn.execute(update(users).where(users.c.id == user_id).values(full_name=full_name))


async def add_session(tx: Transaction, digest: bytes, user_id: UserId, account_id: int) -> None:
    """Raise NotFound when the account is deleted."""
    query = insert(sessions).values(
        digest=digest,
        user_id=user_id,
        account_id=account_id,
        created_at=tx.now,
        authenticated_at=tx.now,
        seen_at=tx.now,
        ip=tx.actor.origin.ip,
        agent=tx.actor.origin.agent[:300],
    )
    with account_exists(account_id):
        await tx.conn.execute(query)


async def session(conn: Connection, digest: bytes) -> Session | None:
    query = select(*_SESSION).where(sessions.c.digest == digest)
    row = (await conn.execute(query)).mappings().one_or_none()
    return Session(**row) if row else None


async def sessions_of(conn: Connection, user_id: UserId) -> list[Session]:
    """The one used last comes first."""
    c = sessions.c
    query = select(*_SESSION).where(c.user_id == user_id).order_by(c.seen_at.desc())
    return [Session(**row) for row in (await conn.execute(query)).mappings()]


async def touch_session(tx: Transaction, digest: bytes) -> None:
    await tx.conn.execute(
        update(sessions).where(sessions.c.digest == digest).values(seen_at=tx.now)
    )


async def set_session_account(tx: Transaction, digest: bytes, account_id: int) -> None:
    """Raise NotFound when the account is deleted."""
    query = update(sessions).where(sessions.c.digest == digest).values(account_id=account_id)
    with account_exists(account_id):
        await tx.conn.execute(query)


async def remove_session(tx: Transaction, digest: bytes) -> None:
    await tx.conn.execute(delete(sessions).where(sessions.c.digest == digest))


async def remove_sessions_of(
    tx: Transaction, user_id: UserId, *, account_id: int | None = None
) -> None:
    """All of them, or those that act for one account."""
    query = delete(sessions).where(sessions.c.user_id == user_id)
    if account_id is not None:
        query = query.where(sessions.c.account_id == account_id)
    await tx.conn.execute(query)


async def invitation(conn: Connection, digest: bytes) -> Record | None:
    c = invitations.c
    query = select(c.user_id, c.account_id, c.expires_at).where(c.digest == digest)
    return (await conn.execute(query)).one_or_none()


async def replace_invitation(
    tx: Transaction,
    digest: bytes,
    user_id: UserId,
    account_id: int | None,
    *,
    expires_at: datetime,
) -> None:
    """Somebody has one at the most."""
    await forget_invitation(tx, user_id)
    await tx.conn.execute(
        insert(invitations).values(
            digest=digest, user_id=user_id, account_id=account_id, created_at=tx.now,
            created_by=tx.actor.name, expires_at=expires_at,
        )
    )  # fmt: skip


async def inviting(conn: Connection, user_id: UserId, *, now: datetime) -> Record | None:
    """The invitation that is still good, with its `account_id`; the operator's has none."""
    c = invitations.c
    query = select(c.account_id).where(c.user_id == user_id, c.expires_at > now)
    return (await conn.execute(query)).one_or_none()


async def forget_invitation(
    tx: Transaction, user_id: UserId, *, account_id: int | None = None
) -> None:
    """Whoever made it, or when that account did."""
    query = delete(invitations).where(invitations.c.user_id == user_id)
    if account_id is not None:
        query = query.where(invitations.c.account_id == account_id)
    await tx.conn.execute(query)


async def remove_sessions_in(tx: Transaction, account_id: int) -> None:
    await tx.conn.execute(delete(sessions).where(sessions.c.account_id == account_id))


async def forget_sessions(tx: Transaction, *, created_before: datetime) -> None:
    await tx.conn.execute(delete(sessions).where(sessions.c.created_at < created_before))


async def attempts(conn: Connection, subject: str, *, since: datetime) -> list[datetime]:
    """When they were, oldest first."""
    c = sign_in_attempts.c
    query = select(c.at).where(c.subject == subject, c.at > since).order_by(c.at)
    return [*(await conn.execute(query)).scalars()]


async def add_attempt(tx: Transaction, subject: str) -> int:
    """Return its number."""
    query = insert(sign_in_attempts).values(subject=subject, at=tx.now)
    return (await tx.conn.execute(query.returning(sign_in_attempts.c.id))).scalar_one()


async def take_back_attempts(tx: Transaction, numbers: Sequence[int]) -> None:
    await tx.conn.execute(delete(sign_in_attempts).where(sign_in_attempts.c.id.in_(numbers)))


async def clear_attempts(tx: Transaction, subject: str) -> None:
    await tx.conn.execute(delete(sign_in_attempts).where(sign_in_attempts.c.subject == subject))


async def forget_attempts(tx: Transaction, *, before: datetime) -> None:
    await tx.conn.execute(delete(sign_in_attempts).where(sign_in_attempts.c.at <= before))


async def _one(conn: Connection, condition: ColumnElement[bool]) -> User | None:
    row = (await conn.execute(select(*_USER).where(condition))).mappings().one_or_none()
    return User(**row) if row else None
