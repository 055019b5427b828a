"""API tokens over HTTP: list, make, show, change, delete, reveal."""

from typing import Annotated, Any

from fastapi import Path, Response
from fastapi import Query as QueryParameter
from pydantic import Field

from keyfob import tokens
from keyfob.accounts import AccountId, Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, TheInstance, rule
from keyfob.api.shapes import (
    NAME,
    ApiToken,
    ApiTokenPage,
    Boolean,
    CreatedApiToken,
    Digits,
    Id,
    Input,
    Seconds,
    Sent,
    Shape,
    Text,
    UseRestrictions,
    WholeNumber,
    moment,
    parsed_scopes,
    seconds,
)
from keyfob.errors import Invalid
from keyfob.tokens import Draft, Query, Sort, TokenId, TokenState

router = Door("API tokens")

TokenNumber = Annotated[Digits, Path(description="The token's id.", examples=[2000004])]


class TokenFields(Input):
    """What can be said of a token, new or old."""

    description: Text = Field(default="", description="At most 1000 characters.")
    tags: list[Text] = Field(
        default=[],
        description="At most 20, each of 1 to 50 letters, digits and `. _ : / = @ -`.",
        examples=[["ci", "team:o11y"]],
    )
    scopes: list[Text] | None = Field(
        default=None,
        description="What it may do. Left out: all that you hold. Never more than you hold.",
        examples=[["logs:search"]],
    )
    restrictions: UseRestrictions | None = Field(
        default=None, description="Where it may be used. Left out: anywhere."
    )
    expires_at: Seconds | None = Field(
        default=None, description="Seconds since 1970; refused from then on. Null: never."
    )
    not_before: Seconds | None = Field(
        default=None, description="Seconds since 1970; refused before. Null: good at once."
    )


class NewApiToken(TokenFields):
    name: Text = Field(
        description="1 to 100 printable characters; no living token of the account has it.",
        examples=[NAME],
    )
    retrievable: Boolean | None = Field(
        default=None, description="Whether an admin can be shown the value again."
    )
    account_id: Id | None = Field(
        default=None, description="A sub account, when you speak for its main account."
    )

    def draft(self) -> Draft:
        return Draft(
            name=self.name,
            description=self.description,
            tags=tuple(self.tags),
            scopes=parsed_scopes(self.scopes),
            restrictions=(self.restrictions or UseRestrictions()).parse(),
            not_before=moment(self.not_before),
            expires_at=moment(self.expires_at),
            retrievable=self.retrievable,
        )


class ApiTokenChanges(TokenFields):
    """Only what is named changes. `null` takes an `expiresAt` or `notBefore` away."""

    name: Text = Field(
        default="", description="1 to 100 printable characters.", examples=["Workshop API Token 2"]
    )
    enabled: Boolean = Field(default=True, description="False: refused until enabled again.")
    retrievable: Boolean = Field(
        default=False, description="False destroys the stored value; there is no way back."
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as `tokens.update` takes them."""
        named = {name: getattr(self, name) for name in self.model_fields_set}
        if named.get("scopes", ()) is None:
            raise Invalid("must be a list of scopes", field="scopes")
        if "scopes" in named:
            named["scopes"] = parsed_scopes(named["scopes"])
        if "tags" in named:
            named["tags"] = tuple(named["tags"])
        if "restrictions" in named:
            named["restrictions"] = (named["restrictions"] or UseRestrictions()).parse()
        for name in {"expires_at", "not_before"} & named.keys():
            named[name] = moment(named[name])
        return named


class SubAccountToken(Sent):
    """A contract operation: fields it does not know are ignored (contract 1.4)."""

    name: Text = Field(description="1 to 100 printable characters.", examples=[NAME])
    account_id: WholeNumber = Field(
        description="A sub account of the main account that asks.", examples=[2000002]
    )


class SubAccountTokenMade(Shape):
    id: int = Field(description="The new token's id.")
    name: str = Field(description="As it was given.")
    token: str = Field(description="The value.")
    created_at: int = Field(description="Seconds since 1970.")


class Revealed(Shape):
    token: str = Field(description="The value.")


@router.get(
    "/v1/api-tokens",
    summary="List API tokens",
    response_model=ApiTokenPage,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.LIST_TOKENS),
)
async def list_tokens(
    actor: Caller,
    db: Db,
    account_id: Annotated[
        Digits | None, QueryParameter(alias="accountId", description="A sub account of yours.")
    ] = None,
    q: Annotated[str, QueryParameter(description="Part of a name, or a hint.")] = "",
    state: Annotated[list[TokenState], QueryParameter(description="May come several times.")] = [],  # noqa: B006 -- FastAPI's way to say "none"; it is never changed
    tag: Annotated[str, QueryParameter(description="Only those with this tag.")] = "",
    sort: Annotated[
        Sort, QueryParameter(description="A field; downwards with `-` before it.")
    ] = Sort.NEWEST,
    cursor: Annotated[
        str, QueryParameter(description="`nextCursor` of the page before, in the same order.")
    ] = "",
    limit: Annotated[
        Digits, QueryParameter(description="How many at most: 1 to 1000.")
    ] = tokens.DEFAULT_LIMIT,
) -> ApiTokenPage:
    """The account's tokens, newest first; the revoked ones only when `state=revoked` asks."""
    query = Query(search=q, states=frozenset(state), tag=tag, sort=sort, cursor=cursor, limit=limit)
    now = db.now()
    async with db.reader() as conn:
        page = await tokens.page(
            conn,
            actor,
            query,
            account_id=AccountId(actor.account_id if account_id is None else account_id),
            now=now,
        )
    return ApiTokenPage.of(page, now)


@router.post(
    "/v1/api-tokens",
    summary="Create an API token",
    status_code=201,
    response_model=CreatedApiToken,
    responses=problems(400, 401, 403, 404, 409, 413),
    openapi_extra=rule(Operation.CREATE_TOKEN),
)
async def create_token(
    actor: Caller, db: Db, instance: TheInstance, new: NewApiToken
) -> CreatedApiToken:
    """
    The answer carries the value. It can be used at once.

    A token makes none that outlives it, or that may be used where it may not itself: what is
    left out of `expiresAt` and `restrictions` is as its own.
    """
    async with db.transaction(actor) as tx:
        token, value = await tokens.create(
            tx,
            instance,
            new.draft(),
            account_id=AccountId(actor.account_id if new.account_id is None else new.account_id),
        )
    return CreatedApiToken.of(token, tx.now, token=value)


@router.post(
    "/v1/api-tokens/sub-account",
    summary="Create an API token for a sub account",
    response_model=SubAccountTokenMade,
    responses=problems(400, 401, 403, 404, 409, 413),
    openapi_extra=rule(Operation.CREATE_SUB_ACCOUNT_TOKEN, contract=True),
)
async def create_sub_account_token(
    actor: Caller, db: Db, instance: TheInstance, new: SubAccountToken
) -> SubAccountTokenMade:
    """
    For the main account's token alone.

    The new token speaks for the sub account, and its admins find it on their own page.
    """
    async with db.transaction(actor) as tx:
        token, value = await tokens.create_for_sub_account(
            tx, instance, Draft(name=new.name), account_id=AccountId(new.account_id)
        )
    return SubAccountTokenMade(
        id=token.id, name=token.name, token=value, created_at=seconds(token.created_at)
    )


@router.get(
    "/v1/api-tokens/{id}",
    summary="Show an API token",
    response_model=ApiToken,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.GET_TOKEN),
)
async def get_token(actor: Caller, db: Db, id: TokenNumber) -> ApiToken:
    """Everything but the value. A deleted token can still be looked at: its state is revoked."""
    async with db.reader() as conn:
        token = await tokens.get(conn, actor, TokenId(id))
    return ApiToken.of(token, db.now())


@router.patch(
    "/v1/api-tokens/{id}",
    summary="Change an API token",
    response_model=ApiToken,
    responses=problems(400, 401, 403, 404, 409, 413),
    openapi_extra=rule(Operation.UPDATE_TOKEN),
)
async def update_token(
    actor: Caller,
    db: Db,
    id: TokenNumber,
    changes: ApiTokenChanges,
) -> ApiToken:
    """
    Rename, describe, tag, restrict, disable or enable it, or change when it expires.

    A request that would change nothing needs `tokens:read` as well as `tokens:write`. Nobody
    lets a token do more than they may themselves, for longer, or elsewhere.
    """
    async with db.transaction(actor) as tx:
        token = await tokens.update(tx, TokenId(id), changes.changes())
    return ApiToken.of(token, tx.now)


@router.delete(
    "/v1/api-tokens/{id}",
    summary="Delete an API token",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.DELETE_TOKEN),
)
async def delete_token(actor: Caller, db: Db, id: TokenNumber) -> None:
    """Revoked for good, at once: whatever uses it is refused from the next request on."""
    async with db.transaction(actor) as tx:
        await tokens.revoke(tx, TokenId(id))


@router.post(
    "/v1/api-tokens/{id}/reveal",
    summary="Show an API token's value again",
    response_model=Revealed,
    responses=problems(400, 401, 403, 404, 409),
    openapi_extra=rule(Operation.REVEAL_TOKEN),
)
async def reveal_token(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: TokenNumber,
) -> Revealed:
    """
    Needs the scope `tokens:reveal`, which no wildcard covers, and all that the token may do.

    Each showing is on record.
    """
    async with db.transaction(actor) as tx:
        _, value = await tokens.reveal(tx, instance, TokenId(id))
    return Revealed(token=value)
