"""The account API's shared tokens and their filters, always of the caller's own account."""

from typing import Annotated, Self, cast

from fastapi import Path, Response
from pydantic import BeforeValidator, Field

from keyfob.accounts import Operation
from keyfob.api.openapi import problems
from keyfob.api.problems import as_bad_request
from keyfob.api.routing import Caller, Db, Door, TheInstance, rule
from keyfob.api.shapes import Digits, Done, Sent, Shape, Text, WholeNumber, seconds
from keyfob.errors import NotFound
from keyfob.tokens import Filter, FilterId, FiltersOperator, TokenId, shared
from keyfob.tokens.shared import Shared

router = Door("Shared tokens")

PATH = "/v1/shared-tokens"
FILTERS = PATH + "/filters"
NAME = "Support team token"
ID = 2000010
FILTER = 2000001
TokenNumber = Annotated[Digits, Path(description="The token's id.", examples=[ID])]
FilterNumber = Annotated[Digits, Path(description="The filter's id.", examples=[FILTER])]


def _scalar(value: object) -> object:
    """An operator as the account API takes it: `"OR"` or `["OR"]` (contract 7)."""
    if not isinstance(value, list):
        return value
    values = cast("list[object]", value)
    return values[0] if len(values) == 1 else values


Operator = Annotated[FiltersOperator | None, BeforeValidator(_scalar)]


class SharedToken(Shape):
    """A token that reads the account's logs, as far as its filters let it."""

    id: int = Field(description="Names the token in addresses.", examples=[ID])
    name: str = Field(description="Need not be unique.", examples=[NAME])
    token: str | None = Field(
        description="The value; null for a caller without `tokens:write`, and where values are "
        "not kept."
    )
    filters: list[int] | None = Field(
        description="Ids of its filters, in the order that was sent; null: none, so all logs.",
        examples=[[FILTER]],
    )
    filters_operator: FiltersOperator = Field(
        description="Whether a log passes any of the filters, or all of them."
    )
    last_used: int | None = Field(description="Seconds since 1970; null: never.")
    expiration_date: int | None = Field(
        description="Seconds since 1970: refused from then on. A week after it was made."
    )

    @classmethod
    def of(cls, it: Shared) -> Self:
        return cls(
            id=it.token.id,
            name=it.token.name,
            token=it.value,
            filters=[*it.filters] or None,
            filters_operator=it.operator,
            last_used=seconds(it.token.last_used_at),
            expiration_date=seconds(it.token.expires_at),
        )


class FiltersWanted(Sent):
    filters_operator: Operator = Field(
        default=None,
        description="`OR` or `AND`; a list with one of them will do. A new token has `OR` by "
        "default, an old one keeps what it has.",
        examples=["OR"],
    )


class NewSharedToken(FiltersWanted):
    token_name: Text = Field(description="1 to 100 printable characters.", examples=[NAME])
    filters: list[WholeNumber] | None = Field(
        default=None, description="Ids of filters, at most 100.", examples=[[FILTER]]
    )


class SharedTokenChanges(FiltersWanted):
    filters: list[WholeNumber] = Field(
        description="Ids of all its filters; `[]` takes them all away.", examples=[[FILTER]]
    )


class TokenFilter(Shape):
    """Only logs whose `field` is exactly `value`."""

    id: int = Field(description="Names the filter in addresses.", examples=[FILTER])
    field: str = Field(description="A field of the logs.", examples=["kubernetes.namespace"])
    value: str = Field(description="Its value.", examples=["shop"])
    description: str = Field(description="What it is for.", examples=["The shop's logs"])

    @classmethod
    def of(cls, it: Filter) -> Self:
        return cls(id=it.id, field=it.field, value=it.value, description=it.description)


class NewTokenFilter(Sent):
    field: Text = Field(
        description="1 to 200 letters, digits and `_ @ . -`.", examples=["kubernetes.namespace"]
    )
    value: Text = Field(description="1 to 200 letters, digits and `_ @ . -`.", examples=["shop"])
    description: Text | None = Field(default=None, description="At most 1000 characters.")


@router.get(
    FILTERS,
    summary="List the filters of shared tokens",
    response_model=list[TokenFilter],
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_TOKEN_FILTERS, contract=True),
)
async def list_token_filters(actor: Caller, db: Db) -> list[TokenFilter]:
    """Oldest first, whether attached to a token or not."""
    async with db.reader() as conn:
        found = await shared.every_filter(conn, actor)
    return [TokenFilter.of(each) for each in found]


@router.post(
    FILTERS,
    summary="Create a filter for shared tokens",
    response_model=TokenFilter,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.CREATE_TOKEN_FILTER, contract=True),
)
async def create_token_filter(actor: Caller, db: Db, new: NewTokenFilter) -> TokenFilter:
    """It does nothing until a token has it. A filter never changes."""
    async with db.transaction(actor) as tx:
        made = await shared.create_filter(
            tx, field=new.field, value=new.value, description=new.description or ""
        )
    return TokenFilter.of(made)


@router.get(
    FILTERS + "/{id}",
    summary="Show a filter of shared tokens",
    response_model=TokenFilter,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_TOKEN_FILTERS, contract=True),
)
async def get_token_filter(actor: Caller, db: Db, id: FilterNumber) -> TokenFilter:
    """One that does not exist is a 400."""
    with as_bad_request(NotFound):
        async with db.reader() as conn:
            found = await shared.get_filter(conn, actor, FilterId(id))
    return TokenFilter.of(found)


@router.delete(
    FILTERS + "/{id}",
    summary="Delete a filter of shared tokens",
    response_model=Done,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.DELETE_TOKEN_FILTER, contract=True),
)
async def delete_token_filter(actor: Caller, db: Db, id: FilterNumber) -> Done:
    """Taken from every token that has it, at once: those are narrowed down less then."""
    with as_bad_request(NotFound):
        async with db.transaction(actor) as tx:
            await shared.delete_filter(tx, FilterId(id))
    return Done()


@router.get(
    PATH,
    summary="List shared tokens",
    response_model=list[SharedToken],
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_SHARED_TOKENS, contract=True),
)
async def list_shared_tokens(actor: Caller, db: Db, instance: TheInstance) -> list[SharedToken]:
    """Oldest first, the expired ones too."""
    async with db.reader() as conn:
        found = await shared.every(conn, instance, actor)
    return [SharedToken.of(each) for each in found]


@router.post(
    PATH,
    summary="Create a shared token",
    response_model=SharedToken,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.CREATE_SHARED_TOKEN, contract=True),
)
async def create_shared_token(
    actor: Caller, db: Db, instance: TheInstance, new: NewSharedToken
) -> SharedToken:
    """It can be used at once, for a week. Without filters it reads all logs of the account."""
    with as_bad_request(NotFound):
        async with db.transaction(actor) as tx:
            made = await shared.create(
                tx,
                instance,
                name=new.token_name,
                filters=tuple(FilterId(number) for number in new.filters or ()),
                operator=new.filters_operator or FiltersOperator.OR,
            )
    return SharedToken.of(made)


@router.get(
    PATH + "/{id}",
    summary="Show a shared token",
    response_model=SharedToken,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_SHARED_TOKENS, contract=True),
)
async def get_shared_token(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: TokenNumber,
) -> SharedToken:
    """One that does not exist is a 400."""
    with as_bad_request(NotFound):
        async with db.reader() as conn:
            found = await shared.get(conn, instance, actor, TokenId(id))
    return SharedToken.of(found)


@router.put(
    PATH + "/{id}",
    summary="Change the filters of a shared token",
    response_model=SharedToken,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.UPDATE_SHARED_TOKEN, contract=True),
)
async def update_shared_token(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: TokenNumber,
    changes: SharedTokenChanges,
) -> SharedToken:
    """It holds at once, for whoever has the token already, too."""
    with as_bad_request(NotFound):
        async with db.transaction(actor) as tx:
            changed = await shared.update(
                tx,
                instance,
                TokenId(id),
                filters=tuple(FilterId(number) for number in changes.filters),
                operator=changes.filters_operator,
            )
    return SharedToken.of(changed)


@router.delete(
    PATH + "/{id}",
    summary="Delete a shared token",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.DELETE_SHARED_TOKEN, contract=True),
)
async def delete_shared_token(actor: Caller, db: Db, id: TokenNumber) -> None:
    """For good, at once."""
    with as_bad_request(NotFound):
        async with db.transaction(actor) as tx:
            await shared.delete(tx, TokenId(id))
