"""The decision, as a pure function from a token, a use and a moment to a verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from keyfob import scopes
from keyfob.config import network
from keyfob.scopes import Scope
from keyfob.tokens import KnownToken, Restrictions, TokenState
from keyfob.verification import globs


class Reason(StrEnum):
    """Why a token was refused. Public: part of the verify API (interface section 5)."""

    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"
    DISABLED = "DISABLED"
    REVOKED = "REVOKED"
    NOT_YET_VALID = "NOT_YET_VALID"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    IP_DENIED = "IP_DENIED"
    METHOD_DENIED = "METHOD_DENIED"
    PATH_DENIED = "PATH_DENIED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """
    What a token is about to be used for. An empty field was not told: a token restricted in
    that respect is refused then, for nobody vouches that the rule is kept.
    """

    scopes: tuple[Scope, ...] = ()
    ip: str = ""
    method: str = ""
    path: str = ""


class Acceptance(Enum):
    """The token is good for this use."""

    ACCEPTED = "accepted"


ACCEPTED: Final = Acceptance.ACCEPTED
Verdict = Acceptance | Reason  # a refusal is its reason; whatever is not ACCEPTED is a refusal


def decide(known: KnownToken, use: Use, now: int) -> Verdict:
    """
    The account first, then the token's state, its rights, and where it may be used.

    `now` is in milliseconds since 1970.
    """
    if known.account.suspended:
        return Reason.ACCOUNT_SUSPENDED
    match known.state(now):
        case TokenState.ACTIVE:
            if use.scopes and scopes.missing(known.scopes, use.scopes):
                return Reason.INSUFFICIENT_SCOPE
            return ACCEPTED if known.restrictions is None else _placed(known.restrictions, use)
        case TokenState.REVOKED:
            return Reason.REVOKED
        case TokenState.EXPIRED:
            return Reason.EXPIRED
        case TokenState.DISABLED:
            return Reason.DISABLED
        case TokenState.SCHEDULED:
            return Reason.NOT_YET_VALID


def _placed(restrictions: Restrictions, use: Use) -> Verdict:
    if restrictions.ip_allow and not _inside(use.ip, restrictions.ip_allow):
        return Reason.IP_DENIED
    if restrictions.methods and use.method.upper() not in restrictions.methods:
        return Reason.METHOD_DENIED
    if restrictions.paths and not globs.match(use.path, restrictions.paths):
        return Reason.PATH_DENIED
    return ACCEPTED


def _inside(ip: str, networks: Iterable[str]) -> bool:
    """Compared as addresses, never as text; `::ffff:203.0.113.7` is 203.0.113.7."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in _network(text) for text in networks)


NO_USE: Final = Use()
_network = lru_cache(maxsize=4096)(network)
