"""Who works in an account, as what: added, changed, suspended, removed."""

from keyfob.accounts.members.actions import (
    create,
    invite,
    remove,
    remove_everywhere,
    suspend,
    suspend_everywhere,
    unsuspend,
    unsuspend_everywhere,
    update,
)
from keyfob.accounts.members.model import Membership, unknown, why_needed
from keyfob.accounts.members.show import get, of_account, of_family

__all__ = [
    "Membership",
    "create",
    "get",
    "invite",
    "of_account",
    "of_family",
    "remove",
    "remove_everywhere",
    "suspend",
    "suspend_everywhere",
    "unknown",
    "unsuspend",
    "unsuspend_everywhere",
    "update",
    "why_needed",
]
