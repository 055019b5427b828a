"""Look at the use of one token, or of an account. Whoever may list tokens may."""

from dataclasses import dataclass

from keyfob import accounts, tokens
from keyfob.accounts import AccountId, Operation
from keyfob.actors import Actor
from keyfob.db import Connection
from keyfob.errors import Invalid
from keyfob.tokens import TokenId, TokenKind
from keyfob.verification.history import store
from keyfob.verification.history.model import MOST_MOST_USED, Span
from keyfob.verification.history.store import By, LastUse, UsedToken


@dataclass(frozen=True, slots=True)
class TokenHistory:
    """`by` has the buckets in which there was any use."""

    token_id: TokenId
    last_use: LastUse
    by: By


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """Of all the account's tokens, of every kind and state."""

    account_id: AccountId
    by: By
    most_used: list[UsedToken]


async def last_use(
    conn: Connection, actor: Actor, token_id: TokenId, kind: TokenKind = TokenKind.API
) -> LastUse:
    """Raise NotFound unless the actor may look at that token of the kind; it may be revoked."""
    token = await tokens.kinds.look(conn, actor, kind, token_id)
    return await store.last_use(conn, token.id)


async def of_token(
    conn: Connection,
    actor: Actor,
    token_id: TokenId,
    span: Span,
    kind: TokenKind = TokenKind.API,
) -> TokenHistory:
    """Raise NotFound unless the actor may look at that token of the kind; it may be revoked."""
    accounts.authorize(actor, Operation.READ_TOKEN_USAGE)
    token = await tokens.kinds.look(conn, actor, kind, token_id)
    last_use = await store.last_use(conn, token.id)
    return TokenHistory(token.id, last_use, await store.of_token(conn, token.id, span))


async def of_account(
    conn: Connection, actor: Actor, account_id: AccountId, span: Span, *, limit: int
) -> AccountHistory:
    """`limit` is how many tokens are named. Raise what `require_reach` does."""
    accounts.authorize(actor, Operation.READ_USAGE)
    account = await accounts.require_reach(conn, actor, account_id)
    if not 1 <= limit <= MOST_MOST_USED:
        raise Invalid(f"must be between 1 and {MOST_MOST_USED}", field="limit")
    by = await store.of_account(conn, account.id, span)
    most_used = await store.most_used(conn, account.id, span, limit=limit)
    return AccountHistory(account.id, by, most_used)
