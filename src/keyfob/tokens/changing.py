"""Change a token, of whatever kind: what is new is checked, stored and put on record."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from keyfob import audit, wording
from keyfob.actors import Actor
from keyfob.db import Transaction
from keyfob.errors import Conflict, Invalid
from keyfob.limits import Restrictions
from keyfob.tokens import held, model, store
from keyfob.tokens.adding import refuse_taken
from keyfob.tokens.model import Token, TokenKind


async def change(tx: Transaction, token: Token, changes: Mapping[str, Any]) -> Token:
    """
    Change what `changes` names (fields of a Draft, and `enabled`); what is equal already is left
    alone. The caller has seen to it that the actor may change the token, and that it is living.

    Raise Conflict for a name that another one has, and for making a shown-once token retrievable:
    its value is not there any more. Raise Forbidden when the token would be let do more than
    before, and more than the actor may.
    """
    if not changes:
        raise Invalid("must name a field to change", field="body")
    changes = {
        name: value
        for name, value in _checked(tx.actor, token, changes, now=tx.now).items()
        if value != getattr(token, name)
    }
    if not changes:
        return token
    changed = replace(token, **changes)
    if held.is_widened(token, changed):
        held.require(tx.actor, changed)
    if "name" in changes and token.kind is not TokenKind.SHARED:
        await refuse_taken(tx, token.account_id, token.kind, [changes["name"]], but=token.id)
    if changes.get("retrievable") is False:
        await store.remove_sealed(tx, token.id)
    await store.change(tx, token.id, changes)
    told = {name: (word(getattr(token, name)), word(value)) for name, value in changes.items()}
    if token.kind is not TokenKind.API:
        told = {"kind": (token.kind, token.kind), **told}
    await audit.record(
        tx, "token.updated", token.subject, account_id=token.account_id, name=token.name,
        changes=told,
    )  # fmt: skip
    return changed


def _checked(
    actor: Actor, token: Token, changes: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """The changes, each held to the rule that a new token's field obeys."""
    checked = dict(changes)
    if "name" in checked:
        checked["name"] = wording.name(checked["name"], field="name")
    if "description" in checked:
        checked["description"] = model.description(checked["description"])
    if "tags" in checked:
        checked["tags"] = model.tags(tuple(checked["tags"]))
    if "scopes" in checked:
        checked["scopes"] = held.handed_out(actor, checked["scopes"])
    if {"not_before", "expires_at"} & checked.keys():
        not_before = checked.get("not_before", token.not_before)
        expires_at = checked.get("expires_at", token.expires_at)
        if expires_at != token.expires_at or not_before != token.not_before:
            model.check_times(not_before, expires_at, now=now)
    if checked.get("retrievable") and not token.retrievable:
        raise Conflict(
            f'"{token.name}" was made to be shown once only. Make a new one.',
            code="tokens/NOT_RETRIEVABLE",
            id=token.id,
        )
    return checked


def word(value: object) -> object:
    """A field's value as the audit trail writes it: JSON (a tuple is a list there), seconds."""
    match value:
        case datetime():
            return int(value.timestamp())
        case Restrictions():
            return value.as_json()
        case _:
            return value
