"""A signed-in browser. The cookie's value is random and only its SHA-256 is stored."""

import hashlib
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final, NewType

from keyfob import audit
from keyfob.db import Connection, Transaction
from keyfob.users import store
from keyfob.users.model import ABSOLUTE, Session, User, UserId

SessionId = NewType("SessionId", str)

SEEN_EVERY: Final = timedelta(minutes=1)  # how exact `seen_at` is: spares a write per request
EVERYWHERE: Final = "all"
ID_BYTES: Final = 32  # 256 random bits


async def start(tx: Transaction, user: User, *, account_id: int) -> SessionId:
    """Sign in. The return value is the cookie's; it exists nowhere else."""
    session_id = SessionId(token_urlsafe(ID_BYTES))
    await store.forget_sessions(tx, created_before=tx.now - ABSOLUTE)
    await store.add_session(tx, _digest(session_id), user.id, account_id)
    await audit.record(
        tx, "user.signed_in", f"user:{user.id}", account_id=account_id, name=user.email
    )
    return session_id


async def resume(conn: Connection, session_id: str, *, now: datetime) -> Session | None:
    """None for a session that never was, has ended, or was idle for too long."""
    session = await store.session(conn, _digest(session_id))
    return session if session is not None and session.is_alive(now) else None


async def touch(tx: Transaction, session: Session) -> None:
    """Keep it from falling idle. Call it when `seen_at` is older than SEEN_EVERY."""
    await store.touch_session(tx, session.digest)


async def enter(tx: Transaction, session: Session, *, account_id: int) -> None:
    """Act for another account from now on."""
    await store.set_session_account(tx, session.digest, account_id)
    await audit.record(
        tx,
        "user.entered_account",
        f"user:{session.user_id}",
        account_id=account_id,
        name=tx.actor.name,
    )


async def end(tx: Transaction, session: Session) -> None:
    """Sign out, here only."""
    await store.remove_session(tx, session.digest)
    await audit.record(
        tx,
        "user.signed_out",
        f"user:{session.user_id}",
        account_id=session.account_id or 0,
        name=tx.actor.name,
    )


async def living(conn: Connection, user_id: UserId, *, now: datetime) -> list[Session]:
    """Where the user is signed in; the one used last comes first."""
    found = await store.sessions_of(conn, user_id)
    return [each for each in found if each.is_alive(now)]


async def end_other(tx: Transaction, session: Session, key: str) -> None:
    """Sign out elsewhere: there, or, if that is `EVERYWHERE`, wherever it is not here."""
    for each in await store.sessions_of(tx.conn, session.user_id):
        if each.digest != session.digest and key in {EVERYWHERE, each.key}:
            await store.remove_session(tx, each.digest)
            await audit.record(
                tx, "user.signed_out", f"user:{session.user_id}",
                account_id=tx.actor.account_id, name=tx.actor.name,
                changes={"elsewhere": (each.ip, None)},
            )  # fmt: skip


async def end_all(tx: Transaction, user_id: UserId) -> None:
    """Everywhere, for a user who is no longer welcome: the entry says why, not that."""
    await store.remove_sessions_of(tx, user_id)


async def end_all_of(tx: Transaction, user_id: UserId, *, account_id: int) -> None:
    """As `end_all`, of those that act for this account now."""
    await store.remove_sessions_of(tx, user_id, account_id=account_id)


async def end_all_in(tx: Transaction, account_id: int) -> None:
    """Of everybody who acts for this account now."""
    await store.remove_sessions_in(tx, account_id)


def _digest(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()
