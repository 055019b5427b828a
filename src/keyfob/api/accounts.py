"""The account API's time-based accounts: the main account and those below it (contract 4)."""

from typing import Annotated, Any

from fastapi import Path, Response

from keyfob import families
from keyfob.accounts import AccountId, Operation
from keyfob.api.account_shapes import (
    AccountMade,
    AccountWanted,
    DetailedAccount,
    NewAccount,
    RetentionDetails,
    TimeBasedAccount,
    WarmRetention,
    detailed,
    retention_details,
    time_based,
)
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, TheInstance, rule
from keyfob.api.shapes import Digits
from keyfob.db import Connection
from keyfob.families import Family, Member

router = Door("Time-based accounts")

PATH = "/v1/account-management/time-based-accounts"
AccountNumber = Annotated[
    Digits, Path(description="The account's id; your own works too.", examples=[2000002])
]


def main_only(operation: Operation) -> dict[str, Any]:
    return rule(operation, contract=True)


@router.get(
    PATH,
    summary="List the accounts of the family",
    response_model=list[TimeBasedAccount],
    responses=problems(400, 401, 403),
    openapi_extra=main_only(Operation.READ_ACCOUNTS),
)
async def list_accounts(actor: Caller, db: Db) -> list[TimeBasedAccount]:
    """For the main account's token alone. The main account comes first."""
    async with db.reader() as conn:
        family = await families.family(conn, actor)
    return [time_based(family, member) for member in family.members]


@router.post(
    PATH,
    summary="Create a sub account",
    response_model=AccountMade,
    responses=problems(400, 401, 403, 413),
    openapi_extra=main_only(Operation.CREATE_ACCOUNT),
)
async def create_account(
    actor: Caller, db: Db, instance: TheInstance, new: NewAccount
) -> AccountMade:
    """
    For the main account's token alone. `email` is of an admin of the main account, who becomes
    admin of the new one. It begins with one enabled data-shipping token, which is in the answer.
    """
    async with db.transaction(actor) as tx:
        account, token = await families.open_sub(
            tx, instance, new.wanted(), main_id=AccountId(actor.main_id), email=new.email
        )
    return AccountMade(account_id=account.id, account_token=token)


@router.get(
    PATH + "/detailed",
    summary="List the accounts of the family, in detail",
    response_model=list[DetailedAccount],
    responses=problems(400, 401, 403),
    openapi_extra=main_only(Operation.READ_ACCOUNTS),
)
async def list_detailed_accounts(
    actor: Caller, db: Db, instance: TheInstance
) -> list[DetailedAccount]:
    """For the main account's token alone. The main account comes first."""
    async with db.reader() as conn:
        family = await families.family(conn, actor)
        values = await families.account_tokens(conn, instance, actor, family.accounts)
    return [detailed(family, member, values) for member in family.members]


@router.get(
    PATH + "/detailed/{id}",
    summary="Show an account in detail",
    response_model=DetailedAccount,
    responses=problems(400, 401, 403, 404),
    openapi_extra=main_only(Operation.READ_ACCOUNTS),
)
async def get_detailed_account(
    actor: Caller,
    db: Db,
    instance: TheInstance,
    id: AccountNumber,
) -> DetailedAccount:
    """For the main account's token alone."""
    async with db.reader() as conn:
        family, member = await _one(conn, actor, id)
        values = await families.account_tokens(conn, instance, actor, family.accounts)
    return detailed(family, member, values)


@router.get(
    PATH + "/{id}",
    summary="Show an account",
    response_model=TimeBasedAccount,
    responses=problems(400, 401, 403, 404),
    openapi_extra=main_only(Operation.READ_ACCOUNTS),
)
async def get_account(actor: Caller, db: Db, id: AccountNumber) -> TimeBasedAccount:
    """For the main account's token alone. What was never sent is null, 0 or false."""
    async with db.reader() as conn:
        family, member = await _one(conn, actor, id)
    return time_based(family, member)


@router.put(
    PATH + "/{id}",
    summary="Replace an account's settings",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 413),
    openapi_extra=main_only(Operation.UPDATE_ACCOUNT),
)
async def update_account(
    actor: Caller,
    db: Db,
    id: AccountNumber,
    wanted: AccountWanted,
) -> None:
    """
    For the main account's token alone. Everything is replaced: what is left out is its default
    again, but for `retentionDays`. `email` and `isFlexible` are ignored.
    """
    async with db.transaction(actor) as tx:
        await families.update(tx, AccountId(id), wanted.wanted())


@router.delete(
    PATH + "/{id}",
    summary="Delete a sub account",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
    openapi_extra=main_only(Operation.DELETE_ACCOUNT),
)
async def delete_account(actor: Caller, db: Db, id: AccountNumber) -> None:
    """
    For the main account's token alone. The account goes with its members, tokens and settings,
    at once and for good; its volume is the main account's again, and so is its audit trail.
    """
    async with db.transaction(actor) as tx:
        await families.close(tx, AccountId(id))


@router.put(
    PATH + "/{id}/retention-details",
    summary="Set an account's days in the warm tier",
    response_model=list[RetentionDetails],
    responses=problems(400, 401, 403, 404, 413),
    openapi_extra=main_only(Operation.SET_RETENTION),
)
async def set_retention_details(
    actor: Caller,
    db: Db,
    id: AccountNumber,
    wanted: WarmRetention,
) -> list[RetentionDetails]:
    """For the main account's token alone. 0 ends a sub account's; the main account keeps 1 day."""
    async with db.transaction(actor) as tx:
        family = await families.set_warm_retention(
            tx, AccountId(id), wanted.snap_search_retention_days
        )
    return [retention_details(member) for member in family.members]


async def _one(conn: Connection, actor: Caller, account_id: int) -> tuple[Family, Member]:
    family = await families.family(conn, actor)
    return family, families.one(family, account_id)
