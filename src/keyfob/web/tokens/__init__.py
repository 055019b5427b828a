"""The pages behind Settings, Tools, Manage tokens: a tab for each kind of token."""

from collections.abc import Awaitable, Callable, Generator
from functools import partial
from typing import Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from keyfob.accounts import Operation
from keyfob.web.routing import Page
from keyfob.web.tokens import doing, editing, filters, many, page, panel
from keyfob.web.tokens.tab import API, SHARED, TABS, Tab
from keyfob.web.visit import Visit

__all__ = ["routes"]

Handler = Callable[..., Awaitable[Response]]


async def _first_tab(_: Visit) -> Response:
    return RedirectResponse(API.path, status_code=303)


def _of(tab: Tab) -> Generator[BaseRoute]:
    """The same pages for each kind; what a visitor must be allowed is the kind's own."""
    rights = tab.rights

    def get(path: str, handler: Handler, rule: Operation) -> Page:
        return Page(tab.path + path, partial(handler, tab=tab), rule=rule)

    def post(path: str, handler: Handler, rule: Operation) -> Page:
        handler = partial(handler, tab=tab)
        return Page(tab.path + path, handler, rule=rule, method="POST", drawn_on=tab.path)

    yield get("", page.show, rights.read)
    yield get("/tags", page.list_tags, rights.read)
    yield post("", doing.create, rights.create)
    yield post("/many", many.update, rights.update)
    yield post("/many/ask", many.ask_to_delete, rights.delete)
    yield post("/many/delete", many.delete, rights.delete)
    one = "/{id:number}"
    yield get(one, panel.show, rights.read)
    yield get(one + "/edit", editing.ask_to_edit, rights.update)
    yield post(one + "/edit", editing.edit, rights.update)
    yield post(one + "/reveal", doing.reveal, Operation.REVEAL_TOKEN)
    yield post(one + "/rename", doing.rename, rights.update)
    yield post(one + "/switch", doing.switch, rights.update)
    yield get(one + "/delete", doing.ask_to_delete, rights.delete)
    yield post(one + "/delete", doing.delete, rights.delete)


_FILTERS: Final = SHARED.path + "/filters"
_FILTER: Final = _FILTERS + "/{id:number}/delete"

routes: list[BaseRoute] = [
    Page("/settings/manage-tokens", _first_tab, rule=Operation.LIST_TOKENS),
    Page(
        _FILTERS,
        filters.create,
        rule=Operation.CREATE_TOKEN_FILTER,
        method="POST",
        drawn_on=SHARED.path,
    ),
    Page(_FILTER, filters.ask_to_delete, rule=Operation.DELETE_TOKEN_FILTER),
    Page(
        _FILTER,
        filters.delete,
        rule=Operation.DELETE_TOKEN_FILTER,
        method="POST",
        drawn_on=SHARED.path,
    ),
    *(route for tab in TABS for route in _of(tab)),
]
