"""Tokens of which a caller reaches those of its own account only, and their values."""

from typing import Final

from keyfob import accounts
from keyfob.accounts import Account, AccountId
from keyfob.actors import Actor
from keyfob.db import Connection, Transaction
from keyfob.errors import Forbidden
from keyfob.keys import Instance
from keyfob.scopes import TOKENS_WRITE, covers
from keyfob.tokens import seal
from keyfob.tokens.model import Token
from keyfob.tokens.secret import Secret

REFUSED: Final = "Insufficient privileges"  # as the contract words every refusal (1.2, 1.8)


async def account(conn: Connection, actor: Actor) -> Account:
    """
    A main account's token reaches its own account here, and none below it (contract 1.3).

    Raise Forbidden when it was deleted since the caller was let in: their token went with it.
    """
    found = await accounts.by_id(conn, AccountId(actor.account_id))
    if found is None:
        raise Forbidden(REFUSED, code="auth/BAD_TOKEN")
    return found


async def held(tx: Transaction) -> Account:
    """The same, and nobody else changes its tokens until this transaction ends."""
    await accounts.lock(tx, AccountId(tx.actor.account_id))
    return await account(tx.conn, tx.actor)


def value(instance: Instance, actor: Actor, token: Token, sealed: bytes | None) -> Secret | None:
    """
    The token's value, which is part of it. None where values are not kept, and for a caller who
    could not make such a token anyway: looking is not having.
    """
    if sealed is None or not instance.reveal or not covers(actor.scopes, TOKENS_WRITE):
        return None
    return seal.unseal(instance, token, sealed)
