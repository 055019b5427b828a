"""Which account does this token speak for, and which ones can it see?"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from keyfob import accounts
from keyfob.accounts import AccountId, AccountType, Operation
from keyfob.actors import Actor
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, RuledRoute, rule
from keyfob.api.shapes import Shape
from keyfob.config import Config
from keyfob.db import Database
from keyfob.errors import Forbidden


class LegacyRoute(RuledRoute):
    """
    The one exception to "a bad token is a 403" (contract 1.2): clients of old look at the body
    of a 200 for what is wrong. `LEGACY_WHOAMI_200` ends it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        guarded = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await guarded(request)
            except Forbidden as refused:
                config: Config = request.app.state.config
                if not config.legacy_whoami_200:
                    raise
                return JSONResponse({"code": 403, "message": refused.message})

        return answered


router = Door("Who am I")
legacy = Door("Who am I", route_class=LegacyRoute)


class WhoAmI(Shape):
    account_id: int = Field(description="The account the token speaks for.", examples=[2000001])
    account_name: str = Field(description="Its name.", examples=["Workshop o11y"])


class NotGood(Shape):
    """What the v1 address answers to a token that is not good, with the status 200."""

    code: int = Field(description="The status that it should have been.", examples=[403])
    message: str = Field(description="For people.", examples=["Insufficient privileges"])


class AssociatedAccount(WhoAmI):
    type: AccountType = Field(description="The account's place in the family.")


@router.get(
    "/v2/whoami",
    summary="Who am I",
    response_model=WhoAmI,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.WHO_AM_I, contract=True),
)
async def who_am_i(actor: Caller, db: Db) -> WhoAmI:
    """The account of the token that you send. A token that is not good gets a 403."""
    return await _own(actor, db)


@legacy.get(
    "/v1/account-management/whoami",
    summary="Who am I, for clients of old",
    response_model=WhoAmI | NotGood,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.WHO_AM_I, contract=True),
)
async def who_am_i_v1(actor: Caller, db: Db) -> WhoAmI:
    """
    As `/v2/whoami`, except that **the status alone proves nothing here**: a token that is not
    good gets 200 too, with `code` 403 in the body and no `accountName`. The operator can switch
    that off, and it is a 403 then.
    """
    return await _own(actor, db)


@router.get(
    "/v1/associated-accounts",
    summary="List the accounts that a token reaches",
    response_model=list[AssociatedAccount],
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.LIST_ASSOCIATED, contract=True),
)
async def associated_accounts(actor: Caller, db: Db) -> list[AssociatedAccount]:
    """The main account's token: itself first, then every account below. Any other: itself."""
    async with db.reader() as conn:
        reached = await accounts.reached(conn, actor)
    return [
        AssociatedAccount(account_id=each.id, account_name=each.name, type=each.type)
        for each in reached
    ]


async def _own(actor: Actor, db: Database) -> WhoAmI:
    async with db.reader() as conn:
        account = await accounts.require_reach(conn, actor, AccountId(actor.account_id))
    return WhoAmI(account_id=account.id, account_name=account.name)
