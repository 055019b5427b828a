"""The filters below the shared tokens: what a token can be narrowed down to."""

from collections.abc import Mapping

from starlette.responses import Response

from keyfob import tokens
from keyfob.errors import Conflict, Invalid
from keyfob.problems import status_of
from keyfob.tokens import FilterId
from keyfob.web.problems import sentence
from keyfob.web.rendering import NOTICES, render
from keyfob.web.tokens.page import NewRow, draw
from keyfob.web.tokens.tab import SHARED
from keyfob.web.tokens.view import View
from keyfob.web.visit import Visit


async def create(visit: Visit) -> Response:
    """While a token is being added, that goes on: with all that was typed, and the new filter."""
    view, form = View.sent_with(visit, SHARED), visit.form
    try:
        async with visit.db.transaction(visit.actor) as tx:
            made = await tokens.shared.create_filter(
                tx, field=form.get("field", "").strip(), value=form.get("value", "").strip(),
                description=form.get("description", ""),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await draw(
            visit, view, status=status_of(error), new=_row(form),
            new_filter=NewRow(error=sentence(error), form=form, wrong=_at(error)),
        )  # fmt: skip
    row = _row({**form, f"filter-{made.id}": "on"})
    if row is None:
        return visit.go(view.url + "#filters", notice="filter-created")
    response = await draw(visit, view, status=201, new=row, toast=NOTICES["filter-created"])
    response.headers["HX-Push-Url"] = "false"
    return response


def _at(error: Invalid | Conflict) -> Mapping[str, str]:
    return {error.field: sentence(error)} if isinstance(error, Invalid) else {}


def _row(form: Mapping[str, str]) -> NewRow | None:
    """The token that is being added above."""
    return NewRow.typed_in(form) if "name" in form else None


async def ask_to_delete(visit: Visit) -> Response:
    """Which tokens show more without it, and which ones everything."""
    async with visit.db.reader() as conn:
        found = await tokens.shared.get_filter(conn, visit.actor, _id(visit))
        narrowed = await tokens.shared.narrowed_by(conn, visit.actor, found.id)
        attached = await tokens.shared.filters_of(conn, narrowed)
    bared = {token.id for token in narrowed if len(attached[token.id]) == 1}
    view = View.of(SHARED, visit.query)
    return render(
        visit, "tokens/delete_filter.html", filter=found, narrowed=narrowed, bared=bared, view=view
    )


async def delete(visit: Visit) -> Response:
    view = View.sent_with(visit, SHARED)
    async with visit.db.transaction(visit.actor) as tx:
        await tokens.shared.delete_filter(tx, _id(visit))
    return visit.go(view.url, notice="filter-deleted")


def _id(visit: Visit) -> FilterId:
    return FilterId(visit.request.path_params["id"])
