"""What a Keyfob answers, field by field: another program's JSON is found out by it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

LAST_SECOND: Final = 253_402_300_799  # the end of the year 9999

Fields = Mapping[str, Callable[[object], bool]]


def fit(answer: Mapping[str, Any], fields: Fields) -> bool:
    """Whether each field is there, and is what it must be; there may be more."""
    return all(name in answer and fits(answer[name]) for name, fits in fields.items())


def _text(value: object) -> bool:
    return isinstance(value, str)


def _number(value: object) -> bool:
    return isinstance(value, int)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _moment(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= LAST_SECOND


def _maybe_moment(value: object) -> bool:
    return value is None or _moment(value)


def _maybe_text(value: object) -> bool:
    return value is None or _text(value)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, cast("list[object]", value)))


def _rules(value: object) -> bool:
    return isinstance(value, dict) and all(map(_texts, cast("dict[str, object]", value).values()))


def _tokens(value: object) -> bool:
    return isinstance(value, list) and all(map(_token, cast("list[object]", value)))


def _counts(value: object) -> bool:
    return isinstance(value, dict) and fit(cast("dict[str, object]", value), COUNTS)


def _counts_at(value: object) -> bool:
    return isinstance(value, list) and all(
        _counts(each) and _moment(cast("dict[str, object]", each).get("at"))
        for each in cast("list[object]", value)
    )


def _numbers(value: object) -> bool:
    return isinstance(value, dict) and all(map(_number, cast("dict[str, object]", value).values()))


def _token(value: object) -> bool:
    return isinstance(value, dict) and fit(cast("dict[str, object]", value), TOKEN)


ANYTHING: Final[Fields] = {}
WHO: Final[Fields] = {"accountId": _number, "accountName": _text}
VERDICT: Final[Fields] = {"valid": _flag}
ACCEPTED: Final[Fields] = {"tokenName": _text, "scopes": _texts, **WHO}
REFUSED: Final[Fields] = {"code": _text}
TOKEN: Final[Fields] = {
    "id": _number,
    "accountId": _number,
    "name": _text,
    "description": _text,
    "tags": _texts,
    "hint": _text,
    "state": _text,
    "scopes": _texts,
    "restrictions": _rules,
    "createdAt": _moment,
    "createdBy": _text,
    "expiresAt": _maybe_moment,
    "notBefore": _maybe_moment,
    "lastUsedAt": _maybe_moment,
    "retrievable": _flag,
}
COUNTS: Final[Fields] = {"valid": _number, "refused": _numbers}
USAGE: Final[Fields] = {
    "lastUsedAt": _maybe_moment,
    "lastUsedIp": _maybe_text,
    "lastUsedAgent": _maybe_text,
    "items": _counts_at,
    "total": _counts,
}
PAGE: Final[Fields] = {"items": _tokens, "total": _number, "nextCursor": _maybe_text}
