"""
The database: SQLite or PostgreSQL, behind one small class.

A Transaction is who, when and where: every write takes one, so a change cannot
happen outside a transaction, and its audit entry shares its fate.
"""

from keyfob.db.database import Clock, Connection, Database, Record, Transaction, utc_now
from keyfob.db.migrate import REVISION, upgrade
from keyfob.db.turns import Turn, take_turn
from keyfob.db.types import from_milliseconds, milliseconds

__all__ = [
    "REVISION",
    "Clock",
    "Connection",
    "Database",
    "Record",
    "Transaction",
    "Turn",
    "from_milliseconds",
    "milliseconds",
    "take_turn",
    "upgrade",
    "utc_now",
]
