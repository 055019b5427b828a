"""Find by name: pages, accounts, people, tokens. A page, and a palette over all others."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import accounts, scopes, tokens
from keyfob.db import Connection
from keyfob.web.rendering import render
from keyfob.web.routing import Page, SignedIn
from keyfob.web.tokens.finding import MOST, matching
from keyfob.web.tokens.tab import TABS
from keyfob.web.tokens.view import STATES
from keyfob.web.tree import tree
from keyfob.web.visit import Visit
from keyfob.wording import LONGEST_NAME, same


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """`enters` is the account to work in; else `address` is where it is."""

    name: str
    note: str
    icon: str
    address: str = ""
    enters: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    hits: Sequence[Hit]


async def show(visit: Visit) -> Response:
    """What matches `q`, of what the visitor may see; without it, the pages."""
    q = tokens.searchable(visit.query.get("q", ""))[: 2 * LONGEST_NAME].strip()
    if q != visit.query.get("q", "").strip():
        return visit.go("/search")
    async with visit.db.reader() as conn:
        groups = [
            Group("Pages", [*_pages(visit, same(q))]),
            Group("Accounts", [*_accounts(visit, same(q))] if q else []),
            Group("People", await _people(visit, conn, same(q)) if q else []),
            Group("Tokens", await _tokens(visit, conn, q)),
        ]
    return render(visit, "search/page.html", q=q, groups=[each for each in groups if each.hits])


def _pages(visit: Visit, key: str) -> Generator[Hit]:
    every = [
        Hit(name="Home", note="What needs attention", icon="house", address="/"),
        *(
            Hit(name=entry.name, note=entry.text, icon=entry.icon, address=entry.address)
            for section in tree(visit)
            for entry in section.entries
        ),
        *(Hit(name=t.name, note="Manage tokens", icon="key-round", address=t.path) for t in TABS),
        Hit(name="API docs", note="Every operation", icon="book-open", address="/docs"),
    ]
    return (hit for hit in every if key in same(hit.name))


def _accounts(visit: Visit, key: str) -> Sequence[Hit]:
    found = [
        Hit(
            name=seat.account.name,
            note=f"{seat.role.title} · {seat.account.id}",
            icon="building-2" if seat.account.is_main else "layers",
            enters=seat.account.id,
        )
        for seat in visit.seats
        if key in same(seat.account.name) or key == str(seat.account.id)
    ]
    return found[:MOST]


async def _people(visit: Visit, conn: Connection, key: str) -> Sequence[Hit]:
    if not scopes.covers(visit.actor.scopes, scopes.USERS_READ):
        return []
    members = await accounts.members.of_account(conn, visit.actor)
    found = [
        Hit(
            name=member.full_name,
            note=f"{member.email} · {member.role.title}",
            icon="user",
            address="/settings/manage-users",
        )
        for member in members
        if key in same(member.full_name) or key in member.email
    ]
    return found[:MOST]


async def _tokens(visit: Visit, conn: Connection, q: str) -> Sequence[Hit]:
    now = visit.db.now()
    return [
        Hit(
            name=token.name,
            note=f"{tab.title} · {token.hint} · {STATES[token.state(now)]}",
            icon="key-round",
            address=f"{tab.path}/{token.id}",
        )
        for tab, token in await matching(visit, conn, q)
    ]


async def keys(visit: Visit) -> Response:
    return render(visit, "search/keys.html")


routes: list[BaseRoute] = [
    Page("/search", show, rule=SignedIn.SIGNED_IN),
    Page("/keys", keys, rule=SignedIn.SIGNED_IN),
]
