"""Verify a token, for whoever asks; and authenticate a caller of Keyfob itself."""

from typing import NamedTuple

from keyfob.actors import Actor, ActorKind, Origin
from keyfob.tokens import KnownToken, TokenKind
from keyfob.verification.lookup import AT_ONCE, Lookup, Reading
from keyfob.verification.model import Reason, Use, Verdict, decide


class Answer(NamedTuple):
    """`token` is None when there is no such token, or none that the caller may know of."""

    verdict: Verdict
    token: KnownToken | None


UNKNOWN = Answer(Reason.NOT_FOUND, None)


def verify(
    lookup: Lookup, presented: str, use: Use, *, account_id: int, reading: Reading = AT_ONCE
) -> Answer:
    """
    Whether a token that the account was shown is good for this use.

    An account sees its own tokens, a main account those of its family; for anything else the
    answer is that of a token that never was. Raise what Lookup.find does.
    """
    token = lookup.find(presented, reading)
    if token is None or account_id not in (token.account.id, token.account.main_id):
        return UNKNOWN
    return Answer(decide(token, use, lookup.now()), token)


def authenticate(lookup: Lookup, presented: str, use: Use, reading: Reading = AT_ONCE) -> Answer:
    """Whether whoever presents this is let in at Keyfob's own doors."""
    token = lookup.find(presented, reading)
    verdict = admit(token, use, lookup.now())
    return UNKNOWN if verdict is Reason.NOT_FOUND else Answer(verdict, token)


def admit(token: KnownToken | None, use: Use, now: int) -> Verdict:
    """API tokens are let in, no others."""
    if token is None or token.kind is not TokenKind.API:
        return Reason.NOT_FOUND
    return decide(token, use, now)


def actor_of(token: KnownToken, origin: Origin) -> Actor:
    """A token acts as its account, with the scopes it carries."""
    return Actor(
        kind=ActorKind.TOKEN,
        id=token.id,
        name=token.name,
        responsible=token.responsible,
        account_id=token.account.id,
        main_id=token.account.main_id,
        scopes=token.scopes,
        limits=token.limits(),
        origin=origin,
    )
