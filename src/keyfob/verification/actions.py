"""Verify a token, for whoever asks; and authenticate a caller of Keyfob itself."""

import hmac
from datetime import datetime

from keyfob import accounts, tokens
from keyfob.accounts import Operation
from keyfob.actors import Actor, ActorKind, Origin
from keyfob.db import Connection
from keyfob.keys import Instance
from keyfob.tokens import ParsedToken, StoredToken, TokenKind
from keyfob.verification.model import Accepted, Reason, Refused, Use, Verdict, decide

UNKNOWN = Refused(Reason.NOT_FOUND)


async def verify(
    conn: Connection, instance: Instance, actor: Actor, presented: str, use: Use, *, now: datetime
) -> Verdict:
    """
    Answer the caller's question about a token it was shown.

    A caller sees tokens of its own account, a main account those of its family; for anything
    else the answer is that of a token that never was.
    """
    accounts.authorize(actor, Operation.VERIFY_TOKEN)
    stored = await _look_up(conn, instance, presented)
    if stored is None or not _sees(actor, stored):
        return UNKNOWN
    return decide(stored, use, now)


async def authenticate(
    conn: Connection, instance: Instance, presented: str, use: Use, *, now: datetime
) -> Verdict:
    """Whether whoever presents this is let in at Keyfob's own doors: API tokens are, no others."""
    stored = await _look_up(conn, instance, presented)
    if stored is None or stored.token.kind is not TokenKind.API:
        return UNKNOWN
    return decide(stored, use, now)


def actor_of(accepted: Accepted, origin: Origin) -> Actor:
    """A token acts as its account, with the scopes it carries."""
    token, account = accepted.stored.token, accepted.stored.account
    return Actor(
        kind=ActorKind.TOKEN,
        id=token.id,
        name=token.name,
        responsible=token.responsible,
        account_id=account.id,
        main_id=account.main_id,
        scopes=token.scopes,
        limits=token.limits,
        origin=origin,
    )


def is_malformed(instance: Instance, presented: str) -> bool:
    """Whether it cannot be a token of this installation: known without the database."""
    return _well_formed(instance, presented) is None


def _well_formed(instance: Instance, presented: str) -> ParsedToken | None:
    parsed = tokens.parse(presented)
    return parsed if parsed is not None and parsed.brand == instance.token_brand else None


async def _look_up(conn: Connection, instance: Instance, presented: str) -> StoredToken | None:
    """None for what nobody can have been given: found out without the database when malformed."""
    parsed = _well_formed(instance, presented)
    if parsed is None:
        return None
    stored = await tokens.by_public_id(conn, parsed.public_id)
    digest = tokens.verifier(instance, parsed.text)
    if stored is None or stored.token.kind != parsed.kind:
        return None
    return stored if hmac.compare_digest(digest, stored.verifier) else None


def _sees(actor: Actor, stored: StoredToken) -> bool:
    if actor.kind is ActorKind.OPERATOR or stored.account.id == actor.account_id:
        return True
    return actor.is_main and stored.account.main_id == actor.main_id
