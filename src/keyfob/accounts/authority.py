"""
May this actor do this, and to this account? The one guard, used by every door and every action.

A token speaks for its own account only. Two things run the other way: an operation in
`MAIN_ONLY` is open to the main account alone, and a main account reaches its sub accounts.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from keyfob.accounts import store
from keyfob.accounts.model import Account, AccountId
from keyfob.actors import Actor, ActorKind
from keyfob.db import Connection, gone
from keyfob.errors import Forbidden, NotFound
from keyfob.scopes import (
    ACCOUNT_READ,
    ACCOUNT_WRITE,
    AUDIT_READ,
    REVEAL,
    TOKENS_READ,
    TOKENS_VERIFY,
    TOKENS_WRITE,
    USERS_READ,
    USERS_WRITE,
    Scope,
    covers,
)

MOST_ID: Final = 2**31 - 1  # ids fit int32 (contract 1.10): a larger one names nothing


def can_exist(number: int) -> bool:
    """Whether an id can name anything. One that cannot never reaches the database."""
    return 0 < number <= MOST_ID


class Operation(StrEnum):
    """Everything that can be asked of Keyfob by somebody who has said who they are."""

    WHO_AM_I = "account.who-am-i"
    LIST_ASSOCIATED = "accounts.list-associated"
    READ_ACCOUNTS = "accounts.read"
    CREATE_ACCOUNT = "accounts.create"
    UPDATE_ACCOUNT = "accounts.update"
    DELETE_ACCOUNT = "accounts.delete"
    SET_RETENTION = "accounts.set-retention"
    READ_METRICS_ACCOUNTS = "metrics-accounts.read"
    CREATE_METRICS_ACCOUNT = "metrics-accounts.create"
    UPDATE_METRICS_ACCOUNT = "metrics-accounts.update"
    DELETE_METRICS_ACCOUNT = "metrics-accounts.delete"
    READ_USERS = "users.read"
    CREATE_USER = "users.create"
    UPDATE_USER = "users.update"
    DELETE_USER = "users.delete"
    SUSPEND_USER = "users.suspend"
    UNSUSPEND_USER = "users.unsuspend"
    READ_ALL_USERS = "users.read-recursively"
    DELETE_USER_EVERYWHERE = "users.delete-recursively"
    SUSPEND_USER_EVERYWHERE = "users.suspend-recursively"
    UNSUSPEND_USER_EVERYWHERE = "users.unsuspend-recursively"
    READ_GROUPS = "groups.read"
    REPLACE_GROUPS = "groups.replace"
    LIST_TOKENS = "tokens.list"
    GET_TOKEN = "tokens.get"
    CREATE_TOKEN = "tokens.create"
    CREATE_SUB_ACCOUNT_TOKEN = "tokens.create-for-sub-account"
    UPDATE_TOKEN = "tokens.update"
    DELETE_TOKEN = "tokens.delete"
    REVEAL_TOKEN = "tokens.reveal"
    READ_TOKEN_USAGE = "tokens.read-usage"
    READ_USAGE = "usage.read"
    VERIFY_TOKEN = "tokens.verify"
    READ_SHIPPING_TOKENS = "shipping-tokens.read"
    CREATE_SHIPPING_TOKEN = "shipping-tokens.create"
    UPDATE_SHIPPING_TOKEN = "shipping-tokens.update"
    DELETE_SHIPPING_TOKEN = "shipping-tokens.delete"
    READ_SHARED_TOKENS = "shared-tokens.read"
    CREATE_SHARED_TOKEN = "shared-tokens.create"
    UPDATE_SHARED_TOKEN = "shared-tokens.update"
    DELETE_SHARED_TOKEN = "shared-tokens.delete"
    READ_TOKEN_FILTERS = "token-filters.read"
    CREATE_TOKEN_FILTER = "token-filters.create"
    DELETE_TOKEN_FILTER = "token-filters.delete"
    READ_AUDIT_TRAIL = "audit.read"
    CREATE_MARKERS = "markers.create"
    REQUEST_TOKEN = "requests.make"
    DECIDE_REQUEST = "requests.decide"


# What an actor must hold. None: any good credential will do.
SCOPES: Final[Mapping[Operation, Scope | None]] = {
    Operation.WHO_AM_I: None,
    Operation.LIST_ASSOCIATED: ACCOUNT_READ,
    Operation.READ_ACCOUNTS: ACCOUNT_READ,
    Operation.CREATE_ACCOUNT: ACCOUNT_WRITE,
    Operation.UPDATE_ACCOUNT: ACCOUNT_WRITE,
    Operation.DELETE_ACCOUNT: ACCOUNT_WRITE,
    Operation.SET_RETENTION: ACCOUNT_WRITE,
    Operation.READ_METRICS_ACCOUNTS: ACCOUNT_READ,
    Operation.CREATE_METRICS_ACCOUNT: ACCOUNT_WRITE,
    Operation.UPDATE_METRICS_ACCOUNT: ACCOUNT_WRITE,
    Operation.DELETE_METRICS_ACCOUNT: ACCOUNT_WRITE,
    Operation.READ_USERS: USERS_READ,
    Operation.CREATE_USER: USERS_WRITE,
    Operation.UPDATE_USER: USERS_WRITE,
    Operation.DELETE_USER: USERS_WRITE,
    Operation.SUSPEND_USER: USERS_WRITE,
    Operation.UNSUSPEND_USER: USERS_WRITE,
    Operation.READ_ALL_USERS: USERS_READ,
    Operation.DELETE_USER_EVERYWHERE: USERS_WRITE,
    Operation.SUSPEND_USER_EVERYWHERE: USERS_WRITE,
    Operation.UNSUSPEND_USER_EVERYWHERE: USERS_WRITE,
    Operation.READ_GROUPS: USERS_READ,
    Operation.REPLACE_GROUPS: USERS_WRITE,
    Operation.LIST_TOKENS: TOKENS_READ,
    Operation.GET_TOKEN: TOKENS_READ,
    Operation.CREATE_TOKEN: TOKENS_WRITE,
    Operation.CREATE_SUB_ACCOUNT_TOKEN: TOKENS_WRITE,
    Operation.UPDATE_TOKEN: TOKENS_WRITE,
    Operation.DELETE_TOKEN: TOKENS_WRITE,
    Operation.REVEAL_TOKEN: REVEAL,
    Operation.READ_TOKEN_USAGE: TOKENS_READ,
    Operation.READ_USAGE: TOKENS_READ,
    Operation.VERIFY_TOKEN: TOKENS_VERIFY,
    Operation.READ_SHIPPING_TOKENS: TOKENS_READ,
    Operation.CREATE_SHIPPING_TOKEN: TOKENS_WRITE,
    Operation.UPDATE_SHIPPING_TOKEN: TOKENS_WRITE,
    Operation.DELETE_SHIPPING_TOKEN: TOKENS_WRITE,
    Operation.READ_SHARED_TOKENS: TOKENS_READ,
    Operation.CREATE_SHARED_TOKEN: TOKENS_WRITE,
    Operation.UPDATE_SHARED_TOKEN: TOKENS_WRITE,
    Operation.DELETE_SHARED_TOKEN: TOKENS_WRITE,
    Operation.READ_TOKEN_FILTERS: TOKENS_READ,
    Operation.CREATE_TOKEN_FILTER: TOKENS_WRITE,
    Operation.DELETE_TOKEN_FILTER: TOKENS_WRITE,
    Operation.READ_AUDIT_TRAIL: AUDIT_READ,
    Operation.CREATE_MARKERS: ACCOUNT_WRITE,
    Operation.REQUEST_TOKEN: ACCOUNT_READ,
    Operation.DECIDE_REQUEST: TOKENS_WRITE,
}

# The account-configuration operations that need the main account's token (contract 1.3).
MAIN_ONLY: Final = frozenset(
    {
        Operation.READ_ACCOUNTS,
        Operation.CREATE_ACCOUNT,
        Operation.UPDATE_ACCOUNT,
        Operation.DELETE_ACCOUNT,
        Operation.SET_RETENTION,
        Operation.READ_METRICS_ACCOUNTS,
        Operation.CREATE_METRICS_ACCOUNT,
        Operation.UPDATE_METRICS_ACCOUNT,
        Operation.DELETE_METRICS_ACCOUNT,
        Operation.READ_ALL_USERS,
        Operation.DELETE_USER_EVERYWHERE,
        Operation.SUSPEND_USER_EVERYWHERE,
        Operation.UNSUSPEND_USER_EVERYWHERE,
        Operation.CREATE_SUB_ACCOUNT_TOKEN,
    }
)


def authorize(actor: Actor, operation: Operation) -> None:
    """Raise Forbidden, saying why. Looks at nothing but the actor, so it reveals nothing."""
    if actor.kind is ActorKind.OPERATOR:
        return
    if operation in MAIN_ONLY and not actor.is_main:
        raise Forbidden(
            "This operation needs the main account's token; "
            f"this one speaks for account {actor.account_id}, a sub account.",
            code="auth/MAIN_ACCOUNT_ONLY",
        )
    scope = SCOPES[operation]
    if scope is not None and not covers(actor.scopes, scope):
        raise Forbidden(
            f"This needs the scope {scope}, which you do not hold.",
            code="auth/INSUFFICIENT_SCOPE",
            scope=scope,
        )


async def require_reach(conn: Connection, actor: Actor, account_id: AccountId) -> Account:
    """
    Return the account if the actor may act on it: its own, or one below its main account.

    Raise Forbidden when a sub account names any other, NotFound when a main account names one
    that is not in its family: neither tells whether it exists.
    """
    if (
        actor.kind is not ActorKind.OPERATOR
        and account_id != actor.account_id
        and not actor.is_main
    ):
        raise Forbidden(f"You act for account {actor.account_id} only.", code="auth/OTHER_ACCOUNT")
    account = await store.by_id(conn, account_id) if can_exist(account_id) else None
    if account is None or (
        actor.kind is not ActorKind.OPERATOR and account.main_id != actor.main_id
    ):
        raise unknown(account_id)
    return account


async def reached(conn: Connection, actor: Actor) -> list[Account]:
    """Its own account; for a main account, those below it too, in the order they were made."""
    authorize(actor, Operation.LIST_ASSOCIATED)
    if actor.is_main:
        return await store.family(conn, AccountId(actor.main_id))
    return [await require_reach(conn, actor, AccountId(actor.account_id))]


def unknown(account_id: AccountId) -> NotFound:
    """One answer for an account that is not there and for one of another family."""
    return gone(account_id)
