"""What can be done to a token. Each action writes one audit entry."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from keyfob import accounts, audit
from keyfob.accounts import Account, AccountId, Operation
from keyfob.db import Transaction
from keyfob.errors import Conflict
from keyfob.keys import Instance
from keyfob.tokens import held, store
from keyfob.tokens.adding import add_all
from keyfob.tokens.changing import change, word
from keyfob.tokens.model import Draft, Token, TokenId, TokenKind
from keyfob.tokens.secret import Secret
from keyfob.tokens.show import seen_by


async def create(
    tx: Transaction, instance: Instance, draft: Draft, *, account_id: AccountId
) -> tuple[Token, Secret]:
    """
    Return the token and its value, which works as soon as the transaction has committed.

    Raise Conflict, naming the token, when the account has a living one of that name; Forbidden
    when the maker would hand out more than they hold.
    """
    return (await create_many(tx, instance, [draft], account_id=account_id))[0]


async def create_many(
    tx: Transaction, instance: Instance, drafts: Sequence[Draft], *, account_id: AccountId
) -> list[tuple[Token, Secret]]:
    """As `create` of each, in their order; all of them, or none. Each has an audit entry."""
    accounts.authorize(tx.actor, Operation.CREATE_TOKEN)
    account = await accounts.require_reach(tx.conn, tx.actor, account_id)
    if not drafts:
        return []
    made = await _add(tx, instance, drafts, account)
    await audit.record_all(tx, "token.created", _born(made), account_id=account.id)
    return made


async def create_for_sub_account(
    tx: Transaction, instance: Instance, draft: Draft, *, account_id: AccountId
) -> tuple[Token, Secret]:
    """As `create`, for the main account alone, and for an account below it (contract 8)."""
    accounts.authorize(tx.actor, Operation.CREATE_SUB_ACCOUNT_TOKEN)
    account = await accounts.require_reach(tx.conn, tx.actor, account_id)
    if account.is_main:
        raise accounts.unknown(account_id)
    made = await _add(tx, instance, [draft], account)
    await audit.record_all(tx, "token.created", _born(made), account_id=account.id)
    return made[0]


async def update(tx: Transaction, token_id: TokenId, changes: Mapping[str, Any]) -> Token:
    """As `change`, of an API token. One that changes nothing needs the right to look at it."""
    accounts.authorize(tx.actor, Operation.UPDATE_TOKEN)
    token = await _living(tx, token_id)
    changed = await change(tx, token, changes)
    if changed == token:  # then it is a way to look, and that has a scope of its own
        accounts.authorize(tx.actor, Operation.GET_TOKEN)
    return changed


async def revoke(tx: Transaction, token_id: TokenId) -> Token:
    """For good. Revoking twice is fine: the first time stands, and is audited once."""
    accounts.authorize(tx.actor, Operation.DELETE_TOKEN)
    token = await _reached(tx, token_id)
    if token.revoked_at is not None:
        return token
    await store.remove_sealed(tx, token.id)
    await store.change(tx, token.id, {"revoked_at": tx.now})
    await audit.record(
        tx, "token.revoked", token.subject, account_id=token.account_id, name=token.name
    )
    return replace(token, revoked_at=tx.now)


async def _add(
    tx: Transaction, instance: Instance, drafts: Sequence[Draft], account: Account
) -> list[tuple[Token, Secret]]:
    fields = [_fields(tx, instance, draft) for draft in drafts]
    return await add_all(tx, instance, account, TokenKind.API, fields)


def _fields(tx: Transaction, instance: Instance, draft: Draft) -> Mapping[str, Any]:
    draft = held.limited(tx.actor, draft)
    return {
        **draft.checked(tx.now),
        "scopes": held.handed_out(tx.actor, draft.scopes),
        "retrievable": _retrievable(instance, draft),
    }


def _retrievable(instance: Instance, draft: Draft) -> bool:
    if draft.retrievable and not instance.reveal:
        raise Conflict(
            "This installation shows a token once only: leave retrievable out, or make it false.",
            code="tokens/REVEAL_IS_OFF",
        )
    return instance.reveal if draft.retrievable is None else draft.retrievable


async def _reached(tx: Transaction, token_id: TokenId) -> Token:
    found = await store.for_update(tx, token_id) if accounts.can_exist(token_id) else None
    return await seen_by(tx.conn, tx.actor, found, token_id)


async def _living(tx: Transaction, token_id: TokenId) -> Token:
    token = await _reached(tx, token_id)
    if token.revoked_at is not None:
        raise Conflict(
            f'"{token.name}" is revoked for good. Make a new one.',
            code="tokens/REVOKED",
            id=token.id,
        )
    return token


def _born(made: Sequence[tuple[Token, Secret]]) -> list[audit.Said]:
    """What the new tokens were given, for the audit trail."""
    told = ("name", "scopes", "tags", "restrictions", "not_before", "expires_at", "retrievable")
    return [
        audit.Said(
            token.subject,
            token.name,
            {name: (None, word(getattr(token, name))) for name in told},
        )
        for token, _ in made
    ]
