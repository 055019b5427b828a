"""Look at one token. Whoever may not see it gets the answer for one that is not there."""

from keyfob import accounts
from keyfob.accounts import Operation
from keyfob.actors import Actor, ActorKind
from keyfob.db import Connection
from keyfob.errors import NotFound
from keyfob.tokens import store
from keyfob.tokens.model import Token, TokenId, TokenKind


async def get(conn: Connection, actor: Actor, token_id: TokenId) -> Token:
    """Raise NotFound unless the actor may read it."""
    accounts.authorize(actor, Operation.GET_TOKEN)
    found = await store.by_id(conn, token_id) if accounts.can_exist(token_id) else None
    return await seen_by(conn, actor, found, token_id)


async def seen_by(conn: Connection, actor: Actor, token: Token | None, token_id: TokenId) -> Token:
    """Return the API token if it is of the actor's account or of one below it."""
    if token is not None and token.kind is TokenKind.API:
        if actor.kind is ActorKind.OPERATOR or token.account_id == actor.account_id:
            return token
        account = await accounts.by_id(conn, accounts.AccountId(token.account_id))
        if actor.is_main and account is not None and account.main_id == actor.main_id:
            return token
    raise NotFound(f"Token {token_id} does not exist.", code="tokens/NOT_FOUND", id=token_id)
