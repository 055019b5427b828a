"""Data-shipping and shared tokens of an account, as its own token would handle them."""

from typing import Any

from keyfob import verification
from keyfob.accounts import Account
from keyfob.actors import Actor
from keyfob.tokens import (
    Filter,
    FilterId,
    FiltersOperator,
    Secret,
    Token,
    TokenId,
    shared,
    shipping,
)
from keyfob.tokens.shared import Shared
from keyfob.tokens.shipping import Limits, Search
from keyfob.verification import NO_USE, Answer
from support.house import House

Shown = tuple[Token, Secret | None]


async def ship(house: House, actor: Actor, name: str = "Second", *, enabled: bool = True) -> Shown:
    async with house.transaction(actor) as tx:
        return await shipping.create(tx, house.instance, name=name, enabled=enabled)


async def change(
    house: House,
    actor: Actor,
    token_id: TokenId,
    *,
    name: str | None = None,
    enabled: bool | None = None,
) -> Shown:
    async with house.transaction(actor) as tx:
        return await shipping.update(tx, house.instance, token_id, name=name, enabled=enabled)


async def remove(house: House, actor: Actor, token_id: TokenId) -> Shown:
    async with house.transaction(actor) as tx:
        return await shipping.delete(tx, house.instance, token_id)


async def ships(house: House, actor: Actor, **wanted: Any) -> list[Shown]:
    async with house.reader() as conn:
        return [*(await shipping.search(conn, house.instance, actor, Search(**wanted))).page]


async def limits(house: House, actor: Actor) -> Limits:
    async with house.reader() as conn:
        return await shipping.limits(conn, actor)


async def share(
    house: House,
    actor: Actor,
    *filters: FilterId,
    name: str = "For support",
    operator: FiltersOperator = FiltersOperator.OR,
) -> Shared:
    async with house.transaction(actor) as tx:
        return await shared.create(
            tx, house.instance, name=name, filters=filters, operator=operator
        )


async def narrow(
    house: House,
    actor: Actor,
    token_id: TokenId,
    *filters: FilterId,
    operator: FiltersOperator | None = None,
) -> Shared:
    async with house.transaction(actor) as tx:
        return await shared.update(tx, house.instance, token_id, filters=filters, operator=operator)


async def unshare(house: House, actor: Actor, token_id: TokenId) -> None:
    async with house.transaction(actor) as tx:
        await shared.delete(tx, token_id)


async def shares(house: House, actor: Actor) -> list[Shared]:
    async with house.reader() as conn:
        return await shared.every(conn, house.instance, actor)


async def filtered(house: House, actor: Actor, value: str = "web-1") -> Filter:
    async with house.transaction(actor) as tx:
        return await shared.create_filter(tx, field="host", value=value, description=f"of {value}")


async def unfilter(house: House, actor: Actor, filter_id: FilterId) -> None:
    async with house.transaction(actor) as tx:
        await shared.delete_filter(tx, filter_id)


async def verdict_on(house: House, account: Account, value: str | None) -> Answer:
    """What verify says of it to the account's own API token."""
    return await house.lookup.patiently(
        lambda reading: verification.verify(
            house.lookup, str(value), NO_USE, account_id=account.id, reading=reading
        )
    )
