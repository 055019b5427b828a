"""Who works in an account, as what: added, changed, suspended, removed."""

from keyfob.accounts.members.actions import (
    create,
    remove,
    remove_everywhere,
    suspend,
    suspend_everywhere,
    unsuspend,
    unsuspend_everywhere,
    update,
)
from keyfob.accounts.members.model import Membership
from keyfob.accounts.members.show import get, of_account, of_family

__all__ = [
    "Membership",
    "create",
    "get",
    "of_account",
    "of_family",
    "remove",
    "remove_everywhere",
    "suspend",
    "suspend_everywhere",
    "unsuspend",
    "unsuspend_everywhere",
    "update",
]
