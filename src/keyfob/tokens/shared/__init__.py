"""Shared tokens: whoever holds one may read the account's logs, narrowed down by filters."""

from keyfob.tokens.shared.actions import create, create_filter, delete, delete_filter, update
from keyfob.tokens.shared.model import Shared
from keyfob.tokens.shared.show import (
    every,
    every_filter,
    filters_of,
    get,
    get_filter,
    narrowed_by,
    require_plan,
)

__all__ = [
    "Shared",
    "create",
    "create_filter",
    "delete",
    "delete_filter",
    "every",
    "every_filter",
    "filters_of",
    "get",
    "get_filter",
    "narrowed_by",
    "require_plan",
    "update",
]
