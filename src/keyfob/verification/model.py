"""The decision, as a pure function from a token, a use and a moment to a verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address

from keyfob import scopes
from keyfob.config import network
from keyfob.scopes import Scope
from keyfob.tokens import Restrictions, StoredToken, TokenState
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


@dataclass(frozen=True, slots=True)
class Accepted:
    stored: StoredToken


@dataclass(frozen=True, slots=True)
class Refused:
    """`stored` is None when no such token exists."""

    reason: Reason
    stored: StoredToken | None = None


Verdict = Accepted | Refused


def decide(stored: StoredToken, use: Use, now: datetime) -> Verdict:
    """The account first, then the token's state, its rights, and where it may be used."""
    if stored.account_suspended:
        return Refused(Reason.ACCOUNT_SUSPENDED, stored)
    match stored.token.state(now):
        case TokenState.REVOKED:
            return Refused(Reason.REVOKED, stored)
        case TokenState.EXPIRED:
            return Refused(Reason.EXPIRED, stored)
        case TokenState.DISABLED:
            return Refused(Reason.DISABLED, stored)
        case TokenState.SCHEDULED:
            return Refused(Reason.NOT_YET_VALID, stored)
        case TokenState.ACTIVE:
            if scopes.missing(stored.token.scopes, use.scopes):
                return Refused(Reason.INSUFFICIENT_SCOPE, stored)
            denied = _denied(stored.token.restrictions, use)
            return Refused(denied, stored) if denied else Accepted(stored)


def _denied(restrictions: Restrictions, use: Use) -> Reason | None:
    if restrictions.ip_allow and not _inside(use.ip, restrictions.ip_allow):
        return Reason.IP_DENIED
    if restrictions.methods and use.method.upper() not in restrictions.methods:
        return Reason.METHOD_DENIED
    if restrictions.paths and not globs.match(use.path, restrictions.paths):
        return Reason.PATH_DENIED
    return None


def _inside(ip: str, networks: Iterable[str]) -> bool:
    """Compared as addresses, never as text; `::ffff:203.0.113.7` is 203.0.113.7."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in _network(text) for text in networks)


_network = lru_cache(maxsize=4096)(network)
