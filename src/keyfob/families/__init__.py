"""A family: a main account, what it has bought, and the accounts that share it."""

from keyfob.families import metrics
from keyfob.families.actions import (
    close,
    found,
    open_sub,
    refuse_taken,
    set_plan,
    set_warm_retention,
    update,
)
from keyfob.families.model import Belongings, Family, LastUsed, Member, MetricsAccount, Settings
from keyfob.families.show import account_tokens, belongings, default_tokens, family, one, own
from keyfob.families.wanted import Wanted

__all__ = [
    "Belongings",
    "Family",
    "LastUsed",
    "Member",
    "MetricsAccount",
    "Settings",
    "Wanted",
    "account_tokens",
    "belongings",
    "close",
    "default_tokens",
    "family",
    "found",
    "metrics",
    "one",
    "open_sub",
    "own",
    "refuse_taken",
    "set_plan",
    "set_warm_retention",
    "update",
]
