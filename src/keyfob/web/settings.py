"""Settings: the table of contents behind the bar's last entry."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob.web.rendering import render
from keyfob.web.routing import Page, SignedIn
from keyfob.web.tree import tree
from keyfob.web.visit import Visit


async def show(visit: Visit) -> Response:
    return render(visit, "settings.html", sections=tree(visit))


routes: list[BaseRoute] = [Page("/settings", show, rule=SignedIn.SIGNED_IN)]
