"""Tokens: make, name, show, disable and revoke. The secret is never stored readable."""

from keyfob.tokens import shared, shipping
from keyfob.tokens.actions import (
    create,
    create_for_sub_account,
    revoke,
    update,
)
from keyfob.tokens.listing import DEFAULT_LIMIT, Page, Query, Sort, page, searchable
from keyfob.tokens.model import (
    Draft,
    Filter,
    FilterId,
    FiltersOperator,
    Restrictions,
    StoredToken,
    Token,
    TokenId,
    TokenKind,
    TokenState,
)
from keyfob.tokens.reveal import reveal
from keyfob.tokens.secret import ParsedToken, Secret, mint, parse, verifier
from keyfob.tokens.show import get
from keyfob.tokens.store import by_public_id

__all__ = [
    "DEFAULT_LIMIT",
    "Draft",
    "Filter",
    "FilterId",
    "FiltersOperator",
    "Page",
    "ParsedToken",
    "Query",
    "Restrictions",
    "Secret",
    "Sort",
    "StoredToken",
    "Token",
    "TokenId",
    "TokenKind",
    "TokenState",
    "by_public_id",
    "create",
    "create_for_sub_account",
    "get",
    "mint",
    "page",
    "parse",
    "reveal",
    "revoke",
    "searchable",
    "shared",
    "shipping",
    "update",
    "verifier",
]
