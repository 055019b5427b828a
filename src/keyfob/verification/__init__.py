"""Is this token good for this? Reads only, and a refusal is an answer, not an error."""

from keyfob.verification import attention, history
from keyfob.verification.actions import Answer, actor_of, admit, authenticate, verify
from keyfob.verification.limits import Running, TallyFile
from keyfob.verification.lookup import AT_ONCE, Lookup, Reading, Unread
from keyfob.verification.model import ACCEPTED, NO_USE, Reason, Use, Verdict, decide
from keyfob.verification.retention import keep_tidy, tidy
from keyfob.verification.usage import Usage

__all__ = [
    "ACCEPTED",
    "AT_ONCE",
    "NO_USE",
    "Answer",
    "Lookup",
    "Reading",
    "Reason",
    "Running",
    "TallyFile",
    "Unread",
    "Usage",
    "Use",
    "Verdict",
    "actor_of",
    "admit",
    "attention",
    "authenticate",
    "decide",
    "history",
    "keep_tidy",
    "tidy",
    "verify",
]
