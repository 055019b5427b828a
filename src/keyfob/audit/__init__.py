"""What happened, when, and who did it from where. Append-only."""

from keyfob.audit.model import Entry
from keyfob.audit.store import record, trail

__all__ = ["Entry", "record", "trail"]
