"""JSON that every reader understands alike: no field twice, nothing endlessly nested."""

import json
from collections.abc import Iterable
from typing import Any, Final, TypeVar, cast

import pydantic_core

from keyfob.errors import Invalid

MOST_DEPTH: Final = 16  # of arrays and objects in each other

T = TypeVar("T")


def parse(body: bytes) -> Any:
    """
    Raise Invalid for what is not JSON, or is nested deeper than any honest request, or has one
    field twice: readers differ on which one counts.
    """
    try:
        parsed = pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Invalid("is not JSON", field="body", code="request/NOT_JSON") from None
    fields = _count_fields(parsed, 0)
    # Each field has a colon. No more colons than fields were kept: none came twice. Reading it
    # all again to see that costs 4 µs for a small body, on the hot path.
    if body.count(b":") != fields:
        json.loads(body, object_pairs_hook=once_each)
    return parsed


def once_each(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Raise Invalid for a field that comes twice."""
    fields: dict[str, T] = {}
    for name, value in pairs:
        if name in fields:
            raise Invalid("came twice", field=name)
        fields[name] = value
    return fields


def _count_fields(value: object, depth: int) -> int:
    """Of every object in it, at any depth. Raise Invalid for too much of that."""
    if isinstance(value, dict):
        inner = cast("dict[str, object]", value).values()
        count = len(inner)
    elif isinstance(value, list):
        inner = cast("list[object]", value)
        count = 0
    else:
        return 0
    if depth == MOST_DEPTH:
        raise Invalid(f"is nested deeper than {MOST_DEPTH}", field="body")
    for each in inner:
        if isinstance(each, dict | list):
            count += _count_fields(cast("object", each), depth + 1)
    return count
