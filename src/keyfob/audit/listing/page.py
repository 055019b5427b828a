"""One page of the trail, by keys: the newest first, and from any entry on in both directions."""

from collections.abc import Mapping

from keyfob.audit.listing import store
from keyfob.audit.listing.model import MOST_COUNTED, Page, Repeats, Seen, Wanted
from keyfob.audit.model import Entry, Who
from keyfob.db import Connection


async def page(
    conn: Connection,
    wanted: Wanted,
    *,
    account_id: int,
    main_id: int,
    before: int | None = None,
    after: int | None = None,
    limit: int,
    counted: bool = True,
) -> Page:
    """
    In the account's own trail, and, of a main account, in those that closed accounts left to it.

    `before` and `after` are ids of entries; one that does not exist begins at the newest.
    Without `counted`, the total is 0.
    """
    closed = await store.closed(conn, account_id)
    accounts = [account_id, *closed]
    at = None
    if (from_id := before or after) is not None:
        at = await store.place(conn, from_id, newer=before is None)
    ids = await store.ids(conn, wanted, accounts, at, limit=limit + 1)
    backwards = at is not None and at.newer
    more = len(ids) > limit
    ids = ids[:limit]
    if backwards:
        ids.reverse()
    most = MOST_COUNTED + 1 if counted else 0
    total = await store.count(conn, wanted, accounts, most=most) if counted else 0
    has_newer = more if backwards else at is not None
    has_older = backwards or more
    return Page(
        items=await _seen(conn, ids, closed, main_id=main_id),
        total=min(total, MOST_COUNTED),
        is_more=total > MOST_COUNTED,
        newer=ids[0] if ids and has_newer else None,
        older=ids[-1] if ids and has_older else None,
    )


async def repeated(conn: Connection, wanted: Wanted, *, account_id: int, limit: int) -> Repeats:
    """
    What happened in the account's own trail, once for each name and address: of the newest
    `MOST_COUNTED` entries.
    """
    return await store.repeated(conn, wanted, account_id, most=MOST_COUNTED, limit=limit)


async def _seen(
    conn: Connection, ids: list[int], closed: Mapping[int, str], *, main_id: int
) -> list[Seen]:
    found = await store.entries(conn, ids, main_id=main_id)
    told = [found[entry_id] for entry_id in ids]
    hints = await store.hints(conn, [_token_id(entry) for entry, _ in told if _token_id(entry)])
    return [_one(entry, who, hints, closed) for entry, who in told]


def _one(entry: Entry, who: Who, hints: Mapping[int, str], closed: Mapping[int, str]) -> Seen:
    return Seen(
        entry=entry,
        who=who,
        hint=hints.get(_token_id(entry), ""),
        closed_account=closed.get(entry.account_id, ""),
    )


def _token_id(entry: Entry) -> int:
    """0 when it does not speak of a token."""
    noun, _, number = entry.subject.partition(":")
    return int(number) if noun == "token" and number.isdecimal() else 0
