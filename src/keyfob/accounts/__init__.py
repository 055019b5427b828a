"""Who owns tokens: main accounts and their sub accounts, and who works in them as what."""

from keyfob.accounts.actions import (
    add_member,
    resume,
    suspend,
)
from keyfob.accounts.authority import (
    MAIN_ONLY,
    MOST_ID,
    SCOPES,
    Operation,
    authorize,
    can_exist,
    require_reach,
    unknown,
)
from keyfob.accounts.model import (
    Account,
    AccountId,
    AccountType,
    Admin,
    Plan,
    PlanModel,
    Role,
    Seat,
)
from keyfob.accounts.setup import (
    LINK_LIFETIME,
    make_setup_link,
    redeem_setup_link,
    require_empty,
    setup_link_is_good,
)
from keyfob.accounts.sign_in import SignedIn, sign_in
from keyfob.accounts.store import (
    admins,
    by_id,
    family,
    first_main,
    is_empty,
    lock,
    plan,
    seat,
    seats,
)

__all__ = [
    "LINK_LIFETIME",
    "MAIN_ONLY",
    "MOST_ID",
    "SCOPES",
    "Account",
    "AccountId",
    "AccountType",
    "Admin",
    "Operation",
    "Plan",
    "PlanModel",
    "Role",
    "Seat",
    "SignedIn",
    "add_member",
    "admins",
    "authorize",
    "by_id",
    "can_exist",
    "family",
    "first_main",
    "is_empty",
    "lock",
    "make_setup_link",
    "plan",
    "redeem_setup_link",
    "require_empty",
    "require_reach",
    "resume",
    "seat",
    "seats",
    "setup_link_is_good",
    "sign_in",
    "suspend",
    "unknown",
]
