"""What happened, when, and who did it from where. Append-only."""

from keyfob.audit import listing
from keyfob.audit.following import Following
from keyfob.audit.model import MOST, Change, Entry, Found, Said, Search, Who
from keyfob.audit.store import actions, actors, record, record_all, search, trail
from keyfob.audit.titles import Event, actions_called, event

__all__ = [
    "MOST",
    "Change",
    "Entry",
    "Event",
    "Following",
    "Found",
    "Said",
    "Search",
    "Who",
    "actions",
    "actions_called",
    "actors",
    "event",
    "listing",
    "record",
    "record_all",
    "search",
    "trail",
]
