"""Make a metrics account; change one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from starlette.responses import Response

from keyfob import accounts, families
from keyfob.accounts import Account, AccountId, Admin
from keyfob.db import Connection
from keyfob.errors import Conflict, Invalid
from keyfob.families import MetricsAccount
from keyfob.web.accounts.form import (
    Refusal,
    draw,
    require_unchanged,
    shared_with,
    whole,
    wrong_with,
)
from keyfob.web.accounts.listing import HERE
from keyfob.web.accounts.subs import account_id
from keyfob.web.visit import Visit

LEAST = families.metrics.LEAST_UTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The form as it is drawn: `account` is None while it is about one to be made."""

    others: Sequence[Account]  # that may see its metrics
    account: Account | None = None
    updated_at: datetime | None = None
    typed: Mapping[str, str] = field(default_factory=dict[str, str])
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    admins: Sequence[Admin] = ()
    least: int = LEAST


async def ask_for_new(visit: Visit) -> Response:
    async with visit.db.reader() as conn:
        sheet = await _sheet(visit, conn, None)
    name = families.metrics.default_name(sheet.others[0])
    typed = {"accountName": name, "email": visit.here.user.email, "planUts": str(LEAST)}
    return _draw(visit, replace(sheet, typed=typed))


async def create(visit: Visit) -> Response:
    form = visit.form
    try:
        async with visit.db.transaction(visit.actor) as tx:
            made, _ = await families.metrics.open_metrics(
                tx, visit.instance, email=form.get("email", ""), name=form.get("accountName", ""),
                plan_uts=whole(form, "planUts"), authorized=shared_with(form, ()),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await _again(visit, error, None)
    return visit.go(f"{HERE}?made={made.account.id}", notice="account-created")


async def ask_to_edit(visit: Visit) -> Response:
    async with visit.db.reader() as conn:
        sheet = await _sheet(visit, conn, account_id(visit))
    return _draw(visit, sheet)


async def edit(visit: Visit) -> Response:
    """A name or a plan that is left empty stays as it was."""
    form, wanted_id = visit.form, account_id(visit)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await accounts.lock(tx, AccountId(tx.actor.main_id))  # what the form leaves out stays
            old = await families.metrics.get(tx.conn, tx.actor, wanted_id)
            require_unchanged(old.account, old.updated_at, form)
            await families.metrics.update(
                tx, wanted_id, name=form.get("accountName", ""), plan_uts=whole(form, "planUts"),
                authorized=shared_with(form, old.authorized),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await _again(visit, error, wanted_id)
    return visit.go(HERE, notice="account-saved")


async def _again(visit: Visit, error: Refusal, of: int | None) -> Response:
    async with visit.db.reader() as conn:
        sheet = await _sheet(visit, conn, of)
    return _draw(
        visit, replace(sheet, typed=visit.form, wrong=wrong_with(error, visit.form)), error
    )


async def _sheet(visit: Visit, conn: Connection, of: int | None) -> Sheet:
    family = await families.family(conn, visit.actor)
    if of is None:
        admins = await accounts.admins(conn, family.main.account)
        return Sheet(others=family.accounts, admins=admins)
    found = await families.metrics.get(conn, visit.actor, of)
    return Sheet(
        others=family.accounts, account=found.account, updated_at=found.updated_at,
        typed=_as_typed(found),
    )  # fmt: skip


def _as_typed(found: MetricsAccount) -> dict[str, str]:
    shares = {f"share-{other}": "on" for other in found.authorized}
    return {"accountName": found.account.name, "planUts": str(found.plan_uts), **shares}


def _draw(visit: Visit, sheet: Sheet, error: Refusal | None = None) -> Response:
    return draw(visit, sheet, error, template="metrics_form")
