"""Look at an account's shared tokens and filters, where its plan has them."""

from collections.abc import Mapping, Sequence

from keyfob import accounts
from keyfob.accounts import Account, AccountId, Operation
from keyfob.actors import Actor
from keyfob.db import Connection
from keyfob.errors import Forbidden, NotFound
from keyfob.keys import Instance
from keyfob.tokens import own
from keyfob.tokens.model import Filter, FilterId, Token, TokenId
from keyfob.tokens.shared import store
from keyfob.tokens.shared.model import Shared
from keyfob.tokens.store import Kept


async def every(conn: Connection, instance: Instance, actor: Actor) -> list[Shared]:
    """Oldest first, the expired ones too."""
    accounts.authorize(actor, Operation.READ_SHARED_TOKENS)
    account = await own.account(conn, actor)
    await require_plan(conn, account)
    attached = await store.attached(conn, account.id)
    return [
        Shared(
            token=token,
            value=own.value(instance, actor, token, sealed),
            filters=tuple(attached.get(token.id, ())),
        )
        for token, sealed in await store.every(conn, account.id)
    ]


async def get(conn: Connection, instance: Instance, actor: Actor, token_id: TokenId) -> Shared:
    """Raise NotFound unless the caller's own account has it."""
    accounts.authorize(actor, Operation.READ_SHARED_TOKENS)
    account = await own.account(conn, actor)
    await require_plan(conn, account)
    token, sealed = await living(conn, account, token_id)
    return Shared(
        token=token,
        value=own.value(instance, actor, token, sealed),
        filters=await store.attached_to(conn, token.id),
    )


async def filters_of(conn: Connection, of: Sequence[Token]) -> Mapping[int, Sequence[FilterId]]:
    """The filters of each of these tokens that has any, in order, for whoever lists them."""
    return await store.attached_to_each(conn, [token.id for token in of])


async def every_filter(conn: Connection, actor: Actor) -> list[Filter]:
    """Oldest first."""
    accounts.authorize(actor, Operation.READ_TOKEN_FILTERS)
    account = await own.account(conn, actor)
    await require_plan(conn, account)
    return await store.filters(conn, account.id)


async def get_filter(conn: Connection, actor: Actor, filter_id: FilterId) -> Filter:
    """Raise NotFound unless the caller's own account has it."""
    accounts.authorize(actor, Operation.READ_TOKEN_FILTERS)
    account = await own.account(conn, actor)
    await require_plan(conn, account)
    return await known_filter(conn, account, filter_id)


async def narrowed_by(conn: Connection, actor: Actor, filter_id: FilterId) -> list[Token]:
    """The living tokens that have the filter, oldest first."""
    found = await get_filter(conn, actor, filter_id)
    with_it = {*await store.tokens_with(conn, found.id)}
    every = await store.every(conn, AccountId(found.account_id))
    return [token for token, _ in every if token.id in with_it]


async def require_plan(conn: Connection, account: Account) -> None:
    """Raise Forbidden when what the family has bought has no shared tokens."""
    plan = await accounts.plan(conn, account.main_id)
    if not plan.shared_tokens:
        raise Forbidden(own.REFUSED, code="shared-tokens/NOT_ENABLED")


async def living(conn: Connection, account: Account, token_id: TokenId) -> Kept:
    found = await store.one(conn, account.id, token_id) if accounts.can_exist(token_id) else None
    if found is None:
        raise NotFound(
            f"token with id {token_id} not found for account {account.id}",
            code="shared-tokens/TOKEN_NOT_FOUND",
            id=token_id,
            accountId=account.id,
        )
    return found


async def known_filter(conn: Connection, account: Account, filter_id: FilterId) -> Filter:
    can_exist = accounts.can_exist(filter_id)
    found = await store.filter_by_id(conn, account.id, filter_id) if can_exist else None
    if found is None:
        raise unknown_filter(account, filter_id, field="id")
    return found


def unknown_filter(account: Account, filter_id: FilterId, *, field: str) -> NotFound:
    """`field` is where it was named."""
    return NotFound(
        f"filter with id {filter_id} not found for account {account.id}",
        code="shared-tokens/FILTER_NOT_FOUND",
        field=field,
        id=filter_id,
        accountId=account.id,
    )
