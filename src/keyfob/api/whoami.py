"""`GET /v2/whoami`: which account does this token speak for?"""

from pydantic import Field

from keyfob import accounts
from keyfob.accounts import AccountId, Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, rule
from keyfob.api.shapes import Shape

router = Door("Who am I")


class WhoAmI(Shape):
    account_id: int = Field(description="The account the token speaks for.", examples=[2000001])
    account_name: str = Field(description="Its name.", examples=["Workshop o11y"])


@router.get(
    "/v2/whoami",
    summary="Who am I",
    response_model=WhoAmI,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.WHO_AM_I, contract=True),
)
async def who_am_i(actor: Caller, db: Db) -> WhoAmI:
    """The account of the token that you send. A token that is not good gets a 403."""
    async with db.reader() as conn:
        account = await accounts.require_reach(conn, actor, AccountId(actor.account_id))
    return WhoAmI(account_id=account.id, account_name=account.name)
