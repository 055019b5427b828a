"""Show a token again. The showing is on record before the value leaves."""

from keyfob import accounts, audit
from keyfob.accounts import Operation
from keyfob.db import Transaction
from keyfob.errors import Conflict
from keyfob.keys import Instance
from keyfob.tokens import held, own, seal, shared, store
from keyfob.tokens.kinds import seen
from keyfob.tokens.model import Token, TokenId, TokenKind
from keyfob.tokens.secret import Secret


async def reveal(
    tx: Transaction, instance: Instance, token_id: TokenId, kind: TokenKind = TokenKind.API
) -> tuple[Token, Secret]:
    """
    Raise Conflict for a token that is shown once only, or revoked; Forbidden for one that may do
    more than the actor: whoever has its value may do it. The caller lets the value out
    only after the transaction has committed: then the entry is on disk.
    """
    accounts.authorize(tx.actor, Operation.REVEAL_TOKEN)
    token = await seen(tx.conn, tx.actor, kind, token_id)
    if kind is TokenKind.SHARED:
        await shared.require_plan(tx.conn, await own.account(tx.conn, tx.actor))
    held.require(tx.actor, token)
    may_be = instance.reveal and token.retrievable  # a value may be kept for somebody to fetch
    sealed = await store.sealed(tx.conn, token_id) if may_be else None
    if sealed is None:
        raise Conflict(
            _why(token, allowed=instance.reveal), code="tokens/NOT_RETRIEVABLE", id=token_id
        )
    secret = seal.unseal(instance, token, sealed)
    await audit.record(
        tx, "token.revealed", token.subject, account_id=token.account_id, name=token.name
    )
    return token, secret


def _why(token: Token, *, allowed: bool) -> str:
    if not allowed:
        return "This installation shows a token once only, when it is made. Make a new one."
    if token.revoked_at is not None:
        return f'"{token.name}" is revoked; its value was destroyed.'
    return f'"{token.name}" was made to be shown once only. Make a new one.'
