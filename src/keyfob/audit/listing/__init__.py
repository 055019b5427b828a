"""The trail for people: filtered, in pages that stay fast however long it has grown."""

from keyfob.audit.listing.model import (
    MOST_ACTORS,
    MOST_COUNTED,
    Actor,
    Page,
    Repeated,
    Repeats,
    Seen,
    Wanted,
)
from keyfob.audit.listing.page import page, repeated
from keyfob.audit.listing.store import actors

__all__ = [
    "MOST_ACTORS",
    "MOST_COUNTED",
    "Actor",
    "Page",
    "Repeated",
    "Repeats",
    "Seen",
    "Wanted",
    "actors",
    "page",
    "repeated",
]
