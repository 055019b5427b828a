"""Put new tokens into an account, of whatever kind: minted, hashed, sealed if it may be shown."""

from collections.abc import Mapping, Sequence
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
    """One: see `add_all`."""
    return (await add_all(tx, instance, account, kind, [fields]))[0]


async def add_all(
    tx: Transaction,
    instance: Instance,
    account: Account,
    kind: TokenKind,
    wanted: Sequence[Mapping[str, Any]],
) -> list[tuple[Token, Secret]]:
    """As `store.add`. Raise Conflict for a name that is taken; those of shared tokens never are."""
    if kind is not TokenKind.SHARED:
        await refuse_taken(tx, account.id, kind, [str(fields["name"]) for fields in wanted])
    verifiers = secret.Verifiers(instance)
    values = [secret.mint(instance.token_brand, kind) for _ in wanted]
    new = [
        store.New(value.public_id, verifiers.of(value), fields)
        for value, fields in zip(values, wanted, strict=True)
    ]
    tokens = await store.add(tx, instance, new, kind=kind, account_id=account.id)
    made = list(zip(tokens, values, strict=True))
    sealed = {
        token.id: seal.seal(instance, token, value) for token, value in made if token.retrievable
    }
    if sealed:
        await store.add_sealed(tx, instance.sealing.id, sealed)
    return made


async def refuse_taken(
    tx: Transaction,
    account_id: int,
    kind: TokenKind,
    names: Sequence[str],
    *,
    but: TokenId | None = None,
) -> None:
    """Raise Conflict, naming the token, when a living one of the account has one of the names."""
    for other in await store.living_with_names(tx.conn, AccountId(account_id), kind, names):
        if other.id != but:
            raise Conflict(
                f'The account has a token named "{other.name}" already ({other.hint}). '
                "Choose another name.",
                code="tokens/NAME_TAKEN",
                field="name",
                id=other.id,
                hint=other.hint,
            )
