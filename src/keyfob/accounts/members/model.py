"""A user in one account, and the rule that an account keeps somebody who can run it."""

from collections.abc import Iterable
from dataclasses import dataclass

from keyfob.accounts.model import AccountId, Role
from keyfob.actors import Actor, ActorKind
from keyfob.errors import Invalid, NotFound
from keyfob.users import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """
    `active` is False while the user is suspended in this account. Who has no password yet was
    invited, and has not come.
    """

    user_id: UserId
    email: str
    full_name: str
    account_id: AccountId
    role: Role
    active: bool
    has_password: bool = True

    @property
    def subject(self) -> str:
        """How the audit trail names it."""
        return f"user:{self.user_id}"

    @property
    def runs_it(self) -> bool:
        return self.active and self.role is Role.ADMIN


def why_needed(member: Membership, everybody: Iterable[Membership], *, by: Actor) -> str:
    """
    Why the account cannot be without this member; empty when it can.

    It keeps one active user at the least, and one active admin if it has any. A person leaves it
    one who can sign in, too, for a link that was sent may be lost or lapse; a program, whose users
    have no password when it makes them, is held to the contract alone (5).
    """
    others = [each for each in everybody if each.user_id != member.user_id]
    running = [each for each in others if each.runs_it]
    if member.runs_it and not running:
        return "the last admin"
    only_links = not any(each.has_password for each in running)
    if by.kind is ActorKind.USER and member.runs_it and member.has_password and only_links:
        return "the last admin with a password"
    if member.active and not any(each.active for each in others):
        return "the last user"
    return ""


def refuse_needed(
    member: Membership, everybody: Iterable[Membership], *, by: Actor, field: str
) -> None:
    if reason := why_needed(member, everybody, by=by):
        raise Invalid(
            f"User {member.user_id} is {reason} of account {member.account_id}, which needs one.",
            field=field,
            code="user-management/LAST_ONE",
        )


def unknown(user_id: int) -> NotFound:
    """One answer for a user that is not there and for one of another family."""
    return NotFound(
        f"User {user_id} does not exist.", code="user-management/USER_NOT_FOUND", id=user_id
    )
