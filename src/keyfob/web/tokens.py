"""The page behind Settings, Tools, Manage tokens, API tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self
from urllib.parse import urlencode

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from keyfob import snippets, tokens
from keyfob.accounts import Operation
from keyfob.errors import Conflict, Invalid
from keyfob.tokens import DEFAULT_LIMIT, Draft, Query, Secret, Token, TokenId
from keyfob.web import forms
from keyfob.web.problems import sentence
from keyfob.web.rendering import render
from keyfob.web.routing import Page
from keyfob.web.visit import Visit

HERE: Final = "/settings/manage-tokens/api"
ROWS: Final = (10, 25, 50, 100)
VARIABLE: Final = "LOGZ_IO_API_TOKEN"  # what the workshop calls it
VARIABLE_COOKIE: Final = "keyfob_variable"
PLACEHOLDER: Final = "KEYFOB_VARIABLE_STANDS_HERE"  # the page puts the chosen name in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    Which part of the list is shown; it travels with every form, so that we come back to it.

    Each form reads it before it changes anything: whoever is told that something could not be
    read may rely on it that nothing was done.
    """

    q: str = ""
    cursor: str = ""
    limit: int = DEFAULT_LIMIT

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        limit = given.get("limit", "")
        return cls(
            q=tokens.searchable(given.get("q", "")),
            cursor=given.get("cursor", ""),
            limit=int(limit) if limit in map(str, ROWS) else DEFAULT_LIMIT,
        )

    @classmethod
    def sent_with(cls, visit: Visit) -> Self:
        """Raise Invalid for one that is of no list."""
        encoded = visit.form.get("view", "")
        view = cls.of(forms.parse(encoded.encode("ascii", "ignore")))
        view.query()
        return view

    def __str__(self) -> str:
        default = View()
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return urlencode({k: v for k, v in given.items() if v != getattr(default, k)})

    @property
    def url(self) -> str:
        return self.address()

    def address(self, **more: object) -> str:
        """The page's address; `more` says what is open in it (`new`, `edit`)."""
        query = "&".join(part for part in (str(self), urlencode(more)) if part)
        return f"{HERE}?{query}" if query else HERE

    def at(self, cursor: str) -> str:
        return replace(self, cursor=cursor).url

    def query(self) -> Query:
        return Query(search=self.q, cursor=self.cursor, limit=self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """The framed row at the top, with what was typed and what is wrong with it."""

    typed: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A value that goes out in this one answer, and its copy-ready lines when asked for."""

    token: Token
    value: Secret
    lines: bool


async def show(visit: Visit) -> Response:
    view = View.of(visit.query)
    if view.q != visit.query.get("q", ""):
        return visit.go(view.url)
    new = NewRow(typed=visit.query.get("name", "")) if "new" in visit.query else None
    edited = visit.query.get("edit", "")
    try:
        return await _page(visit, view, new=new, edited=edited)
    except Invalid as error:
        if error.field == "cursor":
            return visit.go(view.at(""))
        raise


async def create(visit: Visit) -> Response:
    name, view = visit.form.get("name", ""), View.sent_with(visit)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            token, value = await tokens.create(
                tx, visit.instance, Draft(name=name), account_id=visit.account_id
            )
    except (Invalid, Conflict) as error:
        row = NewRow(typed=name, error=sentence(error))
        status = 400 if isinstance(error, Invalid) else 409
        return await _page(visit, view, status=status, new=row)
    shown = Shown(token=token, value=value, lines=True)
    return await _page(
        visit, View(limit=view.limit), status=201, shown=shown, toast="API token created"
    )


async def reveal(visit: Visit) -> Response:
    """
    The value once more, on record: in its row, or with the lines for the terminal.

    A script that copies it asks for plain text, and nothing is drawn at all.
    """
    view = View.sent_with(visit)
    async with visit.db.transaction(visit.actor) as tx:
        token, value = await tokens.reveal(tx, visit.instance, _id(visit))
    if visit.request.headers.get("accept") == "text/plain":
        return PlainTextResponse(value)
    shown = Shown(token=token, value=value, lines="lines" in visit.form)
    return await _page(visit, view, shown=shown)


async def rename(visit: Visit) -> Response:
    name, view = visit.form.get("name", ""), View.sent_with(visit)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await tokens.update(tx, _id(visit), {"name": name})
    except (Invalid, Conflict) as error:
        status = 400 if isinstance(error, Invalid) else 409
        return await _page(
            visit, view, status=status, edited=str(_id(visit)),
            new_name=NewRow(typed=name, error=sentence(error)),
        )  # fmt: skip
    return visit.go(view.url, notice="renamed")


async def switch(visit: Visit) -> Response:
    """Disable or enable it, as the form says."""
    wanted, view = visit.form.get("enabled", ""), View.sent_with(visit)
    if wanted not in {"yes", "no"}:
        raise Invalid("must be yes or no", field="enabled")
    enabled = wanted == "yes"
    async with visit.db.transaction(visit.actor) as tx:
        await tokens.update(tx, _id(visit), {"enabled": enabled})
    notice = "enabled" if enabled else "disabled"
    return visit.go(view.url, notice=notice)


async def ask_to_delete(visit: Visit) -> Response:
    """What will break. htmx puts the question into a dialog; without it, it is a page."""
    async with visit.db.reader() as conn:
        token = await tokens.get(conn, visit.actor, _id(visit))
    view = View.of(visit.query)
    return render(visit, "tokens/delete.html", token=token, view=view, now=visit.db.now())


async def delete(visit: Visit) -> Response:
    view = View.sent_with(visit)
    async with visit.db.transaction(visit.actor) as tx:
        await tokens.revoke(tx, _id(visit))
    return visit.go(view.url, notice="deleted")


async def _page(visit: Visit, view: View, *, status: int = 200, **more: Any) -> Response:
    now = visit.db.now()
    async with visit.db.reader() as conn:
        page = await tokens.page(
            conn, visit.actor, view.query(), account_id=visit.account_id, now=now
        )
    shown: Shown | None = more.get("shown")
    lines = _lines(visit, shown.value) if shown and shown.lines else []
    common = {"new": None, "edited": "", "new_name": None, "shown": None, "now": now}
    context: dict[str, Any] = {**common, **more, "view": view, "page": page, "rows": ROWS}
    variable = _variable(visit)
    return render(
        visit, "tokens/page.html", status=status, lines=lines, variable=variable, **context
    )


def _lines(visit: Visit, value: Secret) -> list[dict[str, Any]]:
    """Each line as its pieces: the variable's name goes between them."""
    made = snippets.lines(value, variable=PLACEHOLDER, server_url=visit.config.url)
    return [{"label": each.label, "pieces": each.text.split(PLACEHOLDER)} for each in made]


def _variable(visit: Visit) -> str:
    """The name chosen here, else the one chosen last time in this browser."""
    chosen = visit.form.get("variable") or visit.request.cookies.get(VARIABLE_COOKIE, "")
    try:
        return snippets.variable_name(chosen)
    except Invalid:
        return VARIABLE


def _id(visit: Visit) -> TokenId:
    return TokenId(visit.request.path_params["id"])


async def _first_tab(_: Visit) -> Response:
    return RedirectResponse(HERE, status_code=303)


_TOKEN: Final = HERE + "/{id:number}"

routes: list[BaseRoute] = [
    Page("/settings/manage-tokens", _first_tab, rule=Operation.LIST_TOKENS),
    Page(HERE, show, rule=Operation.LIST_TOKENS),
    Page(HERE, create, rule=Operation.CREATE_TOKEN, method="POST", drawn_on=HERE),
    Page(_TOKEN + "/reveal", reveal, rule=Operation.REVEAL_TOKEN, method="POST", drawn_on=HERE),
    Page(_TOKEN + "/rename", rename, rule=Operation.UPDATE_TOKEN, method="POST", drawn_on=HERE),
    Page(_TOKEN + "/switch", switch, rule=Operation.UPDATE_TOKEN, method="POST", drawn_on=HERE),
    Page(_TOKEN + "/delete", ask_to_delete, rule=Operation.DELETE_TOKEN),
    Page(_TOKEN + "/delete", delete, rule=Operation.DELETE_TOKEN, method="POST", drawn_on=HERE),
]
