"""The HTML door: pages for people."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob.edge import Open
from keyfob.errors import NotFound
from keyfob.web import (
    account,
    accounts,
    assets,
    audit,
    entrance,
    home,
    live,
    personal,
    reference,
    requests,
    search,
    settings,
    tokens,
    users,
)
from keyfob.web.problems import broken, unknown_address, wants_page
from keyfob.web.routing import Page
from keyfob.web.visit import Visit

__all__ = ["Page", "broken", "routes", "unknown_address", "wants_page"]


async def _asset(visit: Visit) -> Response:
    found = assets.find(visit.request)
    if found is None:
        raise NotFound("There is no such file.", code="request/UNKNOWN_PATH")
    return found


routes: list[BaseRoute] = [
    Page("/static/{digest}/{name}", _asset, rule=Open.OPEN),
    *audit.routes,
    *account.routes,
    *accounts.routes,
    *entrance.routes,
    *home.routes,
    *live.routes,
    *personal.routes,
    *reference.routes,
    *search.routes,
    *requests.routes,
    *settings.routes,
    *tokens.routes,
    *users.routes,
]
