"""
What was changed, in the order in which it was committed: whoever keeps copies follows it.

A store that changes what verification remembers says so with `touch`; the row is written with
the change, last of all, so that a change that is committed is in the list, at its place.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select

from keyfob.db.direct import Direct
from keyfob.db.schema import changes
from keyfob.db.transaction import Connection, Transaction
from keyfob.db.turns import Turn, take_turn

KEPT: Final = 10_000  # rows; who is further behind forgets all it has


class Copied(StrEnum):
    """What others keep copies of: a token by its public id, an account by its number."""

    TOKEN = "token"  # noqa: S105 -- a kind of thing, not a secret
    ACCOUNT = "account"


_WRITE = insert(changes)
_SINCE = (
    select(changes.c.revision, changes.c.subject)
    .where(changes.c.revision > bindparam("revision"))
    .order_by(changes.c.revision)
)
_NEWEST = select(func.max(changes.c.revision))


@dataclass(frozen=True, slots=True)
class News:
    """
    What came after a revision. `subjects` is None when not all of it is known any more: whatever
    was kept may be old.
    """

    revision: int
    subjects: list[str] | None


def touch(tx: Transaction, kind: Copied, name: str | int) -> None:
    """Copies of it are old as soon as this transaction is committed."""
    tx.changed.add(f"{kind}:{name}")


async def write(tx: Transaction) -> None:
    """The last statements of a transaction. One at a time writes them: so commits are in order."""
    if not tx.changed:
        return
    await take_turn(tx, Turn.CHANGES)
    rows = [{"subject": subject} for subject in sorted(tx.changed)]
    await tx.conn.execute(_WRITE, rows)


async def newest(conn: Connection) -> int:
    """The revision of the last change; 0 when there was none yet."""
    return (await conn.execute(_NEWEST)).scalar() or 0


async def since(conn: Connection, revision: int) -> News:
    rows = [
        (row.revision, row.subject) for row in await conn.execute(_SINCE, {"revision": revision})
    ]
    return _news(rows, revision)


def since_at_once(direct: Direct, revision: int) -> News:
    return _news(direct.rows(_SINCE, (revision,)), revision)


async def prune(tx: Transaction) -> None:
    """Leave the newest `KEPT`."""
    if (last := await newest(tx.conn)) > KEPT:
        await tx.conn.execute(delete(changes).where(changes.c.revision <= last - KEPT))


def _news(rows: list[tuple[int, str]], revision: int) -> News:
    if not rows:
        return News(revision, [])
    first, last = rows[0][0], rows[-1][0]
    # PostgreSQL leaves out the number of a transaction that failed: then, too, all is read anew.
    whole = first == revision + 1 and last - first == len(rows) - 1
    return News(last, [subject for _, subject in rows] if whole else None)
