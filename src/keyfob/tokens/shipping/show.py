"""Look at an account's data-shipping tokens, with their values for whoever could make one."""

from collections.abc import Sequence
from dataclasses import dataclass

from keyfob import accounts
from keyfob.accounts import Account, Operation
from keyfob.actors import Actor
from keyfob.db import Connection
from keyfob.errors import NotFound
from keyfob.keys import Instance
from keyfob.tokens import own, seal
from keyfob.tokens.model import Token, TokenId
from keyfob.tokens.secret import Secret
from keyfob.tokens.shipping import store
from keyfob.tokens.shipping.model import Limits, Search, most_enabled
from keyfob.tokens.store import Kept

Shown = tuple[Token, Secret | None]  # a token and its value, where that may be seen


@dataclass(frozen=True, slots=True)
class Found:
    """One page; `total` counts what is on all of them."""

    total: int
    page: Sequence[Shown]


async def get(conn: Connection, instance: Instance, actor: Actor, token_id: TokenId) -> Shown:
    """Raise NotFound unless the caller's own account has it."""
    accounts.authorize(actor, Operation.READ_SHIPPING_TOKENS)
    token, sealed = await living(conn, await own.account(conn, actor), token_id)
    return token, own.value(instance, actor, token, sealed)


async def search(conn: Connection, instance: Instance, actor: Actor, wanted: Search) -> Found:
    """A page past the end is empty."""
    accounts.authorize(actor, Operation.READ_SHIPPING_TOKENS)
    account = await own.account(conn, actor)
    total = await store.count(conn, account.id, enabled=wanted.enabled)
    rows = await store.some(conn, account.id, wanted) if wanted.offset < total else []
    return Found(total, [(token, own.value(instance, actor, token, it)) for token, it in rows])


async def limits(conn: Connection, actor: Actor) -> Limits:
    accounts.authorize(actor, Operation.READ_SHIPPING_TOKENS)
    return await limits_of(conn, await own.account(conn, actor))


async def limits_of(conn: Connection, account: Account) -> Limits:
    plan = await accounts.plan(conn, account.main_id)
    enabled = await store.count(conn, account.id, enabled=True)
    return Limits(most=most_enabled(account, plan), enabled=enabled)


async def living(conn: Connection, account: Account, token_id: TokenId) -> Kept:
    found = await store.one(conn, account.id, token_id) if accounts.can_exist(token_id) else None
    if found is None:
        raise NotFound(
            f"Log shipping token {token_id} does not exist.",
            code="log-shipping/TOKEN_NOT_FOUND",
            id=token_id,
        )
    return found


async def account_tokens(
    conn: Connection, instance: Instance, account_ids: Sequence[int]
) -> dict[int, str]:
    """
    The value of each account's default token: the oldest one that is enabled. An account whose
    values are not kept (`REVEAL=off`) has none here.
    """
    if not instance.reveal:
        return {}
    found = await store.oldest_enabled(conn, account_ids)
    return {token.account_id: seal.unseal(instance, token, sealed) for token, sealed in found}


async def defaults(conn: Connection, account_ids: Sequence[int]) -> dict[int, Token]:
    """The same tokens without their values, by account."""
    return {token.account_id: token for token in await store.defaults(conn, account_ids)}
