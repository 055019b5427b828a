"""People who sign in: who they are, how they prove it, and for how long that holds."""

from keyfob.users.actions import create, rename, set_password
from keyfob.users.attempts import Attempts
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
    enter,
    resume,
    start,
    touch,
)
from keyfob.users.store import by_email, by_id, password_hash

__all__ = [
    "ABSOLUTE",
    "IDLE",
    "SEEN_EVERY",
    "Attempts",
    "NewPassword",
    "Session",
    "SessionId",
    "User",
    "UserId",
    "already_exists",
    "by_email",
    "by_id",
    "check_password",
    "create",
    "email_address",
    "end",
    "end_all",
    "end_all_in",
    "enter",
    "full_name",
    "is_email_address",
    "new_password",
    "password_hash",
    "rename",
    "resume",
    "set_password",
    "start",
    "touch",
    "verify_password",
]
