"""The HTML door: pages for people."""

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from keyfob.accounts import Operation
from keyfob.edge import Open
from keyfob.errors import NotFound
from keyfob.web import assets, entrance, home, reference, tokens
from keyfob.web.problems import broken, unknown_address, wants_page
from keyfob.web.routing import Page, SignedIn
from keyfob.web.visit import Visit

__all__ = ["Page", "broken", "routes", "unknown_address", "wants_page"]


async def _asset(visit: Visit) -> Response:
    found = assets.find(visit.request)
    if found is None:
        raise NotFound("There is no such file.", code="request/UNKNOWN_PATH")
    return found


async def _manage_tokens(_: Visit) -> Response:
    return RedirectResponse(tokens.HERE, status_code=303)


_TOKEN = tokens.HERE + "/{id:number}"

routes: list[BaseRoute] = [
    Page("/static/{digest}/{name}", _asset, rule=Open.OPEN),
    Page("/setup", entrance.show_setup, rule=Open.OPEN),
    Page("/setup", entrance.set_up, rule=Open.OPEN, method="POST"),
    Page("/login", entrance.show_sign_in, rule=Open.OPEN),
    Page("/login", entrance.sign_in, rule=Open.OPEN, method="POST"),
    Page(
        "/logout",
        entrance.sign_out,
        rule=SignedIn.SIGNED_IN,
        method="POST",
        any_account=True,
    ),
    Page("/", home.home, rule=SignedIn.SIGNED_IN),
    Page("/settings", home.settings, rule=SignedIn.SIGNED_IN),
    Page(
        "/account",
        home.enter_account,
        rule=SignedIn.SIGNED_IN,
        method="POST",
        any_account=True,
    ),
    Page("/docs", reference.show, rule=Open.OPEN),
    Page("/theme", home.choose_theme, rule=Open.OPEN, method="POST"),
    Page("/settings/manage-tokens", _manage_tokens, rule=Operation.LIST_TOKENS),
    Page(tokens.HERE, tokens.show, rule=Operation.LIST_TOKENS),
    Page(
        tokens.HERE, tokens.create, rule=Operation.CREATE_TOKEN, method="POST", drawn_on=tokens.HERE
    ),
    Page(
        _TOKEN + "/reveal",
        tokens.reveal,
        rule=Operation.REVEAL_TOKEN,
        method="POST",
        drawn_on=tokens.HERE,
    ),
    Page(
        _TOKEN + "/rename",
        tokens.rename,
        rule=Operation.UPDATE_TOKEN,
        method="POST",
        drawn_on=tokens.HERE,
    ),
    Page(
        _TOKEN + "/switch",
        tokens.switch,
        rule=Operation.UPDATE_TOKEN,
        method="POST",
        drawn_on=tokens.HERE,
    ),
    Page(_TOKEN + "/delete", tokens.ask_to_delete, rule=Operation.DELETE_TOKEN),
    Page(
        _TOKEN + "/delete",
        tokens.delete,
        rule=Operation.DELETE_TOKEN,
        method="POST",
        drawn_on=tokens.HERE,
    ),
]
