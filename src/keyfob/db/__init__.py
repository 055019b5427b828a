"""
The database: SQLite or PostgreSQL, behind one small class.

A Transaction is who, when and where: every write takes one, so a change cannot
happen outside a transaction, and its audit entry shares its fate.
"""

from keyfob.db.changes import Copied, touch
from keyfob.db.database import Clock, Database, Record, utc_now
from keyfob.db.direct import Direct
from keyfob.db.gone import account_exists, gone
from keyfob.db.migrate import REVISION, upgrade
from keyfob.db.transaction import Connection, Transaction
from keyfob.db.turns import Turn, step_aside, take_turn
from keyfob.db.types import from_milliseconds, milliseconds

__all__ = [
    "REVISION",
    "Clock",
    "Connection",
    "Copied",
    "Database",
    "Direct",
    "Record",
    "Transaction",
    "Turn",
    "account_exists",
    "from_milliseconds",
    "gone",
    "milliseconds",
    "step_aside",
    "take_turn",
    "touch",
    "upgrade",
    "utc_now",
]
