"""People who sign in: who they are, how they prove it, and for how long that holds."""

from keyfob.users.actions import create, rename, set_password
from keyfob.users.attempts import Attempts
from keyfob.users.invitation import INVITATION_LIFETIME, Invitation, accept, invite, invited, spent
from keyfob.users.model import (
    ABSOLUTE,
    IDLE,
    Session,
    User,
    UserId,
    already_exists,
    email_address,
    full_name,
    is_email_address,
)
from keyfob.users.password import NewPassword, check_password, new_password, verify_password
from keyfob.users.session import (
    SEEN_EVERY,
    SessionId,
    end,
    end_all,
    end_all_in,
    end_other,
    enter,
    living,
    resume,
    start,
    touch,
)
from keyfob.users.store import by_email, by_id, password_hash

__all__ = [
    "ABSOLUTE",
    "IDLE",
    "INVITATION_LIFETIME",
    "SEEN_EVERY",
    "Attempts",
    "Invitation",
    "NewPassword",
    "Session",
    "SessionId",
    "User",
    "UserId",
    "accept",
    "already_exists",
    "by_email",
    "by_id",
    "check_password",
    "create",
    "email_address",
    "end",
    "end_all",
    "end_all_in",
    "end_other",
    "enter",
    "full_name",
    "invite",
    "invited",
    "is_email_address",
    "living",
    "new_password",
    "password_hash",
    "rename",
    "resume",
    "set_password",
    "spent",
    "start",
    "touch",
    "verify_password",
]
