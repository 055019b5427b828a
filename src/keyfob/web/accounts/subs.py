"""Make a sub account; change one, or the main account."""

from dataclasses import replace

from starlette.responses import Response

from keyfob import accounts, families
from keyfob.accounts import AccountId
from keyfob.db import Connection
from keyfob.errors import Conflict, Invalid
from keyfob.web.accounts.form import (
    Refusal,
    Sheet,
    as_typed,
    draw,
    require_unchanged,
    wanted,
    wrong_with,
)
from keyfob.web.accounts.listing import HERE
from keyfob.web.visit import Visit


async def ask_for_new(visit: Visit) -> Response:
    async with visit.db.reader() as conn:
        sheet = await _sheet(visit, conn, None)
    days = sheet.family.plan.retention_days
    typed = {"email": visit.here.user.email, "retentionDays": str(days)}
    return draw(visit, replace(sheet, typed=typed))


async def create(visit: Visit) -> Response:
    """Back to the list, which has a panel then: how to go on with the new account."""
    try:
        async with visit.db.transaction(visit.actor) as tx:
            family = await families.family(tx.conn, tx.actor)
            made, _ = await families.open_sub(
                tx, visit.instance, wanted(visit.form, family, None, main=False),
                main_id=family.main.account.id, email=visit.form.get("email", ""),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await _again(visit, error, None)
    return visit.go(f"{HERE}?made={made.id}", notice="account-created")


async def ask_to_edit(visit: Visit) -> Response:
    async with visit.db.reader() as conn:
        sheet = await _sheet(visit, conn, account_id(visit))
    return draw(visit, sheet)


async def edit(visit: Visit) -> Response:
    wanted_id = account_id(visit)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await accounts.lock(tx, AccountId(tx.actor.main_id))  # what the form leaves out stays
            family = await families.family(tx.conn, tx.actor)
            member = families.one(family, wanted_id)
            require_unchanged(member.account, member.updated_at, visit.form)
            asked = wanted(visit.form, family, member.settings, main=member.account.is_main)
            await families.update(tx, wanted_id, asked)
    except (Invalid, Conflict) as error:
        return await _again(visit, error, wanted_id)
    return visit.go(HERE, notice="account-saved")


def account_id(visit: Visit) -> AccountId:
    return AccountId(visit.request.path_params["id"])


async def _again(visit: Visit, error: Refusal, of: AccountId | None) -> Response:
    """The form as it was sent, with what is wrong at its field."""
    async with visit.db.reader() as conn:
        sheet = await _sheet(visit, conn, of)
    return draw(visit, replace(sheet, typed=visit.form, wrong=wrong_with(error, visit.form)), error)


async def _sheet(visit: Visit, conn: Connection, of: AccountId | None) -> Sheet:
    family = await families.family(conn, visit.actor)
    if of is None:
        admins = await accounts.admins(conn, family.main.account)
        return Sheet(family=family, member=None, typed={}, admins=admins)
    member = families.one(family, of)
    return Sheet(family=family, member=member, typed=as_typed(member.settings, member.account.name))
