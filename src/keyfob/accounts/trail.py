"""What an account may read of the audit trail: its own, and what closed accounts left to it."""

from keyfob import audit
from keyfob.accounts.authority import Operation, authorize
from keyfob.actors import Actor
from keyfob.audit import Entry, Event, Found, Search, Who
from keyfob.db import Connection


async def search_trail(conn: Connection, actor: Actor, search: Search) -> Found:
    """A main account reads its own trail and those of accounts that were closed below it."""
    authorize(actor, Operation.READ_AUDIT_TRAIL)
    return await audit.search(conn, search, account_id=actor.account_id, main_id=actor.main_id)


async def trail_of(conn: Connection, actor: Actor, subject: str, *, limit: int) -> list[Entry]:
    """The newest entries about one thing, in the account's own trail."""
    authorize(actor, Operation.READ_AUDIT_TRAIL)
    return await audit.trail(conn, account_id=actor.account_id, subject=subject, limit=limit)


async def trail_events(conn: Connection, actor: Actor) -> list[Event]:
    """What has happened there, each once, by title."""
    authorize(actor, Operation.READ_AUDIT_TRAIL)
    actions = await audit.actions(conn, account_id=actor.account_id)
    return sorted({audit.event(action) for action in actions}, key=lambda event: event.title)


async def trail_actors(conn: Connection, actor: Actor) -> list[Who]:
    """Who has done something there, each once, by name."""
    authorize(actor, Operation.READ_AUDIT_TRAIL)
    return await audit.actors(conn, account_id=actor.account_id, main_id=actor.main_id)
