"""Put a new token into an account, of whatever kind: minted, hashed, sealed if it may be shown."""

from collections.abc import Mapping
from typing import Any

from keyfob.accounts import Account, AccountId
from keyfob.db import Transaction
from keyfob.errors import Conflict
from keyfob.keys import Instance
from keyfob.tokens import seal, secret, store
from keyfob.tokens.model import Token, TokenId, TokenKind
from keyfob.tokens.secret import Secret


async def add(
    tx: Transaction,
    instance: Instance,
    account: Account,
    kind: TokenKind,
    fields: Mapping[str, Any],
) -> tuple[Token, Secret]:
    """As `store.add`. Raise Conflict for a name that is taken; those of shared tokens never are."""
    if kind is not TokenKind.SHARED:
        await refuse_taken(tx, account.id, kind, str(fields["name"]))
    value = secret.mint(instance.token_brand, kind)
    token = await store.add(
        tx,
        instance,
        public_id=value.public_id,
        kind=kind,
        account_id=account.id,
        verifier=secret.verifier(instance, value),
        fields=fields,
    )
    if token.retrievable:
        sealed = seal.seal(instance, token, value)
        await store.add_sealed(tx, token.id, instance.sealing.id, sealed)
    return token, value


async def refuse_taken(
    tx: Transaction, account_id: int, kind: TokenKind, name: str, *, but: TokenId | None = None
) -> None:
    """Raise Conflict, naming the token, when a living one of the account has that name."""
    other = await store.living_with_name(tx.conn, AccountId(account_id), kind, name)
    if other is not None and other.id != but:
        raise Conflict(
            f'The account has a token named "{other.name}" already ({other.hint}). '
            "Choose another name.",
            code="tokens/NAME_TAKEN",
            field="name",
            id=other.id,
            hint=other.hint,
        )
