"""Tokens by name or by hint, of every kind and state: a deleted one is found, too."""

from typing import Final

from keyfob import scopes, tokens
from keyfob.db import Connection
from keyfob.tokens import Query, Token, TokenState
from keyfob.web.tokens.tab import TABS, Tab
from keyfob.web.visit import Visit

MOST: Final = 6
DELETED: Final = frozenset({TokenState.REVOKED})


async def matching(
    visit: Visit, conn: Connection, q: str, *, exact: bool = False
) -> list[tuple[Tab, Token]]:
    """
    At most MOST, living ones first; none for who may not read tokens, and for what cannot be in a
    name.
    """
    if not q or not q.isprintable() or not scopes.covers(visit.actor.scopes, scopes.TOKENS_READ):
        return []
    found: list[tuple[Tab, Token]] = []
    for states in (frozenset(TokenState) - DELETED, DELETED):
        query = Query(search=q, exact=exact, states=states, limit=MOST)
        for tab in TABS:
            page = await tokens.page(
                conn, visit.actor, query, account_id=visit.account_id, now=visit.db.now(),
                kind=tab.kind,
            )  # fmt: skip
            found += [(tab, token) for token in page.items]
        if len(found) >= MOST:
            break
    return found[:MOST]
