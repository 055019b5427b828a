"""Tokens by name or by hint, of every kind and state: a deleted one is found, too."""

from typing import Final

from keyfob import scopes, tokens
from keyfob.db import Connection
from keyfob.tokens import Query, Token, TokenState
from keyfob.web.tokens.tab import TABS, Tab
from keyfob.web.visit import Visit

MOST: Final = 6


async def matching(
    visit: Visit, conn: Connection, q: str, *, exact: bool = False
) -> list[tuple[Tab, Token]]:
    """At most MOST; none for who may not read tokens, and for what cannot be in a name."""
    if not q or not q.isprintable() or not scopes.covers(visit.actor.scopes, scopes.TOKENS_READ):
        return []
    found: list[tuple[Tab, Token]] = []
    for tab in TABS:
        query = Query(search=q, exact=exact, states=frozenset(TokenState), limit=MOST)
        page = await tokens.page(
            conn, visit.actor, query, account_id=visit.account_id, now=visit.db.now(), kind=tab.kind
        )
        found += [(tab, token) for token in page.items]
    return found[:MOST]
