"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Any, final

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator


@final
class UtcTime(TypeDecorator[datetime]):
    """A moment, stored as whole milliseconds since 1970: sorts and compares as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_milliseconds(value)


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return round(at.replace(microsecond=0).timestamp()) * 1000 + at.microsecond // 1000


def from_milliseconds(number: int) -> datetime:
    seconds, rest = divmod(number, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
