"""Home, and what the shell can change: account and theme."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import accounts, markers, requests, scopes, tokens, users
from keyfob.accounts import AccountId
from keyfob.audit.listing import Wanted
from keyfob.db import Connection
from keyfob.edge import Open
from keyfob.errors import NotFound
from keyfob.tokens import Query
from keyfob.verification import attention
from keyfob.web import copying
from keyfob.web.rendering import THEME, THEMES, render
from keyfob.web.routing import Page, SignedIn
from keyfob.web.visit import Visit, local_path

A_YEAR = 365 * 24 * 60 * 60  # seconds
NEWEST: Final = 5  # tokens that are listed
MARKERS: Final = 6  # that are listed
FAILED: Final = "user.failed_sign_in"
FAILED_WITHIN: Final = timedelta(days=1)
NOTHING: Final[Mapping[str, Any]] = {"page": None, "waiting": None, "worries": [], "failures": None}


async def home(visit: Visit) -> Response:
    return await draw(visit)


async def draw(visit: Visit, *, status: int = 200, **more: Any) -> Response:
    """
    What to do first. Whoever may not see the tokens learns who can help, and asks them.

    `typed` and `wrong` are of a request that was refused; `collected` is a token that this
    answer shows, with its `lines`.
    """
    now = visit.db.now()
    await _let_lapse(visit)
    async with visit.db.reader() as conn:
        context: dict[str, Any] = {
            "admins": await accounts.helpers(conn, visit.here.account),
            "mine": await requests.mine(conn, visit.actor),
            "markers": await markers.latest(conn, visit.actor, limit=MARKERS),
            **(await _for_admins(visit, conn) if _sees_tokens(visit) else NOTHING),
        }
    common: dict[str, Any] = {"typed": {}, "wrong": {}, "collected": None, "lines": [], "now": now}
    whole = common | context | more
    return render(visit, "home/page.html", status=status, variable=copying.variable(visit), **whole)


async def _for_admins(visit: Visit, conn: Connection) -> dict[str, Any]:
    actor, now = visit.actor, visit.db.now()
    lately = Wanted(action=FAILED, since=now - FAILED_WITHIN)
    return {
        "page": await tokens.page(
            conn, actor, Query(limit=NEWEST), account_id=visit.account_id, now=now
        ),
        "waiting": await requests.waiting(conn, actor),
        "worries": await attention.of_account(conn, actor, now=now),
        "failures": await accounts.trail_repeated(conn, actor, lately, limit=attention.LISTED),
    }


async def _let_lapse(visit: Visit) -> None:
    """What was not collected in time goes when somebody looks."""
    async with visit.db.reader() as conn:
        late = await requests.any_overdue(conn, visit.actor, now=visit.db.now())
    if late:
        async with visit.db.transaction(visit.actor) as tx:
            await requests.lapse(tx)


def _sees_tokens(visit: Visit) -> bool:
    """Admins do; and then they may make them, read the trail and decide on requests."""
    return scopes.covers(visit.actor.scopes, scopes.TOKENS_READ)


async def enter_account(visit: Visit) -> Response:
    """Work in another account. One that is not theirs is answered like one that is not there."""
    wanted = visit.form.get("to", "")
    there = [seat for seat in visit.seats if str(seat.account.id) == wanted]
    if not there or visit.session is None:
        raise NotFound(
            "You are in no such account. It may have been deleted, or you were taken off it.",
            code="accounts/NOT_FOUND",
        )
    account_id = AccountId(there[0].account.id)
    async with visit.db.transaction(there[0].actor(visit.origin)) as tx:
        await users.enter(tx, visit.session, account_id=account_id)
    return visit.go(local_path(visit.form.get("back", "/")), notice="entered")


async def choose_theme(visit: Visit) -> Response:
    """Kept in this browser, for whoever uses it."""
    theme = visit.form.get("theme", "")
    response = visit.go(local_path(visit.form.get("back", "/")))
    if theme in THEMES:
        response.set_cookie(
            THEME, theme, max_age=A_YEAR, httponly=True, samesite="strict",
            secure=visit.config.is_https,
        )  # fmt: skip
    return response


routes: list[BaseRoute] = [
    Page("/", home, rule=SignedIn.SIGNED_IN),
    Page(
        "/account",
        enter_account,
        rule=SignedIn.SIGNED_IN,
        method="POST",
        any_account=True,
    ),
    Page("/theme", choose_theme, rule=Open.OPEN, method="POST"),
]
