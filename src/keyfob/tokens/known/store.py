"""The one indexed read of a verification; a shared token with filters costs another."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import (
    BigInteger,
    LargeBinary,
    Select,
    String,
    bindparam,
    cast,
    func,
    select,
    type_coerce,
)

from keyfob.db import Connection, Direct
from keyfob.db.schema import accounts, shared_token_filters, token_filters, tokens
from keyfob.limits import Restrictions
from keyfob.scopes import Scope
from keyfob.tokens.known.model import NEVER, KnownAccount, KnownToken
from keyfob.tokens.model import Filter, FilterId, FiltersOperator, TokenKind

Accounts = WeakValueDictionary[int, KnownAccount]  # those of which a token is known

_MAIN = accounts.alias("main")
# As the engine has them: no type of SQLAlchemy's comes between, so one function reads the rows
# of both engines, and the hot one goes without SQLAlchemy.
_TOKEN = (
    tokens.c.public_id,
    tokens.c.id,
    tokens.c.kind,
    tokens.c.name,
    tokens.c.responsible,
    cast(tokens.c.tags, String),
    cast(tokens.c.scopes, String),
    cast(tokens.c.restrictions, String),
    tokens.c.revoked_at.is_not(None),
    tokens.c.enabled,
    type_coerce(tokens.c.not_before, BigInteger),
    type_coerce(tokens.c.expires_at, BigInteger),
    tokens.c.filters_operator,
    type_coerce(tokens.c.verifier, LargeBinary),
    tokens.c.account_id,
    func.coalesce(accounts.c.main_id, accounts.c.id),
    accounts.c.name.label("account_name"),
    (accounts.c.suspended_at.is_not(None) | _MAIN.c.suspended_at.is_not(None)).label("suspended"),
)
_READ = (
    select(*_TOKEN)
    .join(accounts, accounts.c.id == tokens.c.account_id)
    .outerjoin(_MAIN, _MAIN.c.id == accounts.c.main_id)
)
_ONE = _READ.where(tokens.c.public_id == bindparam("public_id"))
_SEVERAL = _READ.where(tokens.c.public_id.in_(bindparam("public_ids", expanding=True)))
_FILTERS: Select[*tuple[Any, ...]] = (
    select(
        token_filters.c.id,
        token_filters.c.account_id,
        token_filters.c.field,
        token_filters.c.value,
        token_filters.c.description,
    )
    .join(shared_token_filters, shared_token_filters.c.filter_id == token_filters.c.id)
    .where(shared_token_filters.c.token_id == bindparam("token_id"))
    .order_by(shared_token_filters.c.position)
)


def read_at_once(direct: Direct, public_id: str, known: Accounts) -> KnownToken | None:
    """From SQLite. `known` are the accounts that are known already: each is kept once."""
    rows = direct.rows(_ONE, (public_id,))
    if not rows:
        return None
    token = _token(rows[0], known)
    if token.kind is TokenKind.SHARED:
        with direct.snapshot():
            rows = direct.rows(_ONE, (public_id,))
            token = _token(rows[0], known) if rows else token
            token.filters = _filters(direct.rows(_FILTERS, (token.id,)))
    return token


async def read(conn: Connection, public_ids: Iterable[str]) -> dict[str, KnownToken]:
    """Those of them that exist, by public id. Their accounts are kept once for all of them."""
    known = Accounts()
    rows = await conn.execute(_SEVERAL, {"public_ids": [*public_ids]})
    found = {row[0]: _token(row, known) for row in rows.all()}
    for token in found.values():
        if token.kind is TokenKind.SHARED:
            attached = await conn.execute(_FILTERS, {"token_id": token.id})
            token.filters = _filters(attached.all())
    return found


def _token(row: Any, known: Accounts) -> KnownToken:
    (
        public_id, token_id, kind, name, responsible, tags, scopes, restrictions, revoked, enabled,
        not_before, expires_at, filters_operator, verifier, account_id, main_id, account_name,
        suspended,
    ) = row  # fmt: skip
    account = known.get(account_id)
    if account is None:
        account = known[account_id] = KnownAccount(
            id=account_id, main_id=main_id, name=account_name, suspended=bool(suspended)
        )
    return KnownToken(
        id=token_id,
        public_id=public_id,
        kind=_KINDS[kind],
        account=account,
        name=name,
        responsible=responsible,
        tags=_words(tags),
        scopes=_scopes(scopes),
        restrictions=_restrictions(restrictions),
        revoked=bool(revoked),
        enabled=bool(enabled),
        not_before=not_before or 0,
        expires_at=NEVER if expires_at is None else expires_at,
        filters_operator=FiltersOperator(filters_operator) if filters_operator else None,
        verifier=verifier,
    )


def _filters(rows: Iterable[Any]) -> tuple[Filter, ...]:
    return tuple(
        Filter(
            id=FilterId(filter_id),
            account_id=account_id,
            field=field,
            value=value,
            description=description,
        )
        for filter_id, account_id, field, value, description in rows
    )


# Most tokens have the same few of these: each is decoded once, and kept once.
@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=4096)
def _scopes(text: str) -> tuple[Scope, ...]:
    return tuple(Scope(scope) for scope in json.loads(text))


@lru_cache(maxsize=4096)
def _restrictions(text: str) -> Restrictions | None:
    rules = {name: tuple(values) for name, values in json.loads(text).items()}
    return Restrictions(**rules) if any(rules.values()) else None


_KINDS = {str(kind): kind for kind in TokenKind}
