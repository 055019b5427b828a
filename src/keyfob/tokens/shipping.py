"""Data-shipping tokens: an account has at least one that is enabled, at all times."""

from typing import Final

from keyfob import audit
from keyfob.accounts import Account
from keyfob.db import Transaction
from keyfob.keys import Instance
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
