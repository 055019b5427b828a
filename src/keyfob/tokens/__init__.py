"""Tokens: make, name, show, disable and revoke. The secret is never stored readable."""

from keyfob.tokens import kinds, known, shared, shipping
from keyfob.tokens.actions import (
    create,
    create_for_sub_account,
    create_many,
    revoke,
    update,
)
from keyfob.tokens.handing import create_to_hand_over, hand_over, keep_no_longer
from keyfob.tokens.known import KnownAccount, KnownToken
from keyfob.tokens.listing import (
    DEFAULT_LIMIT,
    Page,
    Query,
    Sort,
    page,
    searchable,
    tags_in_use,
)
from keyfob.tokens.model import (
    Draft,
    Filter,
    FilterId,
    FiltersOperator,
    LastUse,
    Restrictions,
    Token,
    TokenId,
    TokenKind,
    TokenState,
)
from keyfob.tokens.reveal import reveal
from keyfob.tokens.secret import PUBLIC_ID, ParsedToken, Secret, Verifiers, mint, parse, verifier
from keyfob.tokens.show import get
from keyfob.tokens.standing import require_standing

__all__ = [
    "DEFAULT_LIMIT",
    "PUBLIC_ID",
    "Draft",
    "Filter",
    "FilterId",
    "FiltersOperator",
    "KnownAccount",
    "KnownToken",
    "LastUse",
    "Page",
    "ParsedToken",
    "Query",
    "Restrictions",
    "Secret",
    "Sort",
    "Token",
    "TokenId",
    "TokenKind",
    "TokenState",
    "Verifiers",
    "create",
    "create_for_sub_account",
    "create_many",
    "create_to_hand_over",
    "get",
    "hand_over",
    "keep_no_longer",
    "kinds",
    "known",
    "mint",
    "page",
    "parse",
    "require_standing",
    "reveal",
    "revoke",
    "searchable",
    "shared",
    "shipping",
    "tags_in_use",
    "update",
    "verifier",
]
