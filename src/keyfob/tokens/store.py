"""Token rows in and out. No rules here."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError

from keyfob import wording
from keyfob.accounts import Account, AccountId, AccountType
from keyfob.db import Connection, Record, Transaction
from keyfob.db.schema import accounts, instance, sealed_tokens, tokens
from keyfob.errors import Conflict
from keyfob.keys import Instance
from keyfob.scopes import Scope
from keyfob.tokens.model import Restrictions, StoredToken, Token, TokenId, TokenKind, TokenState

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
)


async def add(
    tx: Transaction,
    instance: Instance,
    *,
    public_id: str,
    kind: TokenKind,
    account_id: AccountId,
    verifier: bytes,
    fields: Mapping[str, Any],
) -> Token:
    """`fields` are those of a checked draft."""
    values: dict[str, Any] = {
        **fields,
        "public_id": public_id,
        "kind": kind,
        "account_id": account_id,
        "enabled": True,
        "created_at": tx.now,
        "created_by": tx.actor.name,
        "responsible": tx.actor.responsible,
        "updated_at": tx.now,
        "updated_by": tx.actor.signature,
    }
    row = {
        **_row_values(values),
        "verifier": verifier,
        "pepper_id": instance.pepper.id,
        "row_version": 1,
    }
    with _names_are_unique():
        query = insert(tokens).values(row).returning(tokens.c.id)
        token_id = (await tx.conn.execute(query)).scalar_one()
    return Token(id=TokenId(token_id), brand=instance.token_brand, **values)


async def by_id(conn: Connection, token_id: TokenId) -> Token | None:
    row = (await conn.execute(select(*COLUMNS).where(tokens.c.id == token_id))).one_or_none()
    return token(row) if row else None


async def for_update(tx: Transaction, token_id: TokenId) -> Token | None:
    """As by_id, and nobody else changes the row until this transaction ends."""
    query = select(*COLUMNS).where(tokens.c.id == token_id).with_for_update(of=tokens)
    row = (await tx.conn.execute(query)).one_or_none()
    return token(row) if row else None


async def by_public_id(conn: Connection, public_id: str) -> StoredToken | None:
    """The one indexed read of a verification."""
    main = accounts.alias("main")
    query = (
        select(
            *COLUMNS,
            tokens.c.verifier,
            accounts.c.type.label("account_type"),
            accounts.c.name.label("account_name"),
            func.coalesce(accounts.c.main_id, accounts.c.id).label("main_id"),
            accounts.c.created_at.label("account_created_at"),
            accounts.c.suspended_at,
            main.c.suspended_at.is_not(None).label("main_suspended"),
        )
        .join(accounts, accounts.c.id == tokens.c.account_id)
        .outerjoin(main, main.c.id == accounts.c.main_id)
        .where(tokens.c.public_id == public_id)
    )
    row = (await conn.execute(query)).one_or_none()
    return _stored(row) if row else None


async def living_with_name(
    conn: Connection, account_id: AccountId, kind: TokenKind, name: str
) -> Token | None:
    """The token of the account that has this name, without regard to case, and is not revoked."""
    c = tokens.c
    query = select(*COLUMNS).where(
        c.account_id == account_id,
        c.kind == kind,
        c.name_key == wording.same(name),
        c.revoked_at.is_(None),
    )
    row = (await conn.execute(query)).one_or_none()
    return token(row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which tokens a list is about."""

    account_id: AccountId
    kind: TokenKind
    search: str
    public_id: str
    states: frozenset[TokenState]
    tag: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """The order, and the place in it: rows come strictly after (`key`, `id`)."""

    by_name: bool
    downwards: bool
    after: tuple[int | str, int] | None


async def count(conn: Connection, matching: Matching) -> int:
    query = select(func.count()).select_from(tokens).where(*_conditions(matching))
    return (await conn.execute(query)).scalar_one()


async def some(conn: Connection, matching: Matching, keyset: Keyset, *, limit: int) -> list[Token]:
    key: ColumnElement[Any] = (
        tokens.c.name_key if keyset.by_name else type_coerce(tokens.c.created_at, BigInteger)
    )
    query = select(*COLUMNS).where(*_conditions(matching)).limit(limit)
    if keyset.downwards:
        query = query.order_by(key.desc(), tokens.c.id.desc())
    else:
        query = query.order_by(key, tokens.c.id)
    if keyset.after is not None:
        place = tuple_(*(literal(part) for part in keyset.after))
        row = tuple_(key, tokens.c.id)
        query = query.where(row < place if keyset.downwards else row > place)
    return [token(row) for row in await conn.execute(query)]


def _conditions(matching: Matching) -> list[ColumnElement[bool]]:
    c = tokens.c
    conditions = [c.account_id == matching.account_id, c.kind == matching.kind]
    if matching.search:
        conditions.append(
            or_(
                c.name_key.contains(wording.same(matching.search), autoescape=True),
                c.description.icontains(matching.search, autoescape=True),
                c.public_id == matching.public_id,
            )
        )
    if matching.tag:  # a tag has no quotes (model.tags), so this is the whole tag
        conditions.append(cast(c.tags, String).contains(f'"{matching.tag}"', autoescape=True))
    in_state = [_in_state(state, matching.now) for state in matching.states]
    return [*conditions, or_(*in_state)]


def _in_state(state: TokenState, now: datetime) -> ColumnElement[bool]:
    """As Token.state decides, in SQL."""
    c = tokens.c
    living = c.revoked_at.is_(None)
    unexpired = and_(living, or_(c.expires_at.is_(None), c.expires_at > now))
    match state:
        case TokenState.REVOKED:
            return c.revoked_at.is_not(None)
        case TokenState.EXPIRED:
            return and_(living, c.expires_at <= now)
        case TokenState.DISABLED:
            return and_(unexpired, ~c.enabled)
        case TokenState.SCHEDULED:
            return and_(unexpired, c.enabled, c.not_before > now)
        case TokenState.ACTIVE:
            return and_(unexpired, c.enabled, or_(c.not_before.is_(None), c.not_before <= now))


async def change(tx: Transaction, token_id: TokenId, changes: Mapping[str, Any]) -> None:
    values = {
        **_row_values(changes),
        "updated_at": tx.now,
        "updated_by": tx.actor.signature,
        "row_version": tokens.c.row_version + 1,
    }
    with _names_are_unique():
        await tx.conn.execute(update(tokens).where(tokens.c.id == token_id).values(values))


async def set_last_used(tx: Transaction, last_used: Mapping[TokenId, datetime]) -> None:
    """Moments only ever go forward, whichever process writes last."""
    later = tokens.c.last_used_at.is_(None) | (tokens.c.last_used_at < bindparam("at"))
    await tx.conn.execute(
        update(tokens)
        .where(tokens.c.id == bindparam("token"), later)
        .values(last_used_at=bindparam("at")),
        [{"token": token_id, "at": at} for token_id, at in sorted(last_used.items())],
    )


async def add_sealed(tx: Transaction, token_id: TokenId, key_id: int, sealed: bytes) -> None:
    await tx.conn.execute(
        insert(sealed_tokens).values(token_id=token_id, key_id=key_id, sealed=sealed)
    )


async def sealed(conn: Connection, token_id: TokenId) -> bytes | None:
    query = select(sealed_tokens.c.sealed).where(sealed_tokens.c.token_id == token_id)
    return (await conn.execute(query)).scalar()


async def oldest_enabled(
    conn: Connection, kind: TokenKind, account_ids: Sequence[int]
) -> list[tuple[Token, bytes]]:
    """Of each account, the token of this kind, with its sealed value where that is kept."""
    c = tokens.c
    first = (
        select(func.min(c.id))
        .where(c.account_id.in_(account_ids), c.kind == kind, c.enabled, c.revoked_at.is_(None))
        .group_by(c.account_id)
    )
    query = (
        select(*COLUMNS, sealed_tokens.c.sealed)
        .join(sealed_tokens, sealed_tokens.c.token_id == c.id)
        .where(c.id.in_(first))
    )
    return [(token(row), row.sealed) for row in await conn.execute(query)]


async def remove_sealed(tx: Transaction, token_id: TokenId) -> None:
    await tx.conn.execute(delete(sealed_tokens).where(sealed_tokens.c.token_id == token_id))


@contextmanager
def _names_are_unique() -> Generator[None]:
    """The index has the last word, when two people choose one name at the same moment."""
    try:
        yield
    except IntegrityError as error:
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
    )


def _stored(row: Record) -> StoredToken:
    return StoredToken(
        token=token(row),
        verifier=row.verifier,
        account=Account(
            id=AccountId(row.account_id),
            type=AccountType(row.account_type),
            name=row.account_name,
            main_id=AccountId(row.main_id),
            created_at=row.account_created_at,
            suspended_at=row.suspended_at,
        ),
        main_suspended=row.main_suspended,
    )


def _row_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the model as columns: lists for tuples, and the name's key beside the name."""
    values = dict(fields)
    for name in ("tags", "scopes"):
        if name in values:
            values[name] = list(values[name])
    if "restrictions" in values:
        values["restrictions"] = asdict(values["restrictions"])
    if "name" in values:
        values["name_key"] = wording.same(values["name"])
    return values
