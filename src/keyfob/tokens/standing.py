"""Whether whoever acts still may: asked again in the transaction in which they change something."""

from typing import assert_never

from keyfob import accounts
from keyfob.accounts import AccountId
from keyfob.actors import Actor, ActorKind
from keyfob.credentials import REFUSED
from keyfob.db import Transaction
from keyfob.errors import Forbidden
from keyfob.tokens import store
from keyfob.tokens.model import TokenId, TokenState


async def require_standing(tx: Transaction) -> None:
    """
    Raise Forbidden for a user who has lost their role since, and for a token that would be
    refused now. A body may come in for half a minute, and writers wait for one another.
    """
    match tx.actor.kind:
        case ActorKind.USER:
            await accounts.require_seat(tx)
        case ActorKind.TOKEN:
            if not await _stands(tx, tx.actor):
                raise Forbidden(REFUSED, code="auth/BAD_TOKEN")
        case ActorKind.OPERATOR | ActorKind.VISITOR:
            return
        case _:
            assert_never(tx.actor.kind)


async def _stands(tx: Transaction, actor: Actor) -> bool:
    token = await store.by_id(tx.conn, TokenId(actor.id))
    return (
        token is not None
        and token.state(tx.now) is TokenState.ACTIVE
        and token.scopes == actor.scopes
        and not await accounts.is_suspended(tx.conn, AccountId(actor.account_id))
    )
