"""The trail's rows by key: each filter has an index that gives them in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    cast,
    func,
    literal,
    not_,
    select,
    tuple_,
    type_coerce,
    union_all,
)

from keyfob.actors import ActorKind
from keyfob.audit.listing.model import MOST_ACTORS, Repeated, Repeats, Wanted
from keyfob.audit.model import Entry, Who
from keyfob.audit.store import ACTION, OF_ITSELF, entry_of, who_of, with_actors
from keyfob.db import Connection, milliseconds
from keyfob.db.schema import audit_entries, closed_accounts, instance, tokens
from keyfob_client.token_format import hint

_C = audit_entries.c
_OWN_WORD: Final = "main_account."
_AT_ONCE: Final = 400  # an engine has a bound on how many questions one may be made of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Strictly older than this entry; `newer`: strictly newer, and the nearest first."""

    at: datetime
    id: int
    newer: bool = False


async def place(conn: Connection, entry_id: int, *, newer: bool) -> Place | None:
    """None when there is no such entry."""
    at = (await conn.execute(select(_C.at).where(_C.id == entry_id))).scalar()
    return Place(at=at, id=entry_id, newer=newer) if at else None


async def closed(conn: Connection, main_id: int) -> Mapping[int, str]:
    """The names of the accounts that were closed below this one, by id."""
    c = closed_accounts.c
    rows = await conn.execute(select(c.id, c.name).where(c.main_id == main_id))
    return {row.id: row.name for row in rows}


async def ids(
    conn: Connection, wanted: Wanted, accounts: Sequence[int], at: Place | None, *, limit: int
) -> list[int]:
    """
    From the place on, or from the newest. Each account's index is walked by itself: of the
    entries of several together, none would give them in order.
    """
    newer = at is not None and at.newer
    found: list[tuple[int, int]] = []
    for start in range(0, len(accounts), _AT_ONCE):
        walks = [
            select(_walk(wanted, account, at, limit).subquery())
            for account in accounts[start : start + _AT_ONCE]
        ]
        rows = await conn.execute(union_all(*walks) if len(walks) > 1 else walks[0])
        found += [(row.moment, row.id) for row in rows]
    found.sort(reverse=not newer)
    return [entry_id for _, entry_id in found[:limit]]


async def count(conn: Connection, wanted: Wanted, accounts: Sequence[int], *, most: int) -> int:
    """At most `most`."""
    total = 0
    for account in accounts:
        some = select(literal(1)).where(*_matching(wanted, account)).limit(most - total)
        total += (
            await conn.execute(select(func.count()).select_from(some.subquery()))
        ).scalar_one()
        if total >= most:
            break
    return total


async def repeated(
    conn: Connection, wanted: Wanted, account: int, *, most: int, limit: int
) -> Repeats:
    """Of the newest `most` entries of the account's own trail."""
    newest = (
        select(_C.subject_name, _C.ip, _C.at)
        .where(*_matching(wanted, account))
        .order_by(_C.at.desc(), _C.id.desc())
        .limit(most)
        .subquery()
    )
    c, last, times = newest.c, func.max(newest.c.at).label("last"), func.count()
    total = cast(func.sum(times).over(), Integer)
    query = (
        select(c.subject_name, c.ip, times.label("times"), last, total.label("total"))
        .group_by(c.subject_name, c.ip)
        .order_by(last.desc(), c.subject_name, c.ip)
        .limit(limit)
    )
    rows = (await conn.execute(query)).all()
    items = [
        Repeated(name=row.subject_name, ip=row.ip, times=row.times, last=row.last) for row in rows
    ]
    return Repeats(items=items, total=rows[0].total if rows else 0)


async def entries(
    conn: Connection, wanted: Sequence[int], *, main_id: int
) -> dict[int, tuple[Entry, Who]]:
    query = with_actors(main_id, select(audit_entries, ACTION.label("called")))
    rows = await conn.execute(query.where(_C.id.in_(wanted)))
    return {row.id: (entry_of(row), who_of(row)) for row in rows}


async def hints(conn: Connection, token_ids: Sequence[int]) -> dict[int, str]:
    c = tokens.c
    brand = select(instance.c.token_brand).scalar_subquery().label("brand")
    query = select(c.id, c.kind, c.public_id, brand).where(c.id.in_(token_ids))
    return {row.id: hint(row.brand, row.kind, row.public_id) for row in await conn.execute(query)}


async def actors(conn: Connection, *, account_id: int, main_id: int) -> list[tuple[ActorKind, Who]]:
    """
    Who has ever done something in the account's own trail, by name, `MOST_ACTORS` of a kind.

    From one to the next in the index, however many entries each of them has.
    """
    found: list[tuple[ActorKind, Who]] = []
    for kind in ActorKind:
        last = _last_of_each(account_id, kind)
        query = with_actors(main_id, select(_C.actor_kind, _C.actor_id)).where(_C.id.in_(last))
        found += [(kind, who_of(row)) for row in await conn.execute(query)]
    return sorted(found, key=lambda each: (each[1].name.casefold(), each[1].id))


def _last_of_each(account_id: int, kind: ActorKind) -> Select[int]:
    of_kind = (_C.account_id == account_id, _C.actor_kind == kind)
    first = select(func.min(_C.actor_id).label("actor_id")).where(*of_kind)
    each = first.cte("each_actor", recursive=True)
    following = (
        select(func.min(_C.actor_id)).where(*of_kind, _C.actor_id > each.c.actor_id)
    ).scalar_subquery()
    each = each.union_all(select(following.label("actor_id")).where(each.c.actor_id.is_not(None)))
    last = (
        select(_C.id)
        .where(*of_kind, _C.actor_id == each.c.actor_id)
        .order_by(_C.at.desc())
        .limit(1)
        .correlate(each)
        .scalar_subquery()
    )
    return select(last).select_from(each).where(each.c.actor_id.is_not(None)).limit(MOST_ACTORS)


def _walk(wanted: Wanted, account: int, at: Place | None, limit: int) -> Select[int, Any]:
    moment = type_coerce(_C.at, BigInteger).label("moment")
    query = select(moment, _C.id).where(*_matching(wanted, account)).limit(limit)
    if at is None:
        return query.order_by(_C.at.desc(), _C.id.desc())
    # The first says what the second does, for an engine that finds only it in its index.
    here = tuple_(type_coerce(_C.at, BigInteger), _C.id)
    there = tuple_(literal(milliseconds(at.at)), literal(at.id))
    if at.newer:
        return query.where(_C.at >= at.at, here > there).order_by(_C.at, _C.id)
    return query.where(_C.at <= at.at, here < there).order_by(_C.at.desc(), _C.id.desc())


def _matching(wanted: Wanted, account: int) -> list[ColumnElement[bool]]:
    if wanted.subject:
        # Not to be looked up in an index by its account: the subject's own is the short way.
        found = [_C.subject == wanted.subject, _C.account_id + 0 == account]
    else:
        found = [_C.account_id == account]
    if wanted.actor is not None:
        found += [_C.actor_kind == wanted.actor.kind, _C.actor_id == wanted.actor.id]
    if wanted.action:
        found += _called(wanted.action)
    if wanted.since is not None:
        found.append(_C.at >= wanted.since)
    if wanted.until is not None:
        found.append(_C.at <= wanted.until)
    return found


def _called(action: str) -> list[ColumnElement[bool]]:
    """As `ACTION` calls it, by the word that is stored."""
    if action.startswith(_OWN_WORD):
        return [_C.action == "account." + action.removeprefix(_OWN_WORD), OF_ITSELF]
    if action.startswith("account."):
        return [_C.action == action, not_(OF_ITSELF)]
    return [_C.action == action]
