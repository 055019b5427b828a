"""A token of any kind, as an admin handles it: look at it, change it, show it again, end it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from keyfob import accounts
from keyfob.accounts import Operation
from keyfob.actors import Actor
from keyfob.db import Connection, Transaction
from keyfob.errors import Conflict, NotFound
from keyfob.keys import Instance
from keyfob.tokens import actions, own, shared, shipping, show, store
from keyfob.tokens.changing import change
from keyfob.tokens.model import Token, TokenId, TokenKind


class Rights(NamedTuple):
    """What an actor has to be allowed, to do this to a token of the kind."""

    read: Operation
    create: Operation
    update: Operation
    delete: Operation


RIGHTS: Final[Mapping[TokenKind, Rights]] = {
    TokenKind.API: Rights(
        Operation.LIST_TOKENS,
        Operation.CREATE_TOKEN,
        Operation.UPDATE_TOKEN,
        Operation.DELETE_TOKEN,
    ),
    TokenKind.SHIPPING: Rights(
        Operation.READ_SHIPPING_TOKENS,
        Operation.CREATE_SHIPPING_TOKEN,
        Operation.UPDATE_SHIPPING_TOKEN,
        Operation.DELETE_SHIPPING_TOKEN,
    ),
    TokenKind.SHARED: Rights(
        Operation.READ_SHARED_TOKENS,
        Operation.CREATE_SHARED_TOKEN,
        Operation.UPDATE_SHARED_TOKEN,
        Operation.DELETE_SHARED_TOKEN,
    ),
}


async def look(conn: Connection, actor: Actor, kind: TokenKind, token_id: TokenId) -> Token:
    """
    Without its value; it may be revoked. Raise NotFound unless the actor's own account has it, or,
    of an API token, an account below that.
    """
    accounts.authorize(actor, RIGHTS[kind].read)
    return await seen(conn, actor, kind, token_id)


async def seen(conn: Connection, actor: Actor, kind: TokenKind, token_id: TokenId) -> Token:
    """As `look`, for whoever need not be allowed to look."""
    found = await store.by_id(conn, token_id) if accounts.can_exist(token_id) else None
    if kind is TokenKind.API:
        return await show.seen_by(conn, actor, found, token_id)
    if found is None or found.kind is not kind or found.account_id != actor.account_id:
        raise NotFound(f"Token {token_id} does not exist.", code="tokens/NOT_FOUND", id=token_id)
    return found


async def hold(tx: Transaction, kind: TokenKind, token_id: TokenId) -> Token:
    """As `look`, and nobody else changes it until this transaction ends."""
    if kind is not TokenKind.API:
        await own.held(tx)  # whoever needs both takes the account first
    if accounts.can_exist(token_id):
        await store.for_update(tx, token_id)
    return await look(tx.conn, tx.actor, kind, token_id)


async def update(
    tx: Transaction,
    kind: TokenKind,
    token_id: TokenId,
    changes: Mapping[str, Any],
    *,
    seen_at: datetime | None = None,
) -> Token:
    """
    As `changing.change`. Raise Conflict for a revoked token, for enabling more data-shipping
    tokens than the plan has, for disabling the last one, and when the token was changed after
    `seen_at`, which is its `updated_at` as the actor saw it.
    """
    if seen_at is not None:
        now = await hold(tx, kind, token_id)
        if now.updated_at != seen_at:
            raise Conflict(
                f"{now.updated_by} changed this token since you opened the form. What you typed is "
                "below: save again to put it in place of theirs.",
                code="tokens/CHANGED_SINCE",
                id=token_id,
            )
    if kind is TokenKind.API:
        return await actions.update(tx, token_id, changes)
    accounts.authorize(tx.actor, RIGHTS[kind].update)
    account = await own.held(tx)
    if kind is TokenKind.SHARED:
        await shared.require_plan(tx.conn, account)
    token = await seen(tx.conn, tx.actor, kind, token_id)
    if token.revoked_at is not None:
        raise Conflict(
            f'"{token.name}" is deleted for good. Make a new one.',
            code="tokens/REVOKED",
            id=token.id,
        )
    if kind is TokenKind.SHIPPING:
        await shipping.require_switchable(tx, account, token, enabled=changes.get("enabled"))
    return await change(tx, token, changes)


async def delete(tx: Transaction, instance: Instance, kind: TokenKind, token_id: TokenId) -> None:
    """For good. Raise Conflict for the last enabled data-shipping token."""
    match kind:
        case TokenKind.API:
            await actions.revoke(tx, token_id)
        case TokenKind.SHIPPING:
            await shipping.delete(tx, instance, token_id)
        case TokenKind.SHARED:
            await shared.delete(tx, token_id)
