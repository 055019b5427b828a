"""Token rows in and out. No rules here."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from keyfob import wording
from keyfob.accounts import AccountId
from keyfob.db import Connection, Copied, Record, Transaction, account_exists, touch
from keyfob.db.schema import (
    HAS_LIVING_NAME,
    instance,
    sealed_tokens,
    token_filters,
    tokens,
)
from keyfob.errors import Conflict
from keyfob.keys import Instance
from keyfob.scopes import Scope
from keyfob.tokens.model import (
    Filter,
    FilterId,
    FiltersOperator,
    LastUse,
    Restrictions,
    Token,
    TokenId,
    TokenKind,
)

_BRAND = select(instance.c.token_brand).scalar_subquery().label("brand")
COLUMNS = (
    tokens.c.id,
    tokens.c.public_id,
    _BRAND,
    tokens.c.kind,
    tokens.c.account_id,
    tokens.c.name,
    tokens.c.description,
    tokens.c.tags,
    tokens.c.scopes,
    tokens.c.restrictions,
    tokens.c.enabled,
    tokens.c.retrievable,
    tokens.c.created_at,
    tokens.c.created_by,
    tokens.c.responsible,
    tokens.c.updated_at,
    tokens.c.updated_by,
    tokens.c.not_before,
    tokens.c.expires_at,
    tokens.c.revoked_at,
    tokens.c.last_used_at,
    tokens.c.filters_operator,
)
WITH_SEALED = select(*COLUMNS, sealed_tokens.c.sealed).outerjoin(
    sealed_tokens, sealed_tokens.c.token_id == tokens.c.id
)
FILTER = (
    token_filters.c.id,
    token_filters.c.account_id,
    token_filters.c.field,
    token_filters.c.value,
    token_filters.c.description,
)
_ADD = insert(tokens).returning(tokens.c.id, tokens.c.public_id)
_ADD_SEALED = insert(sealed_tokens)
_WITH_NAMES = select(*COLUMNS).where(
    tokens.c.account_id == bindparam("account"),
    tokens.c.kind == bindparam("kind"),
    tokens.c.name_key.in_(bindparam("keys", expanding=True)),
    HAS_LIVING_NAME,
)
# How the engines name the index over the names of living tokens, when it refuses one.
_NAME_TAKEN = ("uq_tokens_living_name", "tokens.name_key")
NAMES_AT_ONCE = 1000  # an engine has a bound on what one question may hold
Kept = tuple[Token, bytes | None]  # a token, and its sealed value where that is kept


class New(NamedTuple):
    """`fields` are those of a checked draft, and whatever else a new token of its kind has."""

    public_id: str
    verifier: bytes
    fields: Mapping[str, Any]


async def add(
    tx: Transaction,
    instance: Instance,
    new: Sequence[New],
    *,
    kind: TokenKind,
    account_id: AccountId,
) -> list[Token]:
    """
    All of them, in their order. Raise Conflict when a name is taken in this very moment, NotFound
    when the account is deleted.
    """
    made: dict[str, Any] = {
        "enabled": True,
        "kind": kind,
        "account_id": account_id,
        "created_at": tx.now,
        "created_by": tx.actor.name,
        "responsible": tx.actor.responsible,
        "updated_at": tx.now,
        "updated_by": tx.actor.signature,
    }
    values: list[dict[str, Any]] = [
        {**made, **each.fields, "public_id": each.public_id} for each in new
    ]
    own = {"pepper_id": instance.pepper.id, "row_version": 1}
    rows = [
        {**_row_values(fields), **own, "verifier": each.verifier}
        for each, fields in zip(new, values, strict=True)
    ]
    with _names_are_unique(), account_exists(account_id):
        added = await tx.conn.execute(_ADD, rows)
        ids = {row.public_id: TokenId(row.id) for row in added}
    for public_id in ids:
        touch(tx, Copied.TOKEN, public_id)
    brand = instance.token_brand
    return [Token(id=ids[fields["public_id"]], brand=brand, **fields) for fields in values]


async def by_id(conn: Connection, token_id: TokenId) -> Token | None:
    row = (await conn.execute(select(*COLUMNS).where(tokens.c.id == token_id))).one_or_none()
    return token(row) if row else None


async def for_update(tx: Transaction, token_id: TokenId) -> Token | None:
    """As by_id, and nobody else changes the row until this transaction ends."""
    query = select(*COLUMNS).where(tokens.c.id == token_id).with_for_update(of=tokens)
    row = (await tx.conn.execute(query)).one_or_none()
    return token(row) if row else None


async def living_with_names(
    conn: Connection, account_id: AccountId, kind: TokenKind, names: Sequence[str]
) -> list[Token]:
    """
    Tokens of the account that have one of the names, without regard to case, and are not revoked.

    Names of shared tokens are not looked for.
    """
    found: list[Token] = []
    for start in range(0, len(names), NAMES_AT_ONCE):
        keys = [wording.same(name) for name in names[start : start + NAMES_AT_ONCE]]
        wanted = {"account": account_id, "kind": kind, "keys": keys}
        found += [token(row) for row in await conn.execute(_WITH_NAMES, wanted)]
    return found


async def change(tx: Transaction, token_id: TokenId, changes: Mapping[str, Any]) -> None:
    values = {
        **_row_values(changes),
        "updated_at": tx.now,
        "updated_by": tx.actor.signature,
        "row_version": tokens.c.row_version + 1,
    }
    query = update(tokens).where(tokens.c.id == token_id).values(values)
    with _names_are_unique():
        changed = await tx.conn.execute(query.returning(tokens.c.public_id))
    for public_id in changed.scalars():
        touch(tx, Copied.TOKEN, public_id)


async def set_last_used(tx: Transaction, uses: Sequence[LastUse]) -> None:
    """Moments only ever go forward, whichever process writes last."""
    if not uses:
        return
    moment = bindparam("moment", type_=BigInteger)  # as it is stored: thousands come at once
    later = tokens.c.last_used_at.is_(None) | (tokens.c.last_used_at <= moment)
    await tx.conn.execute(
        update(tokens)
        .where(tokens.c.id == bindparam("token"), later)
        .values(
            last_used_at=moment, last_used_ip=bindparam("ip"), last_used_agent=bindparam("agent")
        ),
        [
            {"token": token_id, "moment": at, "ip": ip or None, "agent": agent or None}
            for token_id, at, ip, agent in uses
        ],
    )


async def add_sealed(tx: Transaction, key_id: int, sealed: Mapping[TokenId, bytes]) -> None:
    await tx.conn.execute(
        _ADD_SEALED,
        [{"token_id": token, "key_id": key_id, "sealed": value} for token, value in sealed.items()],
    )


async def sealed(conn: Connection, token_id: TokenId) -> bytes | None:
    query = select(sealed_tokens.c.sealed).where(sealed_tokens.c.token_id == token_id)
    return (await conn.execute(query)).scalar()


async def remove_sealed(tx: Transaction, token_id: TokenId) -> None:
    await tx.conn.execute(delete(sealed_tokens).where(sealed_tokens.c.token_id == token_id))


@contextmanager
def _names_are_unique() -> Generator[None]:
    """The index has the last word, when two people choose one name at the same moment."""
    try:
        yield
    except IntegrityError as error:
        if not any(sign in str(error.orig) for sign in _NAME_TAKEN):
            raise
        raise Conflict(
            "The account has a token of that name already. Choose another name.",
            code="tokens/NAME_TAKEN",
            field="name",
        ) from error


def token(row: Record) -> Token:
    return Token(
        id=TokenId(row.id),
        public_id=row.public_id,
        brand=row.brand,
        kind=TokenKind(row.kind),
        account_id=row.account_id,
        name=row.name,
        description=row.description,
        tags=tuple(row.tags),
        scopes=tuple(Scope(scope) for scope in row.scopes),
        restrictions=Restrictions(
            **{name: tuple(rules) for name, rules in row.restrictions.items()}
        ),
        enabled=row.enabled,
        retrievable=row.retrievable,
        created_at=row.created_at,
        created_by=row.created_by,
        responsible=row.responsible,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        not_before=row.not_before,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        filters_operator=FiltersOperator(row.filters_operator) if row.filters_operator else None,
    )


def filter_of(row: Record) -> Filter:
    return Filter(
        id=FilterId(row.id),
        account_id=row.account_id,
        field=row.field,
        value=row.value,
        description=row.description,
    )


def _row_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the model as columns: lists for tuples, and the name's key beside the name."""
    values = dict(fields)
    for name in ("tags", "scopes"):
        if name in values:
            values[name] = list(values[name])
    if "restrictions" in values:
        values["restrictions"] = values["restrictions"].as_json()
    if "name" in values:
        values["name_key"] = wording.same(values["name"])
    return values
