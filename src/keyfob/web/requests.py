"""Ask an admin for a token, decide on it, and be shown it once. Home has the list."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import requests, scopes
from keyfob.accounts import Operation
from keyfob.errors import Conflict, Invalid
from keyfob.problems import status_of
from keyfob.requests import RequestId, State
from keyfob.web import copying, home
from keyfob.web.problems import sentence
from keyfob.web.rendering import render
from keyfob.web.routing import Page, SignedIn
from keyfob.web.tokens import vocabulary
from keyfob.web.visit import Visit


async def to_home(visit: Visit) -> Response:
    """Where the requests are; an address that somebody loads again after a refused form."""
    return visit.go("/")


async def make(visit: Visit) -> Response:
    form = visit.form
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await requests.make(tx, name=form.get("name", ""), reason=form.get("reason", ""))
    except (Invalid, Conflict) as error:
        field = error.field if isinstance(error, Invalid) else "name"
        status = 400 if isinstance(error, Invalid) else 409
        return await home.draw(visit, status=status, typed=form, wrong={field: sentence(error)})
    return visit.go("/", notice="requested")


async def withdraw(visit: Visit) -> Response:
    async with visit.db.transaction(visit.actor) as tx:
        await requests.withdraw(tx, _id(visit))
    return visit.go("/", notice="withdrawn")


async def collect(visit: Visit) -> Response:
    """The value, in this one answer."""
    async with visit.db.transaction(visit.actor) as tx:
        token, value = await requests.collect(tx, visit.instance, _id(visit))
    return await home.draw(visit, collected=token, lines=copying.lines(visit, value))


async def ask_to_approve(visit: Visit) -> Response:
    return await _question(visit, "requests/approve.html")


async def approve(visit: Visit) -> Response:
    name = visit.form.get("name", "")
    try:
        async with visit.db.transaction(visit.actor) as tx:
            wanted = scopes.parse(visit.form.get("scopes", "*").replace(",", " ").split())
            await requests.approve(tx, visit.instance, _id(visit), name=name, scopes=wanted)
    except (Invalid, Conflict) as error:
        if error.parameters.get("field") not in {"name", "scopes"}:
            raise
        return await _question(visit, "requests/approve.html", error)
    return visit.go("/", notice="approved")


async def ask_to_decline(visit: Visit) -> Response:
    return await _question(visit, "requests/decline.html")


async def decline(visit: Visit) -> Response:
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await requests.decline(tx, _id(visit), answer=visit.form.get("answer", ""))
    except Invalid as error:
        return await _question(visit, "requests/decline.html", error)
    return visit.go("/", notice="declined")


async def _question(
    visit: Visit, template: str, error: Invalid | Conflict | None = None
) -> Response:
    """htmx puts it into a dialog; without it, it is a page. What was typed stays."""
    async with visit.db.reader() as conn:
        request = await requests.get(conn, visit.actor, _id(visit))
        offered = await vocabulary.of_newest(visit, conn)
    if request.state is not State.OPEN:
        return visit.leave("/", notice="decided")
    status = status_of(error) if error else 200
    return render(
        visit, template, status=status, request=request, now=visit.db.now(), typed=visit.form,
        offered=offered, wrong={str(error.parameters["field"]): sentence(error)} if error else {},
    )  # fmt: skip


def _id(visit: Visit) -> RequestId:
    return RequestId(visit.request.path_params["id"])


_ASK = Operation.REQUEST_TOKEN
_DECIDE = Operation.DECIDE_REQUEST

routes: list[BaseRoute] = [
    Page("/requests", to_home, rule=SignedIn.SIGNED_IN),
    Page("/requests", make, rule=_ASK, method="POST"),
    Page("/requests/{id:number}/withdraw", withdraw, rule=_ASK, method="POST"),
    Page("/requests/{id:number}/collect", collect, rule=_ASK, method="POST"),
    Page("/requests/{id:number}/approve", ask_to_approve, rule=_DECIDE),
    Page("/requests/{id:number}/approve", approve, rule=_DECIDE, method="POST"),
    Page("/requests/{id:number}/decline", ask_to_decline, rule=_DECIDE),
    Page("/requests/{id:number}/decline", decline, rule=_DECIDE, method="POST"),
]
