"""What can be done to a data-shipping token. Each action writes one audit entry."""

from dataclasses import replace
from typing import Any, Final

from keyfob import accounts, audit, wording
from keyfob.accounts import Account, Operation
from keyfob.db import Transaction
from keyfob.keys import Instance
from keyfob.tokens import own
from keyfob.tokens import store as token_store
from keyfob.tokens.adding import add, refuse_taken
from keyfob.tokens.model import Draft, Token, TokenId, TokenKind
from keyfob.tokens.secret import Secret
from keyfob.tokens.shipping.room import require_another, require_room, require_switchable
from keyfob.tokens.shipping.show import Shown, living

DEFAULT_NAME: Final = "Default"


async def add_default(
    tx: Transaction, instance: Instance, account: Account
) -> tuple[Token, Secret]:
    """The first one of a new account, in the transaction that makes the account."""
    token, value = await _add(tx, instance, account, Draft(name=DEFAULT_NAME), enabled=True)
    await audit.record(
        tx, "token.created", token.subject, account_id=account.id, name=token.name,
        changes=_born(token),
    )  # fmt: skip
    return token, value


async def create(
    tx: Transaction,
    instance: Instance,
    *,
    name: str,
    enabled: bool,
    tags: tuple[str, ...] = (),
) -> tuple[Token, Secret]:
    """
    A token of the caller's own account, with its value.

    Raise Conflict for a name that is taken, and when as many are enabled as the plan has.
    """
    accounts.authorize(tx.actor, Operation.CREATE_SHIPPING_TOKEN)
    account = await own.held(tx)
    if enabled:
        await require_room(tx, account)
    token, value = await _add(tx, instance, account, Draft(name=name, tags=tags), enabled=enabled)
    await audit.record(
        tx, "token.created", token.subject, account_id=account.id, name=token.name,
        changes=_born(token),
    )  # fmt: skip
    return token, value


async def update(
    tx: Transaction,
    instance: Instance,
    token_id: TokenId,
    *,
    name: str | None,
    enabled: bool | None,
) -> Shown:
    """
    None keeps what is. Raise Conflict as `create` does, and for the last enabled token, which
    cannot be disabled.
    """
    accounts.authorize(tx.actor, Operation.UPDATE_SHIPPING_TOKEN)
    account = await own.held(tx)
    old, sealed = await living(tx.conn, account, token_id)
    new = await _changed(tx, account, old, name=name, enabled=enabled)
    if new != old:
        changes = _differences(old, new)
        await token_store.change(tx, old.id, {field: new for field, (_, new) in changes.items()})
        await audit.record(
            tx, "token.updated", old.subject, account_id=account.id, name=old.name,
            changes={"kind": (old.kind, old.kind), **changes},
        )  # fmt: skip
        new = replace(new, updated_at=tx.now, updated_by=tx.actor.signature)
    return new, own.value(instance, tx.actor, new, sealed)


async def delete(tx: Transaction, instance: Instance, token_id: TokenId) -> Shown:
    """For good; return it as it was. Raise Conflict for the last enabled one."""
    accounts.authorize(tx.actor, Operation.DELETE_SHIPPING_TOKEN)
    account = await own.held(tx)
    token, sealed = await living(tx.conn, account, token_id)
    if token.enabled:
        await require_another(tx, account)
    value = own.value(instance, tx.actor, token, sealed)
    await token_store.remove_sealed(tx, token.id)
    await token_store.change(tx, token.id, {"revoked_at": tx.now})
    await audit.record(
        tx, "token.revoked", token.subject, account_id=account.id, name=token.name,
        changes={"kind": (token.kind, None)},
    )  # fmt: skip
    return token, value


async def _add(
    tx: Transaction, instance: Instance, account: Account, draft: Draft, *, enabled: bool
) -> tuple[Token, Secret]:
    draft = replace(draft, scopes=(), retrievable=instance.reveal)
    fields = {**draft.checked(tx.now), "enabled": enabled}
    return await add(tx, instance, account, TokenKind.SHIPPING, fields)


async def _changed(
    tx: Transaction, account: Account, token: Token, *, name: str | None, enabled: bool | None
) -> Token:
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = wording.name(name, field="name")
        await refuse_taken(tx, account.id, token.kind, [changes["name"]], but=token.id)
    if enabled is not None:
        await require_switchable(tx, account, token, enabled=enabled)
        changes["enabled"] = enabled
    return replace(token, **changes)


def _differences(old: Token, new: Token) -> dict[str, tuple[object, object]]:
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in ("name", "enabled")}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _born(token: Token) -> dict[str, tuple[object, object]]:
    """What a new token was given, for the audit trail."""
    told = ("name", "kind", "enabled", "tags") if token.tags else ("name", "kind", "enabled")
    return {name: (None, getattr(token, name)) for name in told}
