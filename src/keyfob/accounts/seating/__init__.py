"""Who may act for which account: its members, and whom their main account lets in."""

from keyfob.accounts.seating.store import (
    accounts_of,
    add_membership,
    admins,
    helpers,
    homes,
    require_seat,
    role,
    seat,
    seat_through_main,
    seated,
    seats,
)

__all__ = [
    "accounts_of",
    "add_membership",
    "admins",
    "helpers",
    "homes",
    "require_seat",
    "role",
    "seat",
    "seat_through_main",
    "seated",
    "seats",
]
