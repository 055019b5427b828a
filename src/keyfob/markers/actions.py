"""Set markers. Each action writes one audit entry."""

from collections.abc import Sequence

from keyfob import accounts, audit
from keyfob.accounts import Operation
from keyfob.db import Transaction
from keyfob.errors import Invalid
from keyfob.markers import store
from keyfob.markers.model import MOST, Draft, MarkerId


async def create(tx: Transaction, drafts: Sequence[Draft]) -> list[MarkerId]:
    """In the actor's own account, all or none. Raise Invalid for none, or more than `MOST`."""
    accounts.authorize(tx.actor, Operation.CREATE_MARKERS)
    if not 1 <= len(drafts) <= MOST:
        raise Invalid(f"must be 1 to {MOST} markers", field="markers")
    new = [draft.checked(tx.now, within=f"markers.{number}") for number, draft in enumerate(drafts)]
    ids = await store.add(tx, tx.actor.account_id, new)
    await audit.record(
        tx, "marker.created", f"marker:{ids[0]}", account_id=tx.actor.account_id,
        name=new[0].title, changes={"markers": (None, len(new))},
    )  # fmt: skip
    return ids
