"""The list of an account's API tokens."""

from keyfob.tokens.listing.page import (
    DEFAULT_LIMIT,
    Cursor,
    Page,
    Query,
    Sort,
    page,
    searchable,
    tags_in_use,
)

__all__ = ["DEFAULT_LIMIT", "Cursor", "Page", "Query", "Sort", "page", "searchable", "tags_in_use"]
