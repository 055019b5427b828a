"""Look at an account's markers. Everybody who works in it may."""

from keyfob import accounts
from keyfob.accounts import Operation
from keyfob.actors import Actor
from keyfob.db import Connection
from keyfob.markers import store
from keyfob.markers.model import Marker


async def latest(conn: Connection, actor: Actor, *, limit: int) -> list[Marker]:
    """Of the actor's own account, the latest moment first; it may lie ahead."""
    accounts.authorize(actor, Operation.WHO_AM_I)
    return await store.latest(conn, actor.account_id, limit=limit)
