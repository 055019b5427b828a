"""The page behind Settings, Account, General: the account one works in, for all its members."""

from dataclasses import dataclass

from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from keyfob import accounts, families, scopes, tokens
from keyfob.accounts import Account, Operation, Plan
from keyfob.db import Connection
from keyfob.families import Family, Member, MetricsAccount
from keyfob.tokens import Secret, Token, TokenKind
from keyfob.web.rendering import render
from keyfob.web.routing import Page, SignedIn
from keyfob.web.visit import Visit

HERE = "/settings/account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The account in its family. `family` is None unless it is the main account itself."""

    main: Account
    plan: Plan
    own: Member | MetricsAccount
    family: Family | None

    @property
    def title(self) -> str:
        if isinstance(self.own, MetricsAccount):
            return "Metrics account"
        return "Sub account" if self.family is None else "Main account"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def reveal(visit: Visit) -> Response:
    """
    The default data shipping token once more, on record: on the page, or as plain text for a
    script that copies it.
    """
    async with visit.db.transaction(visit.actor) as tx:
        token = await _default_token(visit, tx.conn)
        assert token is not None  # an account always has one, and whoever may reveal may look
        _, value = await tokens.reveal(tx, visit.instance, token.id, TokenKind.SHIPPING)
    if visit.request.headers.get("accept") == "text/plain":
        return PlainTextResponse(value)
    return await _page(visit, value)


async def _page(visit: Visit, value: Secret | None = None) -> Response:
    async with visit.db.reader() as conn:
        standing = await _standing(visit, conn)
        token = await _default_token(visit, conn)
        admins = await accounts.helpers(conn, visit.here.account)
    return render(
        visit, "account/page.html", standing=standing, token=token, value=value, admins=admins,
    )  # fmt: skip


async def _standing(visit: Visit, conn: Connection) -> Standing:
    account = visit.here.account
    family = await families.family(conn, visit.actor) if account.is_main else None
    own = family.main if family else await families.own(conn, visit.actor)
    main = await accounts.by_id(conn, account.main_id)
    assert main is not None  # it goes last of its family
    plan = await accounts.plan(conn, main.id)
    return Standing(main=main, plan=plan, own=own, family=family)


async def _default_token(visit: Visit, conn: Connection) -> Token | None:
    """None for whoever may not look at tokens."""
    if not scopes.covers(visit.actor.scopes, scopes.TOKENS_READ):
        return None
    found = await families.default_tokens(conn, visit.actor, [visit.here.account])
    return found.get(visit.account_id)


routes: list[BaseRoute] = [
    Page(HERE, show, rule=SignedIn.SIGNED_IN),
    Page(HERE + "/reveal", reveal, rule=Operation.REVEAL_TOKEN, method="POST", drawn_on=HERE),
]
