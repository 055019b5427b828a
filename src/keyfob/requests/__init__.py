"""A member who may not make tokens asks for one; an admin decides; it is shown to them once."""

from keyfob.requests.actions import approve, collect, decline, lapse, make, withdraw
from keyfob.requests.model import (
    COLLECT_WITHIN,
    LONGEST_ANSWER,
    LONGEST_REASON,
    MOST_OPEN,
    Request,
    RequestId,
    State,
)
from keyfob.requests.show import Waiting, any_overdue, get, mine, waiting

__all__ = [
    "COLLECT_WITHIN",
    "LONGEST_ANSWER",
    "LONGEST_REASON",
    "MOST_OPEN",
    "Request",
    "RequestId",
    "State",
    "Waiting",
    "any_overdue",
    "approve",
    "collect",
    "decline",
    "get",
    "lapse",
    "make",
    "mine",
    "waiting",
    "withdraw",
]
