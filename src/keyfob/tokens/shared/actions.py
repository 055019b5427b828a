"""What can be done to a shared token and to a filter. Each action writes one audit entry."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from keyfob import accounts, audit, wording
from keyfob.accounts import Account, Operation
from keyfob.db import Transaction
from keyfob.keys import Instance
from keyfob.tokens import model, own
from keyfob.tokens import store as token_store
from keyfob.tokens.adding import add
from keyfob.tokens.changing import word as told_as
from keyfob.tokens.model import Draft, Filter, FilterId, FiltersOperator, TokenId, TokenKind
from keyfob.tokens.shared import store
from keyfob.tokens.shared.model import LIFETIME, Shared, ends_at, without_repeats, word
from keyfob.tokens.shared.show import known_filter, living, require_plan, unknown_filter


async def create(
    tx: Transaction,
    instance: Instance,
    *,
    name: str,
    filters: tuple[FilterId, ...],
    operator: FiltersOperator,
    lifetime: timedelta | None = LIFETIME,
    tags: tuple[str, ...] = (),
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> Shared:
    """
    A token of the caller's own account, with its value; its name need not be unique. Without a
    `lifetime` it does not end, and with `expires_at` it ends then, whatever its lifetime.

    Raise NotFound for a filter that the account has not.
    """
    accounts.authorize(tx.actor, Operation.CREATE_SHARED_TOKEN)
    account = await _held(tx)
    filters = await _known(tx, account, filters)
    if expires_at is None and lifetime is not None:
        expires_at = ends_at(tx.now, lifetime)
    draft = Draft(
        name=wording.name(name, field="tokenName"), scopes=(), tags=tags, not_before=not_before,
        expires_at=expires_at, retrievable=instance.reveal,
    )  # fmt: skip
    fields = {**draft.checked(tx.now), "filters_operator": operator}
    token, value = await add(tx, instance, account, TokenKind.SHARED, fields)
    await store.attach(tx, token.id, filters)
    told = {
        "name": token.name,
        "kind": token.kind,
        "expires_at": told_as(token.expires_at),
        "filters": [*filters],
        "filters_operator": operator,
    }
    if token.tags:
        told["tags"] = token.tags
    if token.not_before:
        told["not_before"] = told_as(token.not_before)
    await audit.record(
        tx, "token.created", token.subject, account_id=account.id, name=token.name,
        changes={field: (None, it) for field, it in told.items()},
    )  # fmt: skip
    return Shared(token=token, value=value, filters=filters)


async def update(
    tx: Transaction,
    instance: Instance,
    token_id: TokenId,
    *,
    filters: tuple[FilterId, ...],
    operator: FiltersOperator | None,
) -> Shared:
    """Replace its filters; without an operator, that stays. It holds from the next verify on."""
    accounts.authorize(tx.actor, Operation.UPDATE_SHARED_TOKEN)
    account = await _held(tx)
    token, sealed = await living(tx.conn, account, token_id)
    filters = await _known(tx, account, filters)
    value = own.value(instance, tx.actor, token, sealed)
    before = await store.attached_to(tx.conn, token.id)
    old = Shared(token=token, value=value, filters=before)
    new = replace(
        old,
        token=replace(token, filters_operator=operator or old.operator),
        filters=filters,
    )
    if changes := _differences(old, new):
        await store.attach(tx, token.id, filters)
        await token_store.change(tx, token.id, {"filters_operator": new.operator})
        await audit.record(
            tx, "token.updated", token.subject, account_id=account.id, name=token.name,
            changes={"kind": (token.kind, token.kind), **changes},
        )  # fmt: skip
    return new


async def delete(tx: Transaction, token_id: TokenId) -> None:
    """For good, and at once: for whoever has it already, too."""
    accounts.authorize(tx.actor, Operation.DELETE_SHARED_TOKEN)
    account = await _held(tx)
    token, _ = await living(tx.conn, account, token_id)
    await store.attach(tx, token.id, ())
    await token_store.remove_sealed(tx, token.id)
    await token_store.change(tx, token.id, {"revoked_at": tx.now})
    await audit.record(
        tx, "token.revoked", token.subject, account_id=account.id, name=token.name,
        changes={"kind": (token.kind, None)},
    )  # fmt: skip


async def create_filter(tx: Transaction, *, field: str, value: str, description: str) -> Filter:
    """Of the caller's own account. There is no change of a filter: delete it, make another."""
    accounts.authorize(tx.actor, Operation.CREATE_TOKEN_FILTER)
    account = await _held(tx)
    made = await store.add_filter(
        tx, account.id,
        field=word(field, field="field"),
        value=word(value, field="value"),
        description=model.description(description),
    )  # fmt: skip
    told = {"field": made.field, "value": made.value, "description": made.description}
    await audit.record(
        tx, "filter.created", made.subject, account_id=account.id, name=made.description,
        changes={name: (None, it) for name, it in told.items()},
    )  # fmt: skip
    return made


async def delete_filter(tx: Transaction, filter_id: FilterId) -> None:
    """Detached at once from every token that has it: those show more then."""
    accounts.authorize(tx.actor, Operation.DELETE_TOKEN_FILTER)
    account = await _held(tx)
    found = await known_filter(tx.conn, account, filter_id)
    tokens = await store.tokens_with(tx.conn, found.id)
    await store.remove_filter(tx, found.id)
    await audit.record(
        tx, "filter.deleted", found.subject, account_id=account.id, name=found.description,
        changes={
            "field": (found.field, None),
            "value": (found.value, None),
            "tokens": (tokens, []),
        },
    )  # fmt: skip


async def _held(tx: Transaction) -> Account:
    account = await own.held(tx)
    await require_plan(tx.conn, account)
    return account


async def _known(
    tx: Transaction, account: Account, filters: tuple[FilterId, ...]
) -> tuple[FilterId, ...]:
    """Without repeats. Raise NotFound for the first that the account has not."""
    filters = without_repeats(filters)
    possible = [filter_id for filter_id in filters if accounts.can_exist(filter_id)]
    known = await store.existing(tx.conn, account.id, possible)
    for filter_id in filters:
        if filter_id not in known:
            raise unknown_filter(account, filter_id, field="filters")
    return filters


def _differences(old: Shared, new: Shared) -> dict[str, tuple[Any, Any]]:
    pairs = {
        "filters": ([*old.filters], [*new.filters]),
        "filters_operator": (old.operator, new.operator),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
