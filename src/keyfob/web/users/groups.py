"""Manage users, Groups: who of an identity provider comes in, and as what."""

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import accounts
from keyfob.accounts import Operation, Role
from keyfob.accounts.groups import Group
from keyfob.errors import Invalid
from keyfob.web.problems import sentence
from keyfob.web.rendering import render
from keyfob.web.routing import Page
from keyfob.web.users.members import role
from keyfob.web.visit import Visit

HERE: Final = "/settings/manage-users/groups"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, *, error: str = "") -> Response:
    async with visit.db.reader() as conn:
        groups = await accounts.groups.of_account(conn, visit.actor)
    return render(
        visit, "users/groups.html", status=400 if error else 200, groups=groups, roles=[*Role],
        typed=visit.form if error else visit.query, error=error,
    )  # fmt: skip


async def add(visit: Visit) -> Response:
    try:
        new = Group(name=visit.form.get("name", ""), role=role(visit.form))
        async with visit.db.transaction(visit.actor) as tx:
            await accounts.groups.add(tx, new)
    except Invalid as error:
        told = error if error.field == "role" else Invalid(error.message, field="name")
        return await _page(visit, error=sentence(told))
    return visit.go(HERE, notice="groups-saved")


async def remove(visit: Visit) -> Response:
    """By its name: somebody else may have changed the order meanwhile."""
    async with visit.db.transaction(visit.actor) as tx:
        await accounts.groups.remove(tx, visit.form.get("name", ""))
    return visit.go(HERE, notice="groups-saved")


routes: list[BaseRoute] = [
    Page(HERE, show, rule=Operation.READ_GROUPS),
    Page(HERE, add, rule=Operation.REPLACE_GROUPS, method="POST", drawn_on=HERE),
    Page(HERE + "/remove", remove, rule=Operation.REPLACE_GROUPS, method="POST", drawn_on=HERE),
]
