"""
A read of SQLite that takes no thread and no pool: some microseconds, on a connection held open.

The event loop waits for it, so it is for single rows by their key, and for nothing else.
"""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite as dialect

from keyfob.errors import Unavailable

Query = Select[*tuple[Any, ...]]


class Direct:
    """Opened when it is first used. It can only read, and never checkpoints."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._conn: sqlite3.Connection | None = None
        self._texts: dict[int, tuple[Query, str]] = {}

    def rows(self, query: Query, values: tuple[Any, ...]) -> list[Any]:
        """
        `values` in the order in which the query names them; columns come as SQLite has them.

        Raise Unavailable when the database cannot be read.
        """
        _, text = self._texts.get(id(query)) or self._compiled(query)
        try:
            conn = self._conn or self._open()
            return conn.execute(text, values).fetchall()
        except sqlite3.OperationalError as error:
            raise _unavailable() from error

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """What is read inside is of one moment."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.execute("COMMIT")

    def execute(self, statement: str) -> None:
        try:
            (self._conn or self._open()).execute(statement)
        except sqlite3.OperationalError as error:
            raise _unavailable() from error

    def trace(self, tell: Callable[[str], object]) -> None:
        """Call `tell` with every statement from now on."""
        (self._conn or self._open()).set_trace_callback(tell)

    def close(self) -> None:
        """Closing twice is fine."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _compiled(self, query: Query) -> tuple[Query, str]:
        """Kept with the query itself: a number that `id` gave may be another's later."""
        text = str(query.compile(dialect=dialect.dialect(paramstyle="qmark")))
        return self._texts.setdefault(id(query), (query, text))

    def _open(self) -> sqlite3.Connection:
        self._conn = sqlite3.connect(
            f"{self._file.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        self._conn.execute("PRAGMA query_only=ON")
        self._conn.execute("PRAGMA wal_autocheckpoint=0")
        return self._conn


def _unavailable() -> Unavailable:
    return Unavailable(
        "The database cannot be reached now; nothing is half done. Try again soon.",
        code="server/UNAVAILABLE",
    )
