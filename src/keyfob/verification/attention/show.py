"""Look at what needs attention. Whoever may list the account's tokens may."""

from datetime import datetime

from keyfob import accounts
from keyfob.accounts import AccountId, Operation
from keyfob.actors import Actor
from keyfob.db import Connection
from keyfob.verification.attention import store
from keyfob.verification.attention.model import (
    ENDS_WITHIN,
    IDLE_AFTER,
    LISTED,
    MOST,
    NEW_FOR,
    TRIED_WITHIN,
    Concern,
    Found,
    Worry,
)


async def of_account(conn: Connection, actor: Actor, *, now: datetime) -> list[Worry]:
    """Of the actor's own account; without what there is nothing of."""
    accounts.authorize(actor, Operation.LIST_TOKENS)
    account_id = AccountId(actor.account_id)
    lately = now - TRIED_WITHIN
    by_concern: dict[Concern, list[Found]] = {
        Concern.EXPIRED_TRIED: await store.expired_tried(conn, account_id, since=lately, now=now),
        Concern.EXPIRING: await store.expiring(conn, account_id, until=now + ENDS_WITHIN, now=now),
        Concern.DISABLED_TRIED: await store.disabled_tried(conn, account_id, since=lately, now=now),
        Concern.NEVER_USED: await store.never_used(
            conn, account_id, made_before=now - NEW_FOR, now=now
        ),
        Concern.UNUSED: await store.unused(conn, account_id, used_before=now - IDLE_AFTER, now=now),
    }
    return [
        Worry(
            concern=concern,
            tokens=found[:LISTED],
            total=min(len(found), MOST),
            is_more=len(found) > MOST,
        )
        for concern, found in by_concern.items()
        if found
    ]
