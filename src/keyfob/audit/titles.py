"""What the trail's action words are called in the account API: a code, and a title for people."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Event(NamedTuple):
    code: str
    title: str


# Titles that clients know from elsewhere are theirs (contract 10), the others are like them.
EVENTS: Final[Mapping[str, Event]] = {
    "account.created": Event("CREATE_SUB_ACCOUNT", "Admin created a sub account"),
    "account.updated": Event("UPDATE_SUB_ACCOUNT", "Admin updated a sub account"),
    "account.deleted": Event("DELETE_SUB_ACCOUNT", "Admin deleted a sub account"),
    "account.suspended": Event("SUSPEND_SUB_ACCOUNT", "Suspended a sub account"),
    "account.resumed": Event("RESUME_SUB_ACCOUNT", "Resumed a sub account"),
    "main_account.created": Event("CREATE_MAIN_ACCOUNT", "Created the main account"),
    "main_account.updated": Event("UPDATE_MAIN_ACCOUNT", "Admin updated the main account"),
    "main_account.suspended": Event("SUSPEND_MAIN_ACCOUNT", "Suspended the main account"),
    "main_account.resumed": Event("RESUME_MAIN_ACCOUNT", "Resumed the main account"),
    "access.changed": Event("CHANGE_ACCESS", "Changed who may enter the account"),
    "plan.changed": Event("CHANGE_PLAN", "Changed the plan"),
    "user.created": Event("CREATE_USER", "Created user"),
    "user.added": Event("ADD_USER", "Added user"),
    "user.invited": Event("INVITE_USER", "Invited user"),
    "user.invitation_used": Event("USE_INVITATION", "Accepted invitation"),
    "user.role_changed": Event("UPDATE_USER_ROLE", "Updated user role"),
    "user.updated": Event("UPDATE_USER", "Updated user"),
    "user.removed": Event("DELETE_USER", "Deleted user"),
    "user.suspended": Event("SUSPEND_USER", "Suspended user"),
    "user.unsuspended": Event("UNSUSPEND_USER", "Unsuspended user"),
    "user.signed_in": Event("LOGIN", "Login"),
    "user.failed_sign_in": Event("FAILED_LOGIN", "Failed login"),
    "user.signed_out": Event("LOGOUT", "Logout"),
    "user.entered_account": Event("ENTER_ACCOUNT", "Entered account"),
    "user.lost_password": Event("FORGET_PASSWORD", "Took a password away"),
    "user.changed_password": Event("CHANGE_PASSWORD", "Changed password"),
    "groups.replaced": Event("REPLACE_GROUPS", "Replaced authentication groups"),
    "token.created": Event("CREATE_TOKEN", "User created a token"),
    "token.updated": Event("UPDATE_TOKEN", "User updated a token"),
    "token.revoked": Event("DELETE_TOKEN", "User deleted a token"),
    "token.revealed": Event("REVEAL_TOKEN", "User revealed a token"),
    "filter.created": Event("CREATE_TOKEN_FILTER", "User created a token filter"),
    "filter.deleted": Event("DELETE_TOKEN_FILTER", "User deleted a token filter"),
    "marker.created": Event("CREATE_MARKERS", "User created markers"),
    "request.made": Event("REQUEST_TOKEN", "User requested a token"),
    "request.approved": Event("APPROVE_TOKEN_REQUEST", "Admin approved a request for a token"),
    "request.declined": Event("DECLINE_TOKEN_REQUEST", "Admin declined a request for a token"),
    "request.withdrawn": Event("WITHDRAW_TOKEN_REQUEST", "User withdrew a request for a token"),
    "request.collected": Event("COLLECT_TOKEN", "User collected a requested token"),
    "request.lapsed": Event("LAPSE_TOKEN_REQUEST", "A requested token was not collected in time"),
    "audit.exported": Event("EXPORT_AUDIT_TRAIL", "Exported the audit trail"),
    "setup.link_made": Event("MAKE_SETUP_LINK", "Made a setup link"),
    "setup.link_used": Event("USE_SETUP_LINK", "Used a setup link"),
    "instance.created": Event("CREATE_INSTALLATION", "Created the installation"),
    "instance.rebranded": Event("REBRAND_INSTALLATION", "Changed how tokens begin"),
}


def event(action: str) -> Event:
    """A word that nobody records any more is still in old entries: it stands for itself."""
    return EVENTS.get(action) or Event(action.upper().replace(".", "_"), action)


def actions_called(text: str) -> frozenset[str]:
    """The action of this code or of this title; none, when nothing is called like it."""
    return frozenset(action for action, event in EVENTS.items() if text in event)
