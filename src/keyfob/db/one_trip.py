"""SQLite for SQLAlchemy, with one trip to the connection's thread for each statement."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite


class Cursor:
    """
    As much of a cursor as SQLAlchemy asks for: it reads all rows of every statement at once.

    aiosqlite goes to its thread and back to make a cursor, to execute, to fetch and to close it:
    a transaction of six statements waited for two dozen trips.
    """

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.run(self._run, sqlite3.Cursor.execute, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:
        await self._connection.run(self._run, sqlite3.Cursor.executemany, statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows.clear()

    def _run(self, execute: Any, statement: str, parameters: Any) -> None:
        cursor = self._connection.raw.cursor()
        try:
            execute(cursor, statement, parameters)
            self.description = cursor.description
            if cursor.description is not None:
                self._rows = cursor.fetchall()
            # Only now: of what returns rows it is known when the last one was read.
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


class Connection(aiosqlite.Connection):
    """One of aiosqlite, whose cursors are ours."""

    @property
    def raw(self) -> sqlite3.Connection:
        """For its own thread alone."""
        return self._conn

    async def run(self, function: Any, *arguments: Any) -> Any:
        """Call it in the connection's thread."""
        return await self._execute(function, *arguments)  # pyright: ignore[reportUnknownMemberType] -- aiosqlite's is not typed

    def cursor(self) -> Cursor:  # pyright: ignore[reportIncompatibleMethodOverride] -- what SQLAlchemy enters is what it is given
        return Cursor(self)


def connect(file: Path) -> Connection:
    """To be awaited. Its thread does not keep the process alive."""

    def opened() -> sqlite3.Connection:
        return sqlite3.connect(file, check_same_thread=False)  # SQLAlchemy sets one attribute

    connection = Connection(opened, iter_chunk_size=64)
    thread: Any = connection._thread  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- as SQLAlchemy does for its own
    thread.daemon = True
    return connection
