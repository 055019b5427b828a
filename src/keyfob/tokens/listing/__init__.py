"""The list of an account's API tokens."""

from keyfob.tokens.listing.page import DEFAULT_LIMIT, Cursor, Page, Query, Sort, page, searchable

__all__ = ["DEFAULT_LIMIT", "Cursor", "Page", "Query", "Sort", "page", "searchable"]
