"""The account API's authentication groups (contract 9)."""

from pydantic import Field

from keyfob.accounts import Operation, groups
from keyfob.accounts.groups import Group
from keyfob.api import roles
from keyfob.api.openapi import problems
from keyfob.api.roles import AnyRole
from keyfob.api.routing import Caller, Db, Door, rule
from keyfob.api.shapes import Sent, Shape, Text

router = Door("Authentication groups")

PATH = "/v1/authentication/groups"


class AuthenticationGroup(Shape):
    group: str = Field(description="The exact name at the identity provider.", examples=["ops"])
    user_role: str = Field(
        description="What its members are here.", examples=["USER_ROLE_ACCOUNT_ADMIN"]
    )


class GroupWanted(Sent):
    group: Text = Field(
        description="The exact name at the identity provider: 1 to 200 characters.",
        examples=["ops"],
    )
    user_role: AnyRole = Field(
        description="USER_ROLE_READONLY, USER_ROLE_REGULAR or USER_ROLE_ACCOUNT_ADMIN; "
        "USER_ROLE_ADMIN is taken for the last.",
        examples=["USER_ROLE_ACCOUNT_ADMIN"],
    )


@router.get(
    PATH,
    summary="List authentication groups",
    response_model=list[AuthenticationGroup],
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_GROUPS, contract=True),
)
async def list_groups(actor: Caller, db: Db) -> list[AuthenticationGroup]:
    """Of the token's own account; an empty list when there are none."""
    async with db.reader() as conn:
        found = await groups.of_account(conn, actor)
    return [_shape(group) for group in found]


@router.post(
    PATH,
    summary="Replace authentication groups",
    response_model=list[AuthenticationGroup],
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.REPLACE_GROUPS, contract=True),
)
async def replace_groups(
    actor: Caller, db: Db, wanted: list[GroupWanted]
) -> list[AuthenticationGroup]:
    """
    The whole set: what is left out is gone, and `[]` removes all. A change ends every running
    session of the account.
    """
    new = [
        Group(name=each.group, role=roles.one(each.user_role, field=f"{position}.userRole"))
        for position, each in enumerate(wanted)
    ]
    async with db.transaction(actor) as tx:
        await groups.replace(tx, new)
    return [_shape(group) for group in new]


def _shape(group: Group) -> AuthenticationGroup:
    return AuthenticationGroup(group=group.name, user_role=group.role)
