"""Is this token good for this? Reads only, and a refusal is an answer, not an error."""

from keyfob.verification.actions import actor_of, authenticate, is_malformed, verify
from keyfob.verification.limits import Running
from keyfob.verification.model import Accepted, Reason, Refused, Use, Verdict, decide
from keyfob.verification.usage import Usage

__all__ = [
    "Accepted",
    "Reason",
    "Refused",
    "Running",
    "Usage",
    "Use",
    "Verdict",
    "actor_of",
    "authenticate",
    "decide",
    "is_malformed",
    "verify",
]
