"""Look at a family: the accounts of the main account that asks, and nobody else's."""

from collections.abc import Mapping, Sequence

from keyfob import accounts, users
from keyfob.accounts import Account, AccountId, Operation
from keyfob.actors import Actor
from keyfob.db import Connection, Transaction
from keyfob.errors import Invalid, NotFound
from keyfob.families import store
from keyfob.families.model import Belongings, Family, Member, MetricsAccount
from keyfob.keys import Instance
from keyfob.scopes import TOKENS_READ, TOKENS_WRITE, covers
from keyfob.tokens import Token, shipping


async def family(conn: Connection, actor: Actor) -> Family:
    accounts.authorize(actor, Operation.READ_ACCOUNTS)
    return await store.family(conn, AccountId(actor.main_id))


def one(of: Family, account_id: int) -> Member:
    """Raise NotFound for an account that is not in the family: like for one that never was."""
    for member in of.members:
        if member.account.id == account_id:
            return member
    raise unknown(account_id)


async def account_tokens(
    conn: Connection, instance: Instance, actor: Actor, of: Sequence[Account]
) -> dict[int, str | None]:
    """
    The value of each account's default token to ship data; None for a caller who could not make
    such a token anyway, and where nothing is kept to be shown.
    """
    ids = [account.id for account in of]
    if not covers(actor.scopes, TOKENS_WRITE):
        return dict.fromkeys(ids)
    values = await shipping.account_tokens(conn, instance, ids)
    return {account_id: values.get(account_id) for account_id in ids}


async def default_tokens(
    conn: Connection, actor: Actor, of: Sequence[Account]
) -> Mapping[int, Token]:
    """The same tokens without their values; none for a caller who may not look at tokens."""
    if not covers(actor.scopes, TOKENS_READ):
        return {}
    return await shipping.defaults(conn, [account.id for account in of])


async def own(conn: Connection, actor: Actor) -> Member | MetricsAccount:
    """The actor's own account with its settings, whatever its type."""
    account = await accounts.require_reach(conn, actor, AccountId(actor.account_id))
    accounts.authorize(actor, Operation.LIST_ASSOCIATED)
    if member := await store.log_account(conn, account.id):
        return member
    for each in await store.metrics_accounts(conn, account.main_id):
        if each.account.id == account.id:
            return each
    raise unknown(account.id)


async def belongings(conn: Connection, actor: Actor, account_id: int) -> Belongings:
    """What goes when the account is closed. Raise NotFound for one that is not in the family."""
    accounts.authorize(actor, Operation.READ_ACCOUNTS)
    account = await accounts.require_reach(conn, actor, AccountId(account_id))
    return await store.belongings(conn, account.id)


async def responsible_id(tx: Transaction) -> int:
    """The id of the user who answers for what is done; 0 when that is the operator."""
    user = await users.by_email(tx.conn, tx.actor.responsible) if tx.actor.responsible else None
    return user.id if user else 0


async def refuse_strangers(
    tx: Transaction, main_id: AccountId, others: Sequence[AccountId], *, field: str
) -> None:
    """Raise Invalid for the first that is not of the family."""
    known = await store.existing(tx.conn, main_id, others)
    for other in others:
        if other not in known:
            raise Invalid(f"has an account that is not in your family: {other}", field=field)


def unknown(account_id: int) -> NotFound:
    return NotFound(
        f"Account {account_id} does not exist.",
        code="TimeBasedAccount/ACCOUNT_NOT_FOUND",
        accountId=account_id,
    )
