"""How much tokens are used, over HTTP: one of them, or all of an account."""

from typing import Annotated, Any, Self

from fastapi import Query as QueryParameter
from pydantic import Field

from keyfob.accounts import AccountId, Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, rule
from keyfob.api.shapes import NAME, Digits, Shape, seconds
from keyfob.api.tokens import TokenNumber
from keyfob.tokens import TokenId, TokenKind
from keyfob.verification import history
from keyfob.verification.history import AccountHistory, Bucket, Span, TokenHistory, UsedToken, Uses

router = Door("Use")

By = Annotated[
    Bucket, QueryParameter(alias="bucket", description="What is counted together. Days are UTC's.")
]
From = Annotated[
    Digits | None,
    QueryParameter(
        alias="from",
        description="Seconds since 1970. Left out: 24 hours or 30 days before `to`. By hour "
        "the last 90 days are known, by day the last 400.",
    ),
]
To = Annotated[
    Digits | None,
    QueryParameter(alias="to", description="Seconds since 1970; not itself part of it. Now."),
]


class Counted(Shape):
    valid: int = Field(description="How often a token was good for what was asked.", examples=[42])
    refused: dict[str, int] = Field(
        description="How often it was not, by the code that `POST /v1/verify` gives.",
        examples=[{"EXPIRED": 3}],
    )

    @classmethod
    def counted(cls, uses: Uses, **more: Any) -> Self:
        return cls(valid=uses.valid, refused=dict(sorted(uses.refused.items())), **more)


class CountedAt(Counted):
    at: int = Field(description="When the hour or the day begins.")


class Counts(Shape):
    bucket: Bucket = Field(description="As it was asked for.")
    since: int = Field(serialization_alias="from", description="When the first item begins.")
    until: int = Field(serialization_alias="to", description="When the last item ends.")
    items: list[CountedAt] = Field(
        description="One for each hour or day of the span, the oldest first; those without "
        "any use as well."
    )
    total: Counted = Field(description="Of all items.")


class TokenUsage(Counts):
    token_id: int = Field(description="The token's id.")
    last_used_at: int | None = Field(
        description="When it was last good for a request, to about ten seconds; null: never."
    )
    last_used_ip: str | None = Field(
        description="The address of whoever presented it then; null: nobody told.",
        examples=["203.0.113.7"],
    )
    last_used_agent: str | None = Field(
        description="What their client called itself (`User-Agent`); null: nobody told.",
        examples=["python-httpx/0.28.1"],
    )

    @classmethod
    def of(cls, found: TokenHistory, span: Span) -> Self:
        return cls(
            token_id=found.token_id,
            last_used_at=seconds(found.last_use.at),
            last_used_ip=found.last_use.ip,
            last_used_agent=found.last_use.agent,
            bucket=span.bucket,
            since=seconds(span.since),
            until=seconds(span.until),
            items=_items(found, span),
            total=Counted.counted(history.total(found.by.values())),
        )


class UsedMost(Shape):
    token_id: int = Field(description="The token's id.")
    name: str = Field(description="Its name.", examples=[NAME])
    kind: TokenKind = Field(description="`api`, `ship` or `share`.")
    hint: str = Field(
        description="The public part of the value.", examples=["kf_api_h7QmZ2rT9xLc04Vb"]
    )
    last_used_at: int | None = Field(
        description="When it was last good for a request, also after `to`; null: never."
    )
    valid: int = Field(description="How often it was good.")
    refused: int = Field(description="How often it was not, for whatever reason.")

    @classmethod
    def of(cls, token: UsedToken) -> Self:
        return cls(
            token_id=token.id,
            name=token.name,
            kind=token.kind,
            hint=token.hint,
            last_used_at=seconds(token.last_used_at),
            valid=token.valid,
            refused=token.refused,
        )


class AccountUsage(Counts):
    account_id: int = Field(description="Whose tokens.")
    most_used: list[UsedMost] = Field(
        description="The tokens that were good most often, at most `limit`; none without any use."
    )

    @classmethod
    def of(cls, found: AccountHistory, span: Span) -> Self:
        return cls(
            account_id=found.account_id,
            bucket=span.bucket,
            since=seconds(span.since),
            until=seconds(span.until),
            items=_items(found, span),
            total=Counted.counted(history.total(found.by.values())),
            most_used=[UsedMost.of(token) for token in found.most_used],
        )


@router.get(
    "/v1/api-tokens/{id}/usage",
    summary="Show how much an API token is used",
    response_model=TokenUsage,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.READ_TOKEN_USAGE),
)
async def token_usage(
    actor: Caller, db: Db, id: TokenNumber, since: From = None, until: To = None,
    bucket: By = Bucket.HOUR,
) -> TokenUsage:  # fmt: skip
    """
    When, from where and how often it was used, and how often it was refused, and why.

    A use is seen here after ten seconds at most. What was counted of a deleted token stays.
    """
    span = Span.parse(bucket, since, until, now=db.now())
    async with db.reader() as conn:
        found = await history.of_token(conn, actor, TokenId(id), span)
    return TokenUsage.of(found, span)


@router.get(
    "/v1/usage",
    summary="Show how much an account's tokens are used",
    response_model=AccountUsage,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.READ_USAGE),
)
async def account_usage(
    actor: Caller, db: Db, since: From = None, until: To = None, bucket: By = Bucket.HOUR,
    account_id: Annotated[
        Digits | None, QueryParameter(alias="accountId", description="A sub account of yours.")
    ] = None,
    limit: Annotated[
        Digits, QueryParameter(description="How many tokens are named at most: 1 to 100.")
    ] = history.DEFAULT_MOST_USED,
) -> AccountUsage:  # fmt: skip
    """All tokens of the account together, of every kind, and those that were used most."""
    span = Span.parse(bucket, since, until, now=db.now())
    wanted = AccountId(actor.account_id if account_id is None else account_id)
    async with db.reader() as conn:
        found = await history.of_account(conn, actor, wanted, span, limit=limit)
    return AccountUsage.of(found, span)


def _items(found: TokenHistory | AccountHistory, span: Span) -> list[CountedAt]:
    return [CountedAt.counted(found.by.get(at) or Uses(), at=seconds(at)) for at in span.moments()]
