"""Whether another data-shipping token may be enabled, and whether one may go."""

from keyfob.accounts import Account
from keyfob.db import Transaction
from keyfob.errors import Conflict
from keyfob.tokens.model import Token
from keyfob.tokens.shipping.show import limits_of


async def require_switchable(
    tx: Transaction, account: Account, token: Token, *, enabled: bool | None
) -> None:
    """Raise Conflict when it cannot be enabled or disabled, under the lock that the caller has."""
    if enabled is not None and enabled != token.enabled:
        await (require_room if enabled else require_another)(tx, account)


async def require_room(tx: Transaction, account: Account) -> None:
    limits = await limits_of(tx.conn, account)
    if limits.is_full:
        raise Conflict(
            f"The account has {limits.enabled} enabled log shipping tokens; "
            f"at most {limits.most} are allowed. Disable or delete one first.",
            code="log-shipping/TOO_MANY_ENABLED",
            field="enabled",
            most=limits.most,
        )


async def require_another(tx: Transaction, account: Account) -> None:
    limits = await limits_of(tx.conn, account)
    if limits.is_last:
        raise Conflict(
            "This is the account's last enabled log shipping token; one has to stay enabled.",
            code="log-shipping/LAST_ENABLED",
            field="enabled",
        )
