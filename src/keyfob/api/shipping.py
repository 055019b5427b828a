"""The account API's log shipping tokens, always of the caller's own account (contract 6)."""

from typing import Annotated, Self

from fastapi import Path
from pydantic import Field

from keyfob.accounts import Operation
from keyfob.api.openapi import problems
from keyfob.api.problems import as_bad_request
from keyfob.api.routing import Caller, Db, Door, TheInstance, rule
from keyfob.api.shapes import Digits, Sent, Shape, Switch, Text, WholeNumber, seconds
from keyfob.errors import Conflict
from keyfob.tokens import Secret, Token, TokenId, shipping
from keyfob.tokens.shipping import Search, SortField

router = Door("Log shipping tokens")

PATH = "/v1/log-shipping/tokens"
NAME = "staging eu"
ID = 2000009
AT = 1795471200
TokenNumber = Annotated[Digits, Path(description="The token's id.", examples=[ID])]


class ShippingToken(Shape):
    """A token that routes data to the account."""

    name: str = Field(
        description="Unique among the account's own, without regard to case.", examples=[NAME]
    )
    id: int = Field(description="Names the token in addresses.", examples=[ID])
    token: str | None = Field(
        description="The value; null for a caller without `tokens:write`, and where values are "
        "not kept."
    )
    updated_at: int = Field(description="Seconds since 1970.", examples=[AT])
    updated_by: str = Field(
        description="Who last changed it: an e-mail address, where one is known.",
        examples=["admin@example.com"],
    )
    created_at: int = Field(description="Seconds since 1970.", examples=[AT])
    created_by: str = Field(
        description="Who made it: an e-mail address, where one is known.",
        examples=["admin@example.com"],
    )
    enabled: bool = Field(description="Only an enabled one is good.")

    @classmethod
    def of(cls, token: Token, value: Secret | None) -> Self:
        return cls(
            name=token.name,
            id=token.id,
            token=value,
            updated_at=seconds(token.updated_at),
            updated_by=token.updated_by,
            created_at=seconds(token.created_at),
            created_by=token.responsible or token.created_by,
            enabled=token.enabled,
        )


class NewShippingToken(Sent):
    name: Text = Field(
        description="1 to 100 printable characters; no other of the account has it.",
        examples=[NAME],
    )
    enabled: Switch = Field(default=None, description="Left out: true.")


class ShippingTokenChanges(Sent):
    """What is left out stays."""

    name: Text | None = Field(
        default=None, description="1 to 100 printable characters.", examples=["production eu"]
    )
    enabled: Switch = Field(
        default=None, description="False: refused until enabled again. One has to stay enabled."
    )


class ShippingLimits(Shape):
    max_allowed_tokens: int = Field(
        description="How many may be enabled, by the plan.", examples=[15]
    )
    num_of_enabled_tokens: int = Field(description="How many are.", examples=[2])


class ShippingFilter(Sent):
    enabled: Switch = Field(description="True or false; text will do, and empty text means all.")


class ShippingSort(Sent):
    field: SortField = Field(description="What to sort by.")
    descending: Switch = Field(default=None, description="Left out: false.")


class Pagination(Sent):
    page_number: WholeNumber | None = Field(
        default=None, description="From 1, which is the default.", examples=[1]
    )
    page_size: WholeNumber | None = Field(
        default=None, description="1 to 1000; 25 by default.", examples=[25]
    )


class ShippingSearch(Sent):
    """All of it can be left out."""

    filter: ShippingFilter | None = Field(default=None, description="Which ones.")
    sort: list[ShippingSort] | None = Field(
        default=None, description="In what order; the first counts most. Left out: oldest first."
    )
    pagination: Pagination | None = Field(default=None, description="Which page of them.")

    def wanted(self) -> Search:
        order: dict[SortField, bool] = {}
        for each in self.sort or ():
            order.setdefault(each.field, bool(each.descending))
        page = self.pagination or Pagination()
        told = {"page_number": page.page_number, "page_size": page.page_size}
        return Search(
            enabled=self.filter.enabled if self.filter else None,
            order=order,
            **{name: number for name, number in told.items() if number is not None},
        )


class PageTold(Shape):
    page_number: int = Field(description="As it was asked for.", examples=[1])
    page_size: int = Field(description="As it was asked for.", examples=[25])


class ShippingTokensFound(Shape):
    total: int = Field(description="How many match, on all pages.", examples=[1])
    results: list[ShippingToken] = Field(description="One page; empty past the end.")
    pagination: PageTold = Field(description="Which page this is.")


@router.post(
    PATH,
    summary="Create a log shipping token",
    status_code=201,
    response_model=ShippingToken,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.CREATE_SHIPPING_TOKEN, contract=True),
)
async def create_shipping_token(
    actor: Caller, db: Db, instance: TheInstance, new: NewShippingToken
) -> ShippingToken:
    """The answer carries the value. It can be used at once, unless `enabled` is false."""
    enabled = new.enabled is not False
    with as_bad_request(Conflict):
        async with db.transaction(actor) as tx:
            made = await shipping.create(tx, instance, name=new.name, enabled=enabled)
    return ShippingToken.of(*made)


@router.get(
    PATH + "/limits",
    summary="How many log shipping tokens may be enabled",
    response_model=ShippingLimits,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_SHIPPING_TOKENS, contract=True),
)
async def shipping_token_limits(actor: Caller, db: Db) -> ShippingLimits:
    """Disabled tokens do not count."""
    async with db.reader() as conn:
        limits = await shipping.limits(conn, actor)
    return ShippingLimits(max_allowed_tokens=limits.most, num_of_enabled_tokens=limits.enabled)


@router.post(
    PATH + "/search",
    summary="Search log shipping tokens",
    response_model=ShippingTokensFound,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.READ_SHIPPING_TOKENS, contract=True),
)
async def search_shipping_tokens(
    actor: Caller, db: Db, instance: TheInstance, search: ShippingSearch | None = None
) -> ShippingTokensFound:
    """Without a body: all of them, oldest first, 25 on a page."""
    wanted = (search or ShippingSearch()).wanted()
    async with db.reader() as conn:
        found = await shipping.search(conn, instance, actor, wanted)
    return ShippingTokensFound(
        total=found.total,
        results=[ShippingToken.of(*each) for each in found.page],
        pagination=PageTold(page_number=wanted.page_number, page_size=wanted.page_size),
    )


@router.get(
    PATH + "/{id}",
    summary="Show a log shipping token",
    response_model=ShippingToken,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.READ_SHIPPING_TOKENS, contract=True),
)
async def get_shipping_token(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: TokenNumber,
) -> ShippingToken:
    """Of your own account; a main account's token does not find those of its sub accounts."""
    async with db.reader() as conn:
        found = await shipping.get(conn, instance, actor, TokenId(id))
    return ShippingToken.of(*found)


@router.put(
    PATH + "/{id}",
    summary="Change a log shipping token",
    response_model=ShippingToken,
    responses=problems(400, 401, 403, 404, 413),
    openapi_extra=rule(Operation.UPDATE_SHIPPING_TOKEN, contract=True),
)
async def update_shipping_token(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: TokenNumber,
    changes: ShippingTokenChanges,
) -> ShippingToken:
    """Rename, enable or disable it. The last enabled one cannot be disabled."""
    with as_bad_request(Conflict):
        async with db.transaction(actor) as tx:
            changed = await shipping.update(
                tx, instance, TokenId(id), name=changes.name, enabled=changes.enabled
            )
    return ShippingToken.of(*changed)


@router.delete(
    PATH + "/{id}",
    summary="Delete a log shipping token",
    response_model=ShippingToken,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.DELETE_SHIPPING_TOKEN, contract=True),
)
async def delete_shipping_token(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: TokenNumber,
) -> ShippingToken:
    """
    For good, at once; the answer is the token as it was.

    The last enabled one cannot be deleted.
    """
    with as_bad_request(Conflict):
        async with db.transaction(actor) as tx:
            deleted = await shipping.delete(tx, instance, TokenId(id))
    return ShippingToken.of(*deleted)
