"""The question before an account is removed: its name has to be typed, and what goes is told."""

import unicodedata
from typing import Final

from starlette.responses import Response

from keyfob import families
from keyfob.accounts import Account
from keyfob.errors import Invalid
from keyfob.tokens import TokenKind
from keyfob.web.accounts.listing import HERE
from keyfob.web.accounts.picture import gb
from keyfob.web.accounts.subs import account_id
from keyfob.web.rendering import render
from keyfob.web.visit import Visit

NOUNS: Final = {
    TokenKind.API: "API token",
    TokenKind.SHARED: "shared token",
    TokenKind.SHIPPING: "data shipping token",
}


async def ask(visit: Visit) -> Response:
    account, back = await _sub(visit)
    return await _question(visit, account, f"{HERE}/{account.id}/delete", back)


async def remove(visit: Visit) -> Response:
    account, back = await _sub(visit)
    if not _is_confirmed(visit, account):
        return await _question(visit, account, f"{HERE}/{account.id}/delete", back, refused=True)
    async with visit.db.transaction(visit.actor) as tx:
        await families.close(tx, account.id)
    return visit.go(HERE, notice="account-removed")


async def ask_metrics(visit: Visit) -> Response:
    account = await _metrics(visit)
    return await _question(visit, account, f"{HERE}/metrics/{account.id}/delete", "")


async def remove_metrics(visit: Visit) -> Response:
    account = await _metrics(visit)
    if not _is_confirmed(visit, account):
        action = f"{HERE}/metrics/{account.id}/delete"
        return await _question(visit, account, action, "", refused=True)
    async with visit.db.transaction(visit.actor) as tx:
        await families.metrics.close(tx, account.id)
    return visit.go(HERE, notice="account-removed")


async def _sub(visit: Visit) -> tuple[Account, str]:
    """The account, and where its volume goes. Raise Invalid for the main account."""
    async with visit.db.reader() as conn:
        family = await families.family(conn, visit.actor)
    member = families.one(family, account_id(visit))
    if member is family.main:
        raise Invalid("The main account cannot be deleted.", field="id")
    volume = family.own_gb(member)
    if not volume:
        return member.account, "It has none of its own"
    if family.is_fixed:
        return member.account, f"{gb(volume)} a day go back to {family.main.account.name}"
    goes = "are shared by all then" if family.plan.flexible else "can be given out again"
    return member.account, f"{gb(volume)} a day {goes}"


async def _metrics(visit: Visit) -> Account:
    async with visit.db.reader() as conn:
        found = await families.metrics.get(conn, visit.actor, account_id(visit))
    return found.account


def _is_confirmed(visit: Visit, account: Account) -> bool:
    typed = unicodedata.normalize("NFC", visit.form.get("confirm", "")).strip()
    return typed == account.name


async def _question(
    visit: Visit, account: Account, action: str, back: str, *, refused: bool = False
) -> Response:
    """htmx puts it into a dialog; without it, it is a page. What was typed stays."""
    async with visit.db.reader() as conn:
        goes = await families.belongings(conn, visit.actor, account.id)
    counted = [(NOUNS[kind], goes.tokens[kind]) for kind in NOUNS if goes.tokens.get(kind)]
    response = render(
        visit, "accounts/delete.html", account=account, action=action, back=back, goes=goes,
        counted=counted, typed=visit.form.get("confirm", ""), refused=refused,
        now=visit.db.now(), status=400 if refused else 200,
    )  # fmt: skip
    if refused and visit.is_partial:  # the dialog is open, and stays so
        response.headers["HX-Retarget"] = "#dialog"
        response.headers["HX-Reselect"] = "#confirm"
        response.headers["HX-Reswap"] = "innerHTML"
        response.headers["HX-Push-Url"] = "false"
    return response
