"""Data-shipping tokens: an account has at least one that is enabled, at all times."""

from keyfob.tokens.shipping.actions import (
    add_default,
    create,
    delete,
    update,
)
from keyfob.tokens.shipping.model import Limits, Search, SortField
from keyfob.tokens.shipping.room import require_switchable
from keyfob.tokens.shipping.show import Found, account_tokens, defaults, get, limits, search

__all__ = [
    "Found",
    "Limits",
    "Search",
    "SortField",
    "account_tokens",
    "add_default",
    "create",
    "defaults",
    "delete",
    "get",
    "limits",
    "require_switchable",
    "search",
    "update",
]
