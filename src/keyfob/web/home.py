"""Home, and what the shell can change: account and theme."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import accounts, scopes, tokens, users
from keyfob.accounts import AccountId
from keyfob.edge import Open
from keyfob.errors import NotFound
from keyfob.tokens import Query
from keyfob.web.rendering import THEME, THEMES, render
from keyfob.web.routing import Page, SignedIn
from keyfob.web.visit import Visit, local_path

A_YEAR = 365 * 24 * 60 * 60  # seconds


async def home(visit: Visit) -> Response:
    """What to do first. Whoever may not see the tokens learns who can."""
    sees_tokens = scopes.covers(visit.actor.scopes, scopes.TOKENS_READ)
    async with visit.db.reader() as conn:
        admins = await accounts.admins(conn, visit.here.account)
        page = None
        if sees_tokens:
            page = await tokens.page(
                conn, visit.actor, Query(limit=5), account_id=visit.account_id, now=visit.db.now()
            )
    return render(visit, "home.html", admins=admins, page=page, now=visit.db.now())


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
