"""What is sent to the database, direct reads included."""

from dataclasses import dataclass

import pytest
from sqlalchemy import event

from keyfob.db import Connection, Database


@dataclass(frozen=True)
class Sent:
    texts: tuple[str, ...]

    @property
    def count(self) -> int:
        return sum("changes" not in text for text in self.texts)

    @property
    def reads(self) -> int:
        """Of tokens and what belongs to them."""
        return sum("FROM token" in text for text in self.texts)


async def plan_of(conn: Connection, text: str, *values: object) -> str:
    """How SQLite does it, in one line. A test without SQLite is skipped."""
    if conn.dialect.name != "sqlite":
        pytest.skip("a plan of PostgreSQL depends on how many rows there are")
    steps = await conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
    return "; ".join(step.detail for step in steps)


class Statements:
    """
    Counts from now on. Nobody else reads or writes meanwhile. `texts` are what was asked;
    looking into the list of changes, which is due every quarter of a second, is not counted.
    """

    def __init__(self, db: Database) -> None:
        self.texts: list[str] = []
        # On PostgreSQL the reader is the writer with an option: it hears what the writer hears.
        for engine in (db.writer, db.reading) if db.is_sqlite else (db.writer,):
            event.listen(engine.sync_engine, "before_cursor_execute", self._sent)
        if db.direct is not None:
            db.direct.trace(self.texts.append)

    @property
    def count(self) -> int:
        return self.sent().count

    @property
    def reads(self) -> int:
        return self.sent().reads

    def sent(self) -> Sent:
        return Sent(tuple(self.texts))

    def clear(self) -> None:
        self.texts.clear()

    def _sent(self, _conn: object, _cursor: object, text: str, *_: object) -> None:
        self.texts.append(text)
