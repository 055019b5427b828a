"""The account API's metrics accounts (contract 11)."""

from typing import Annotated, Self

from fastapi import Path
from pydantic import Field

from keyfob.accounts import Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, TheInstance, rule
from keyfob.api.shapes import Digits, Done, Sent, Shape, Text, WholeNumber
from keyfob.db import milliseconds
from keyfob.families import MetricsAccount, account_tokens, metrics

router = Door("Metrics accounts")

PATH = "/v1/account-management/metrics-accounts"
AccountNumber = Annotated[Digits, Path(description="The metrics account's id.", examples=[2000003])]


class Metrics(Shape):
    id: int = Field(description="The account's id.", examples=[2000003])
    account_name: str = Field(description="Its name.", examples=["Workshop o11y_metrics"])
    token: str | None = Field(
        description="Its one token; null for a caller without `tokens:write`, and where values "
        "are not kept."
    )
    created_at: int = Field(description="Milliseconds since 1970.", examples=[1795471200000])
    plan_uts: int = Field(description="How many unique time series it may have.", examples=[100])
    authorized_accounts_ids: list[int] = Field(
        description="Who may see them, in the order that was sent."
    )

    @classmethod
    def of(cls, found: MetricsAccount, token: str | None) -> Self:
        account = found.account
        return cls(
            id=account.id,
            account_name=account.name,
            token=token,
            created_at=milliseconds(account.created_at),
            plan_uts=found.plan_uts,
            authorized_accounts_ids=[*found.authorized],
        )


class MetricsWanted(Sent):
    """What a PUT changes: what is left out stays, and so does a name that is empty."""

    account_name: Text | None = Field(
        default=None, description="On creation by default `<main account>_metrics`."
    )
    plan_uts: WholeNumber | None = Field(
        default=None, description="Unique time series, at least 100.", examples=[200]
    )
    authorized_accounts_ids: list[WholeNumber] | None = Field(
        default=None,
        description="Accounts of the family that may see them; the order is kept.",
        examples=[[2000001]],
    )


class NewMetrics(MetricsWanted):
    email: Text = Field(
        description="Of somebody in the family, who becomes admin of it.",
        examples=["admin@example.com"],
    )


@router.post(
    PATH,
    summary="Create a metrics account",
    response_model=Metrics,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.CREATE_METRICS_ACCOUNT, contract=True),
)
async def create_metrics_account(
    actor: Caller, db: Db, instance: TheInstance, new: NewMetrics
) -> Metrics:
    """For the main account's token alone. The answer carries the account's token."""
    async with db.transaction(actor) as tx:
        found, token = await metrics.open_metrics(
            tx,
            instance,
            email=new.email,
            name=new.account_name or "",
            plan_uts=new.plan_uts,
            authorized=new.authorized_accounts_ids or (),
        )
    return Metrics.of(found, token)


@router.get(
    PATH,
    summary="List metrics accounts",
    response_model=list[Metrics],
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_METRICS_ACCOUNTS, contract=True),
)
async def list_metrics_accounts(actor: Caller, db: Db, instance: TheInstance) -> list[Metrics]:
    """For the main account's token alone."""
    async with db.reader() as conn:
        found = await metrics.of_family(conn, actor)
        values = await account_tokens(conn, instance, actor, [each.account for each in found])
    return [Metrics.of(each, values.get(each.account.id)) for each in found]


@router.get(
    PATH + "/{id}",
    summary="Show a metrics account",
    response_model=Metrics,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.READ_METRICS_ACCOUNTS, contract=True),
)
async def get_metrics_account(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: AccountNumber,
) -> Metrics:
    """For the main account's token alone."""
    async with db.reader() as conn:
        found = await metrics.get(conn, actor, id)
        values = await account_tokens(conn, instance, actor, [found.account])
    return Metrics.of(found, values.get(id))


@router.put(
    PATH + "/{id}",
    summary="Change a metrics account",
    response_model=Metrics,
    responses=problems(400, 401, 403, 404, 413),
    openapi_extra=rule(Operation.UPDATE_METRICS_ACCOUNT, contract=True),
)
async def update_metrics_account(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: AccountNumber,
    wanted: MetricsWanted,
) -> Metrics:
    """For the main account's token alone. Only what is named changes."""
    async with db.transaction(actor) as tx:
        found = await metrics.update(
            tx,
            id,
            name=wanted.account_name,
            plan_uts=wanted.plan_uts,
            authorized=wanted.authorized_accounts_ids,
        )
        values = await account_tokens(tx.conn, instance, actor, [found.account])
    return Metrics.of(found, values.get(id))


@router.delete(
    PATH + "/{id}",
    summary="Delete a metrics account",
    response_model=Done,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.DELETE_METRICS_ACCOUNT, contract=True),
)
async def delete_metrics_account(actor: Caller, db: Db, id: AccountNumber) -> Done:
    """For the main account's token alone. For good, with its token."""
    async with db.transaction(actor) as tx:
        await metrics.close(tx, id)
    return Done()
