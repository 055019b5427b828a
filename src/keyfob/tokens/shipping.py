"""Data-shipping tokens: an account has at least one that is enabled, at all times."""

from collections.abc import Sequence
from typing import Final

from keyfob import audit
from keyfob.accounts import Account
from keyfob.db import Connection, Transaction
from keyfob.keys import Instance
from keyfob.tokens import seal, store
from keyfob.tokens.adding import add
from keyfob.tokens.model import Draft, Token, TokenKind
from keyfob.tokens.secret import Secret

DEFAULT_NAME: Final = "Default"


async def add_default(
    tx: Transaction, instance: Instance, account: Account
) -> tuple[Token, Secret]:
    """The first one of a new account, in the transaction that makes the account."""
    draft = Draft(name=DEFAULT_NAME, scopes=(), retrievable=instance.reveal)
    fields = draft.checked(tx.now)
    token, value = await add(tx, instance, account, TokenKind.SHIPPING, fields)
    await audit.record(
        tx, "token.created", token.subject, account_id=account.id, name=token.name,
        changes={"name": (None, token.name), "kind": (None, token.kind)},
    )  # fmt: skip
    return token, value


async def account_tokens(
    conn: Connection, instance: Instance, account_ids: Sequence[int]
) -> dict[int, str]:
    """
    The value of each account's default token: the oldest one that is enabled. An account whose
    values are not kept (`REVEAL=off`) has none here.
    """
    found = await store.oldest_enabled(conn, TokenKind.SHIPPING, account_ids)
    return {token.account_id: seal.unseal(instance, token, sealed) for token, sealed in found}
