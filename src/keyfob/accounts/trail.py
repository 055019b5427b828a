"""What an account may read of the audit trail: its own, and what closed accounts left to it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

from keyfob import audit
from keyfob.accounts.authority import Operation, authorize
from keyfob.actors import Actor, ActorKind
from keyfob.audit import Entry, Event, Found, Search, Who
from keyfob.audit.listing import Page, Repeats, Seen, Wanted
from keyfob.db import Connection, Database, Transaction

CHUNK: Final = 500  # entries that are read at once for an export: others are answered in between


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


async def trail_page(
    conn: Connection,
    actor: Actor,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int,
    counted: bool = True,
) -> Page:
    """As `audit.listing.page`, of the actor's account."""
    authorize(actor, Operation.READ_AUDIT_TRAIL)
    return await audit.listing.page(
        conn, wanted, account_id=actor.account_id, main_id=actor.main_id,
        before=before, after=after, limit=limit, counted=counted,
    )  # fmt: skip


async def trail_repeated(conn: Connection, actor: Actor, wanted: Wanted, *, limit: int) -> Repeats:
    """As `audit.listing.repeated`, of the actor's account."""
    authorize(actor, Operation.READ_AUDIT_TRAIL)
    return await audit.listing.repeated(conn, wanted, account_id=actor.account_id, limit=limit)


async def trail_people(conn: Connection, actor: Actor) -> list[tuple[ActorKind, Who]]:
    """Of whom one can choose, by name; as `audit.listing.actors`."""
    authorize(actor, Operation.READ_AUDIT_TRAIL)
    return await audit.listing.actors(conn, account_id=actor.account_id, main_id=actor.main_id)


async def record_export(tx: Transaction, told: Mapping[str, str]) -> None:
    """That somebody takes the trail away, and what of it: `told` are the filters, in words."""
    authorize(tx.actor, Operation.READ_AUDIT_TRAIL)
    await audit.record(
        tx, "audit.exported", f"account:{tx.actor.account_id}", account_id=tx.actor.account_id,
        changes={name: (None, value) for name, value in told.items()},
    )  # fmt: skip


async def trail_chunks(
    db: Database, actor: Actor, wanted: Wanted
) -> AsyncGenerator[Sequence[Seen]]:
    """All that is wanted, the newest first; no connection is held between two chunks."""
    before: int | None = None
    while True:
        async with db.reader() as conn:
            page = await trail_page(conn, actor, wanted, before=before, limit=CHUNK, counted=False)
        yield page.items
        if page.older is None:
            return
        before = page.older
