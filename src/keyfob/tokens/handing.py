"""Tokens that one person makes and another gets: the value is kept sealed until it is fetched."""

from keyfob import audit
from keyfob.accounts import AccountId
from keyfob.db import Transaction
from keyfob.errors import Conflict
from keyfob.keys import Instance
from keyfob.tokens import seal, store
from keyfob.tokens.actions import create
from keyfob.tokens.model import Draft, Token, TokenId
from keyfob.tokens.secret import Secret


async def create_to_hand_over(
    tx: Transaction, instance: Instance, draft: Draft, *, account_id: AccountId
) -> Token:
    """As `create`, without telling the value; it is kept even if it may not be shown again."""
    token, value = await create(tx, instance, draft, account_id=account_id)
    if not token.retrievable:
        sealed = {token.id: seal.seal(instance, token, value)}
        await store.add_sealed(tx, instance.sealing.id, sealed)
    return token


async def hand_over(tx: Transaction, instance: Instance, token_id: TokenId) -> tuple[Token, Secret]:
    """
    The value; kept no longer when it may not be shown again. Whether the actor is the one who is
    to get it, the caller has found out.

    Raise Conflict when the token was deleted since, or its value.
    """
    token = await store.for_update(tx, token_id)
    sealed = await store.sealed(tx.conn, token_id)
    if token is None or token.revoked_at is not None or sealed is None:
        raise Conflict(
            "The token that was made for this was deleted since, or its value was. Ask again.",
            code="tokens/NOT_RETRIEVABLE",
            id=token_id,
        )
    value = seal.unseal(instance, token, sealed)
    if not (token.retrievable and instance.reveal):
        await store.remove_sealed(tx, token_id)
    await audit.record(
        tx, "token.revealed", token.subject, account_id=token.account_id, name=token.name
    )
    return token, value


async def keep_no_longer(tx: Transaction, token_id: TokenId) -> None:
    """Nobody fetched it: the value goes, unless the account may show it again anyway."""
    token = await store.for_update(tx, token_id)
    if token is not None and not token.retrievable:
        await store.remove_sealed(tx, token_id)
