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
from keyfob.db import Connection
from keyfob.errors import Forbidden, NotFound
from keyfob.scopes import (
    REVEAL,
    TOKENS_READ,
    TOKENS_VERIFY,
    TOKENS_WRITE,
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
    LIST_TOKENS = "tokens.list"
    GET_TOKEN = "tokens.get"  # noqa: S105 -- an operation, not a secret
    CREATE_TOKEN = "tokens.create"  # noqa: S105
    CREATE_SUB_ACCOUNT_TOKEN = "tokens.create-for-sub-account"  # noqa: S105
    UPDATE_TOKEN = "tokens.update"  # noqa: S105
    DELETE_TOKEN = "tokens.delete"  # noqa: S105
    REVEAL_TOKEN = "tokens.reveal"  # noqa: S105
    VERIFY_TOKEN = "tokens.verify"  # noqa: S105


# What an actor must hold. None: any good credential will do.
SCOPES: Final[Mapping[Operation, Scope | None]] = {
    Operation.WHO_AM_I: None,
    Operation.LIST_TOKENS: TOKENS_READ,
    Operation.GET_TOKEN: TOKENS_READ,
    Operation.CREATE_TOKEN: TOKENS_WRITE,
    Operation.CREATE_SUB_ACCOUNT_TOKEN: TOKENS_WRITE,
    Operation.UPDATE_TOKEN: TOKENS_WRITE,
    Operation.DELETE_TOKEN: TOKENS_WRITE,
    Operation.REVEAL_TOKEN: REVEAL,
    Operation.VERIFY_TOKEN: TOKENS_VERIFY,
}

# The account-configuration operations that need the main account's token (contract 1.3).
MAIN_ONLY: Final = frozenset({Operation.CREATE_SUB_ACCOUNT_TOKEN})


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


def unknown(account_id: AccountId) -> NotFound:
    """One answer for an account that is not there and for one of another family."""
    return NotFound(
        f"Account {account_id} does not exist.", code="accounts/NOT_FOUND", accountId=account_id
    )
