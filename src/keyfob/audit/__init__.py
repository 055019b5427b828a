"""What happened, when, and who did it from where. Append-only."""

from keyfob.audit.model import MOST, Entry, Found, Search, Who
from keyfob.audit.store import actions, actors, record, search, trail
from keyfob.audit.titles import Event, actions_called, event

__all__ = [
    "MOST",
    "Entry",
    "Event",
    "Found",
    "Search",
    "Who",
    "actions",
    "actions_called",
    "actors",
    "event",
    "record",
    "search",
    "trail",
]
