"""What was counted, to look at: of one token, or of all tokens of an account."""

from keyfob.verification.history.model import (
    DEFAULT_MOST_USED,
    MOST_MOST_USED,
    Bucket,
    Span,
    Uses,
    total,
)
from keyfob.verification.history.show import (
    AccountHistory,
    TokenHistory,
    UsedToken,
    last_use,
    of_account,
    of_token,
)

__all__ = [
    "DEFAULT_MOST_USED",
    "MOST_MOST_USED",
    "AccountHistory",
    "Bucket",
    "Span",
    "TokenHistory",
    "UsedToken",
    "Uses",
    "last_use",
    "of_account",
    "of_token",
    "total",
]
