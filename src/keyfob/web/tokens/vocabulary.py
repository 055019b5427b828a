"""The scopes that a form offers: those that tokens of the account have, and Keyfob's own."""

from collections.abc import Iterable, Sequence
from typing import Final

from keyfob import scopes, tokens
from keyfob.db import Connection
from keyfob.scopes import Scope
from keyfob.tokens import Query, Token
from keyfob.web.visit import Visit

MOST: Final = 12  # of the account's own words


def of(looked_at: Iterable[Token]) -> Sequence[Scope]:
    """An account's own words first: they come again."""
    used = dict.fromkeys(scope for token in looked_at for scope in token.scopes)
    known = {*scopes.OWN, scopes.EVERYTHING}
    return [*[scope for scope in used if scope not in known][:MOST], *scopes.OWN]


async def of_newest(visit: Visit, conn: Connection) -> Sequence[Scope]:
    """What the newest tokens of the account have."""
    newest = await tokens.page(
        conn, visit.actor, Query(), account_id=visit.account_id, now=visit.db.now()
    )
    return of(newest.items)
