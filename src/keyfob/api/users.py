"""The account API's users: the members of accounts (contract 5)."""

from collections.abc import Sequence
from typing import Annotated, Self

from fastapi import Path
from fastapi import Query as QueryParameter
from pydantic import Field

from keyfob.accounts import AccountId, Operation, members
from keyfob.accounts.members import Membership
from keyfob.api import roles
from keyfob.api.openapi import problems
from keyfob.api.roles import AnyRole
from keyfob.api.routing import Caller, Db, Door, rule
from keyfob.api.shapes import Digits, Sent, Shape, Text, WholeNumber
from keyfob.errors import Invalid, NotFound, Unauthenticated

router = Door("Users")

PATH = "/v1/user-management"
USER = 2000003

UserNumber = Annotated[Digits, Path(description="The user's id.", examples=[USER])]
AccountParameter = Annotated[
    Digits | None,
    QueryParameter(alias="accountId", description="A sub account, for a main account's token."),
]


class User(Shape):
    """A user in one account. Somebody in several accounts has the same id in each."""

    id: int = Field(description="The user's id.", examples=[USER])
    username: str = Field(description="The e-mail address.", examples=["ann@example.com"])
    full_name: str = Field(description="What the user is called.", examples=["Ann"])
    account_id: int = Field(alias="accountID", description="The account.", examples=[2000001])
    role: str = Field(description="What they are there.", examples=["USER_ROLE_REGULAR"])
    roles: list[int] = Field(description="The same as a number; none for read-only.")
    active: bool = Field(description="False while suspended there.")

    @classmethod
    def of(cls, member: Membership) -> Self:
        return cls(
            id=member.user_id,
            username=member.email,
            full_name=member.full_name,
            accountID=member.account_id,
            role=member.role,
            roles=roles.numbers(member.role),
            active=member.active,
        )


class UserFields(Sent):
    role: AnyRole = Field(
        default=None,
        description="USER_ROLE_READONLY, USER_ROLE_REGULAR or USER_ROLE_ACCOUNT_ADMIN; alone or "
        "in a list.",
        examples=["USER_ROLE_REGULAR"],
    )
    roles: AnyRole = Field(
        default=None, description="2 for a user, 3 for an admin; alone or in a list."
    )
    account_id: WholeNumber | None = Field(
        default=None,
        alias="accountID",
        description="A sub account, for a main account's token. Left out: the token's own.",
    )


class NewUser(UserFields):
    username: Text = Field(description="The e-mail address.", examples=["ann@example.com"])
    full_name: Text = Field(description="What the user is called.", examples=["Ann"])


class UserChanges(UserFields):
    """What is left out stays as it is. The e-mail address never changes."""

    full_name: Text | None = Field(default=None, description="What the user is called.")


class UserNamed(Shape):
    id: int = Field(description="The user's id.", examples=[USER])


class Nothing(Shape):
    """Nothing more to say."""


class Told(Shape):
    message: str = Field(
        description="What was done, and where it could not be.",
        examples=["Finished suspending user 2000002 from accounts."],
    )


@router.post(
    PATH,
    summary="Create a user",
    response_model=UserNamed,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.CREATE_USER, contract=True),
)
async def create_user(actor: Caller, db: Db, new: NewUser) -> UserNamed:
    """
    Active at once. Somebody who is known by the address already joins the account under the id
    they have.
    """
    role = roles.parse(new.role, new.roles)
    if role is None:
        raise Invalid("is required", field="role")
    async with db.transaction(actor) as tx:
        user_id = await members.create(
            tx, email=new.username, full_name=new.full_name, role=role, account_id=new.account_id
        )
    return UserNamed(id=user_id)


@router.get(
    PATH,
    summary="List the users of an account",
    response_model=list[User],
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_USERS, contract=True),
)
async def list_users(actor: Caller, db: Db, account_id: AccountParameter = None) -> list[User]:
    """Of the token's own account, or of a sub account that a main account's token names."""
    async with db.reader() as conn:
        found = await members.of_account(conn, actor, account_id)
    return [User.of(member) for member in found]


@router.get(
    PATH + "/recursive",
    summary="List the users of the family",
    response_model=list[User],
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_ALL_USERS, contract=True),
)
async def list_all_users(actor: Caller, db: Db) -> list[User]:
    """For the main account's token alone. An entry for each user and account."""
    async with db.reader() as conn:
        found = await members.of_family(conn, actor)
    return [User.of(member) for member in found]


@router.get(
    PATH + "/{id}",
    summary="Show a user",
    response_model=User,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.READ_USERS, contract=True),
)
async def get_user(actor: Caller, db: Db, id: UserNumber) -> User:
    """In the token's own account; for a main account's token else in the oldest sub account."""
    async with db.reader() as conn:
        return User.of(await members.get(conn, actor, id))


@router.put(
    PATH + "/{id}",
    summary="Change a user",
    response_model=UserNamed,
    responses=problems(400, 401, 403, 404, 413),
    openapi_extra=rule(Operation.UPDATE_USER, contract=True),
)
async def update_user(
    actor: Caller,
    db: Db,
    id: UserNumber,
    changes: UserChanges,
) -> UserNamed:
    """`accountID` says in which account; left out, in the token's own."""
    role = roles.parse(changes.role, changes.roles)
    async with db.transaction(actor) as tx:
        await members.update(
            tx, id, full_name=changes.full_name, role=role, account_id=changes.account_id
        )
    return UserNamed(id=id)


@router.delete(
    PATH + "/{id}",
    summary="Remove a user from an account",
    response_model=Nothing,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.DELETE_USER, contract=True),
)
async def delete_user(
    actor: Caller,
    db: Db,
    id: UserNumber,
    account_id: AccountParameter = None,
) -> Nothing:
    """
    From the token's own account, or from `accountId`. A main account's token without it removes a
    user who is in one sub account alone from there. 401 for a user whom nobody knows.
    """
    try:
        async with db.transaction(actor) as tx:
            await members.remove(tx, id, account_id=account_id)
    except NotFound as error:
        raise Unauthenticated(
            "Unauthorized to delete this user", code="user-management/UNAUTHORIZED_TO_DELETE_USER"
        ) from error
    return Nothing()


@router.delete(
    PATH + "/{id}/recursive",
    summary="Remove a user from every account of the family",
    response_model=Told,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.DELETE_USER_EVERYWHERE, contract=True),
)
async def delete_user_everywhere(actor: Caller, db: Db, id: UserNumber) -> Told:
    """For the main account's token alone. An account whose last user or admin it is keeps them."""
    async with db.transaction(actor) as tx:
        needed = await members.remove_everywhere(tx, id)
    return _finished("deleting", id, needed)


@router.post(
    PATH + "/suspend/{id}",
    summary="Suspend a user",
    response_model=Nothing,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.SUSPEND_USER, contract=True),
)
async def suspend_user(actor: Caller, db: Db, id: UserNumber) -> Nothing:
    """Locks them out of the account, and ends their sessions. The account's tokens go on."""
    async with db.transaction(actor) as tx:
        await members.suspend(tx, id)
    return Nothing()


@router.post(
    PATH + "/unsuspend/{id}",
    summary="Unsuspend a user",
    response_model=Nothing,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.UNSUSPEND_USER, contract=True),
)
async def unsuspend_user(actor: Caller, db: Db, id: UserNumber) -> Nothing:
    """Lets them in again."""
    async with db.transaction(actor) as tx:
        await members.unsuspend(tx, id)
    return Nothing()


@router.put(
    PATH + "/{id}/suspend/recursive",
    summary="Suspend a user in every account of the family",
    response_model=Told,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.SUSPEND_USER_EVERYWHERE, contract=True),
)
async def suspend_user_everywhere(actor: Caller, db: Db, id: UserNumber) -> Told:
    """For the main account's token alone. An account whose last user or admin it is keeps them."""
    async with db.transaction(actor) as tx:
        needed = await members.suspend_everywhere(tx, id)
    return _finished("suspending", id, needed)


@router.put(
    PATH + "/{id}/unsuspend/recursive",
    summary="Unsuspend a user in every account of the family",
    response_model=Told,
    responses=problems(400, 401, 403, 404),
    openapi_extra=rule(Operation.UNSUSPEND_USER_EVERYWHERE, contract=True),
)
async def unsuspend_user_everywhere(actor: Caller, db: Db, id: UserNumber) -> Told:
    """For the main account's token alone."""
    async with db.transaction(actor) as tx:
        await members.unsuspend_everywhere(tx, id)
    return _finished("unsuspending", id, ())


def _finished(doing: str, user_id: int, needed: Sequence[AccountId]) -> Told:
    message = f"Finished {doing} user {user_id} from accounts."
    if needed:
        accounts = ", ".join(str(account_id) for account_id in needed)
        message += f" Skipped, since they need this user: {accounts}."
    return Told(message=message)
