"""Counts of use, in; and out again when their time is over. No rules here."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, Delete, Table, bindparam, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from keyfob.db import Transaction, Turn, step_aside, take_turn
from keyfob.db.schema import tokens, usage_daily, usage_hourly, usage_writers
from keyfob.tokens import TokenId, store
from keyfob.verification.counts import DAY, HOUR, Batch, Record

AT_ONCE: Final = 500  # records: some milliseconds in which no request is answered


async def add(tx: Transaction, writer: str, batch: Batch) -> None:
    """
    Add the batch to what is stored, unless it was added before: so it can be tried again when
    nobody knows whether the commit was done. What was counted of a token that is no more is
    left out.
    """
    await take_turn(tx, Turn.USAGE)
    await step_aside(tx)
    if not await _is_new(tx, writer, batch.number):
        return
    for start in range(0, len(batch.records), AT_ONCE):
        await _add_some(tx, batch.records[start : start + AT_ONCE])


async def remove_older(tx: Transaction, *, hourly: datetime, daily: datetime, most: int) -> int:
    """Of each table `most` rows at most. Return how many were removed."""
    removed = 0
    for table, before in ((usage_hourly, hourly), (usage_daily, daily)):
        removed += (await tx.conn.execute(_oldest(table, before, most))).rowcount
    return removed


async def remove_writers(tx: Transaction, *, before: datetime) -> None:
    """Those that wrote nothing since."""
    await tx.conn.execute(delete(usage_writers).where(usage_writers.c.written_at < before))


async def _is_new(tx: Transaction, writer: str, number: int) -> bool:
    """
    Whether the writer's last batch was an earlier one. From now on it is this one: a transaction
    that is still on its way with the same batch holds the row, and is waited for.
    """
    insert = _insert(tx.conn.dialect.name)
    query = insert(usage_writers).values(id=writer, batch=number, written_at=tx.now)
    query = query.on_conflict_do_update(
        index_elements=[usage_writers.c.id],
        set_={"batch": query.excluded.batch, "written_at": query.excluded.written_at},
        where=usage_writers.c.batch < query.excluded.batch,
    )
    written = await tx.conn.execute(query.returning(usage_writers.c.batch))
    return written.first() is not None


async def _add_some(tx: Transaction, records: Sequence[Record]) -> None:
    living = await _living(tx, [record.token_id for record in records])
    records = [record for record in records if record.token_id in living]
    counts = [
        (hour, token_id, verdict, uses)
        for hour, token_id, seen in records
        for verdict, uses in seen.by_verdict()
    ]
    for table, length in ((usage_hourly, HOUR), (usage_daily, DAY)):
        rows = [
            {"began": hour - hour % length, "token": token_id, "word": verdict, "number": uses}
            for hour, token_id, verdict, uses in counts
        ]
        if rows:
            await tx.conn.execute(_adding(tx.conn.dialect.name, table), rows)
    last = [seen.last_use(token_id) for _, token_id, seen in records if seen.valid]
    await store.set_last_used(tx, last)


async def _living(tx: Transaction, token_ids: Sequence[TokenId]) -> set[int]:
    """Those that are there, and until this transaction ends nobody removes them."""
    query = (
        select(tokens.c.id)
        .where(tokens.c.id.in_(token_ids))
        .order_by(tokens.c.id)
        .with_for_update(read=True, key_share=True)
    )
    return {*(await tx.conn.execute(query)).scalars()}


@cache
def _adding(engine: str, table: Table) -> Any:
    """To what is there. `began` is in milliseconds: thousands of rows are written at once."""
    query = _insert(engine)(table).values(
        at=bindparam("began", type_=BigInteger),
        token_id=bindparam("token"),
        verdict=bindparam("word"),
        uses=bindparam("number"),
    )
    return query.on_conflict_do_update(
        index_elements=[*table.primary_key], set_={"uses": table.c.uses + query.excluded.uses}
    )


def _insert(engine: str) -> Any:
    """`Any`: the two are different classes, with the same way to say "or else"."""
    return postgresql.insert if engine == "postgresql" else sqlite.insert


def _oldest(table: Table, before: datetime, most: int) -> Delete:
    key = [*table.primary_key]
    oldest = select(*key).where(table.c.at < before).order_by(*key).limit(most)
    return delete(table).where(tuple_(*key).in_(oldest))
