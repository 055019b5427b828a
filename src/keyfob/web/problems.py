"""Errors as pages: what happened, in plain words, and what to do now."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from keyfob import accounts, wording
from keyfob.accounts import Seat
from keyfob.errors import (
    Forbidden,
    Invalid,
    KeyfobError,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)
from keyfob.problems import status_of
from keyfob.web.rendering import render
from keyfob.web.tree import entry_at
from keyfob.web.visit import Visit, session_cookie

TITLES: Final[Mapping[int, str]] = {
    400: "That cannot be read",
    403: "You may not do this",
    404: "There is nothing here",
    405: "There is nothing here",
    409: "That does not fit any more",
    413: "That is too large",
    429: "Slow down a little",
    500: "Something went wrong here",
    503: "Keyfob cannot answer just now",
}
SIGNED_OUT: Final = (
    "You have been signed out meanwhile, so nothing was done. Sign in in another tab, and press "
    "again here: what you typed is still there."
)
LONGEST_QUERY: Final = 4000  # characters; servers and proxies take 8,000
OURS: Final = ("/v1", "/v2", "/auth", "/openapi.json", "/healthz", "/readyz", "/metrics")


async def page(visit: Visit, error: KeyfobError, *, drawn_on: str = "/") -> Response:
    """
    Whoever is not signed in goes to sign in; a member who is no admin learns whom to ask. A form
    that the script sent stays as it is, with all that was typed, and is told why beside it.
    """
    if isinstance(error, Unauthenticated):
        return _to_sign_in(visit, drawn_on)
    if visit.seat and isinstance(error, Forbidden):
        if error.code == "auth/INSUFFICIENT_SCOPE":
            return await _needs_admin(visit)
        if error.code == "auth/MAIN_ACCOUNT_ONLY":
            return await _needs_main(visit)
    is_other = error.code == "console/OTHER_ACCOUNT"
    response = _problem(
        visit, status_of(error), sentence(error),
        again=(_typed(visit, drawn_on) or drawn_on) if is_other else "",
        left=_left(visit) if is_other else None,
    )  # fmt: skip
    if isinstance(error, TooManyAttempts | Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


async def unknown_address(request: Request, status: int) -> Response:
    """For people; programs get theirs from the API."""
    visit = Visit(request)
    try:
        await visit.identify()
    except Unavailable as error:
        return await page(visit, error)
    return _problem(visit, status, "The address may be mistyped, or the page has moved.")


def broken(request: Request) -> Response:
    """A bug of ours. It looks at nothing that may be broken too."""
    return _problem(
        Visit(request),
        500,
        "It is not your fault, and the server's log has the details. Tell the operator the "
        "request id below.",
    )


def wants_page(request: Request) -> bool:
    """Whether a browser asks, for something that is not the API's."""
    path = request.scope["path"]
    if any(path == prefix or path.startswith(f"{prefix}/") for prefix in OURS):
        return False
    return "text/html" in Headers(scope=request.scope).get("accept", "")


def sentence(error: KeyfobError) -> str:
    """What the error says, naming the field it speaks of."""
    if isinstance(error, Invalid) and error.message[:1].islower():
        message = error.message.replace("notBefore", "the start").partition("; leave it out")[0]
        return f"{LABELS.get(error.field, error.field)} {message}."
    return error.message


def mistakes(*checks: Callable[[], object], named: Callable[[str], str] = str) -> dict[str, str]:
    """
    What is wrong with each field of a form, in a sentence. Each check holds a field to its own
    rule: whoever filled the form in reads all of it at once, not one after the other. `named` is
    what the form calls a field of the API.
    """
    found: dict[str, str] = {}
    for check in checks:
        try:
            check()
        except Invalid as error:
            found.setdefault(named(error.field), sentence(error))
    return found


LABELS: Final[Mapping[str, str]] = {
    "name": "The name",
    "q": "The search",
    "accountName": "The account name",
    "fullName": "The name",
    "email": "The e-mail address",
    "password": "The password",
    "username": "The e-mail address",
    "role": "The role",
    "id": "This user",
    "variable": "The variable's name",
    "tokenName": "The name",
    "description": "The description",
    "tag": "The tag",
    "tags": "The tags",
    "scopes": "The scopes",
    "expiresAt": "The end",
    "expires_at": "The end",
    "notBefore": "The start",
    "not_before": "The start",
    "restrictions.ipAllow": "The list of addresses",
    "restrictions.methods": "The list of methods",
    "restrictions.paths": "The list of paths",
    "field": "The field",
    "value": "The value",
    "filters": "The list of filters",
    "lifetime": "The lifetime",
    "retentionDays": "The retention",
    "reservedDailyGB": "The reserved volume",
    "maxDailyGB": "The daily volume",
    "softLimitGB": "The soft cap",
    "snapSearchRetentionDays": "The retention in the warm tier",
    "frequencyMinutes": "The number of minutes",
    "utilizationSettings.frequencyMinutes": "The number of minutes",
    "sharingObjectsAccounts": "The list of accounts",
    "authorizedAccountsIds": "The list of accounts",
    "planUts": "The number of time series",
    "body": "The form",
    "reason": "The reason",
    "answer": "Your answer",
    "who": "Who",
    "range": "When",
    "from": "From",
    "to": "To",
    "before": "The page",
    "after": "The page",
}


def _to_sign_in(visit: Visit, drawn_on: str) -> Response:
    """
    Back to the same page after that, or to the one that has the form. Whoever was signed in
    before learns why they are asked again.
    """
    request = visit.request
    if request.method == "POST":
        if visit.is_partial:
            return _beside(visit, 401, SIGNED_OUT, signs_in=True)
        wanted = _typed(visit, drawn_on) or request.scope["path"]
    else:
        query = request.scope["query_string"].decode("latin-1")
        wanted = request.scope["path"] + (f"?{query}" if query else "")
    address = f"/login?next={quote(wanted)}" if wanted != "/" else "/login"
    return visit.leave(address, notice=_why(visit), status=401)


def _why(visit: Visit) -> str:
    if visit.request.method == "POST":
        return "not-done"
    return "session-over" if session_cookie(visit.config) in visit.request.cookies else ""


async def _needs_admin(visit: Visit) -> Response:
    async with visit.db.reader() as conn:
        admins = await accounts.helpers(conn, visit.here.account)
    return _to_content(
        visit,
        render(
            visit,
            "needs_admin.html",
            status=HTTPStatus.FORBIDDEN,
            admins=admins,
            with_header=True,
            typed={},
            wrong={},
        ),
    )


async def _needs_main(visit: Visit) -> Response:
    """A page of the main account, opened in a sub account: which account it is, and whom to ask."""
    main_id = visit.here.account.main_id
    async with visit.db.reader() as conn:
        main = await accounts.by_id(conn, main_id)
        assert main is not None  # it goes last of its family
        admins = [replace(each, of_main=True) for each in await accounts.helpers(conn, main)]
    return _to_content(
        visit,
        render(
            visit, "needs_main.html", status=HTTPStatus.FORBIDDEN, main=main, admins=admins,
            can_enter=any(seat.account.id == main_id for seat in visit.seats),
            entry=entry_at(visit.request.scope["path"]), with_header=True,
        ),
    )  # fmt: skip


def _typed(visit: Visit, drawn_on: str) -> str:
    """
    The address of the form in which something new was typed, with all of it if it is short enough;
    empty for other forms. Nobody has looked yet at what it is: of a token that was pasted there
    only the hint gets into the address.
    """
    if visit.request.scope["path"] != drawn_on or not visit.form.get("name"):
        return ""
    seen = dict(parse_qsl(visit.form.get("view", "")))  # which part of the list
    typed = {
        field: wording.masked(text)
        for field, text in {**visit.form, **seen}.items()
        if text and field not in {"account", "view"}
    }
    query = urlencode({"new": 1, **typed})
    if len(query) > LONGEST_QUERY:
        query = urlencode({"new": 1, "name": typed["name"]})
    return f"{drawn_on}?{query}"


def _left(visit: Visit) -> Seat | None:
    """The account that the form was drawn for, when the visitor may still work in it."""
    drawn_for = visit.form.get("account", "")
    return next((seat for seat in visit.seats if str(seat.account.id) == drawn_for), None)


def _problem(
    visit: Visit, status: int, message: str, *, again: str = "", left: Seat | None = None
) -> Response:
    """`again` is the address of a page to be loaded again, `left` an account to go back to."""
    if visit.is_partial and visit.request.method == "POST":
        return _beside(visit, status, message, again=again, left=left)
    title = TITLES.get(status, HTTPStatus(status).phrase)
    return _to_content(
        visit,
        render(
            visit, "problem.html", status=status, title=title, message=message, again=again,
            left=left, with_header=True,
        ),
    )  # fmt: skip


def _beside(
    visit: Visit,
    status: int,
    message: str,
    *,
    again: str = "",
    left: Seat | None = None,
    signs_in: bool = False,
) -> Response:
    """The page stays, at its address."""
    response = render(
        visit, "problem_beside.html", status=status, message=message, again=again, left=left,
        signs_in=signs_in,
    )  # fmt: skip
    response.headers["HX-Retarget"] = "#toasts"
    response.headers["HX-Reselect"] = ".toast"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _to_content(visit: Visit, response: Response) -> Response:
    """Wherever htmx would have put the answer, a problem goes where everybody looks."""
    if visit.is_partial:
        response.headers["HX-Retarget"] = "#content"
        response.headers["HX-Reselect"] = "#content"
        response.headers["HX-Reswap"] = "outerHTML"
    return response
