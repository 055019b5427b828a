"""Look at requests: one's own, and those that wait for an admin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from keyfob import accounts
from keyfob.accounts import AccountId, Operation
from keyfob.actors import Actor, ActorKind
from keyfob.db import Connection
from keyfob.errors import NotFound
from keyfob.requests import store
from keyfob.requests.model import COLLECT_WITHIN, Request, RequestId

MOST_SHOWN: Final = 20  # of those that wait
MOST_OWN: Final = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest of them, and how many there are."""

    requests: Sequence[Request]
    total: int


async def mine(conn: Connection, actor: Actor) -> list[Request]:
    """What this person asked for in this account, the newest first."""
    accounts.authorize(actor, Operation.REQUEST_TOKEN)
    if actor.kind is not ActorKind.USER:
        return []
    return await store.of_user(conn, account_id=actor.account_id, user_id=actor.id, limit=MOST_OWN)


async def waiting(conn: Connection, actor: Actor) -> Waiting:
    """What an admin has to decide; a main account's admin decides for the accounts below, too."""
    accounts.authorize(actor, Operation.DECIDE_REQUEST)
    within = [account.id for account in await accounts.reached(conn, actor)]
    return Waiting(
        await store.open_ones(conn, account_ids=within, limit=MOST_SHOWN),
        await store.count_all_open(conn, account_ids=within),
    )


async def any_overdue(conn: Connection, actor: Actor, *, now: datetime) -> bool:
    """Whether `requests.lapse` would find something to do."""
    accounts.authorize(actor, Operation.REQUEST_TOKEN)
    within = [account.id for account in await accounts.reached(conn, actor)]
    return await store.any_overdue(conn, account_ids=within, decided_before=now - COLLECT_WITHIN)


async def get(conn: Connection, actor: Actor, request_id: RequestId) -> Request:
    """Raise NotFound unless it is the actor's to decide."""
    accounts.authorize(actor, Operation.DECIDE_REQUEST)
    request = await store.by_id(conn, request_id) if accounts.can_exist(request_id) else None
    if request is not None:
        if request.account_id == actor.account_id:
            return request
        account = await accounts.by_id(conn, AccountId(request.account_id))
        if actor.is_main and account is not None and account.main_id == actor.main_id:
            return request
    raise unknown(request_id)


def unknown(request_id: RequestId) -> NotFound:
    return NotFound(
        f"Request {request_id} does not exist.", code="requests/NOT_FOUND", id=request_id
    )
