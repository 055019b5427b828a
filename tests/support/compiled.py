"""Statements that were compiled for one database are there for the next: tests open thousands."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

COMPILED: dict[Any, Any] = {}


def share() -> None:
    """
    Each engine has a cache of its own, and its dialect, an object too, is a part of the keys in
    it. Where all speak alike, compiling again would be a tenth of the time of the API's tests.
    """
    for dialect in (PGDialect_asyncpg, SQLiteDialect_aiosqlite):
        dialect.__eq__ = _is_of_the_same_kind
        dialect.__hash__ = _kind
        dialect.engine_created = classmethod(_remember)


def _is_of_the_same_kind(dialect: object, other: object) -> bool:
    return type(dialect) is type(other)


def _kind(dialect: object) -> int:
    return hash(type(dialect))


def _remember(_: type, engine: Engine) -> None:
    engine.update_execution_options(compiled_cache=COMPILED)
