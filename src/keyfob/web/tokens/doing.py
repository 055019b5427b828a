"""What the forms of a list do to one token: make, show, rename, switch, delete."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from starlette.responses import PlainTextResponse, Response

from keyfob import tokens
from keyfob.errors import Conflict, Invalid
from keyfob.problems import status_of
from keyfob.tokens import Draft, FiltersOperator, Secret, Token, TokenKind, model
from keyfob.verification import history
from keyfob.web.problems import mistakes, sentence
from keyfob.web.rendering import render
from keyfob.web.tokens import panel, wanted
from keyfob.web.tokens.page import FILTER_FIELDS, NewRow, Shown, draw, lifetime
from keyfob.web.tokens.panel import token_id
from keyfob.web.tokens.tab import Tab
from keyfob.web.tokens.view import View
from keyfob.web.visit import Visit

LOOSE_FILTER: Final = (
    "This filter is not there yet, so no token was made. Press Add filter first, or empty its "
    "fields."
)


async def create(visit: Visit, *, tab: Tab) -> Response:
    view = View.sent_with(visit, tab)
    if any(visit.form.get(name, "").strip() for name in FILTER_FIELDS):
        return await _with_loose_filter(visit, view)
    try:
        token, value = await _made(visit, tab.kind)
    except (Invalid, Conflict) as error:
        return await draw(visit, view, status=status_of(error), new=_refused(visit, error))
    shown = Shown(token=token, value=value, lines=True)
    plain = View(tab=tab, product=view.product, limit=view.limit)
    return await draw(
        visit, plain, status=201, shown=shown, fresh=True, toast=f"{tab.title} created"
    )


async def _with_loose_filter(visit: Visit, view: View) -> Response:
    """A filter was typed and not added: whoever presses Add above may take it for chosen."""
    return await draw(
        visit, view, status=400, new=NewRow.typed_in(visit.form),
        new_filter=NewRow(error=LOOSE_FILTER, form=visit.form),
    )  # fmt: skip


def _refused(visit: Visit, error: Invalid | Conflict) -> NewRow:
    """What was typed, and what is wrong with it: beside its field, when that is an option."""
    form, now = visit.form, visit.db.now()
    field = wanted.field_of(error.field) if isinstance(error, Invalid) else ""
    rules = [*wanted.rules(form), lambda: model.check_times(*wanted.moments(form), now=now)]
    found = mistakes(*rules, named=wanted.field_of) if field else {}
    found[field] = sentence(error)
    return NewRow.typed_in(
        form,
        error=next((told for name, told in found.items() if name not in wanted.OPTIONS), ""),
        wrong={name: told for name, told in found.items() if name in wanted.OPTIONS},
    )


async def _made(visit: Visit, kind: TokenKind) -> tuple[Token, Secret]:
    form, instance = visit.form, visit.instance
    lives, name, tags = lifetime(form, kind), form.get("name", ""), wanted.tags(form)
    async with visit.db.transaction(visit.actor) as tx:
        match kind:
            case TokenKind.API:
                ends = tx.now.replace(microsecond=0) + lives if lives else None
                draft = _draft(form, ends)
                return await tokens.create(tx, instance, draft, account_id=visit.account_id)
            case TokenKind.SHIPPING:
                return await tokens.shipping.create(
                    tx, instance, name=name, enabled=True, tags=tags
                )
            case TokenKind.SHARED:
                with wanted.filters_are_there():
                    made = await tokens.shared.create(
                        tx, instance, name=name, lifetime=lives, operator=operator(visit),
                        filters=wanted.filters(form), tags=tags,
                        not_before=wanted.moment(form, "not_before"),
                        expires_at=wanted.moment(form, "expires_at"),
                    )  # fmt: skip
                assert made.value is not None  # it was minted a moment ago
                return made.token, made.value


def _draft(form: Mapping[str, str], ends: datetime | None) -> Draft:
    """Of an API token; without scopes it gets what its maker holds."""
    return Draft(
        name=form.get("name", ""), tags=wanted.tags(form),
        scopes=wanted.scopes(form) if form.get("scopes", "").strip(" ,") else None,
        restrictions=wanted.restrictions(form), not_before=wanted.moment(form, "not_before"),
        expires_at=wanted.moment(form, "expires_at") or ends,
    )  # fmt: skip


def operator(visit: Visit) -> FiltersOperator:
    wanted = visit.form.get("operator", FiltersOperator.OR)
    if wanted not in {each.value for each in FiltersOperator}:
        raise Invalid("must be OR or AND", field="operator")
    return FiltersOperator(wanted)


async def reveal(visit: Visit, *, tab: Tab) -> Response:
    """
    The value once more, on record: in its row, or with the lines for the terminal.

    A script that copies it asks for plain text, and nothing is drawn at all.
    """
    view = View.sent_with(visit, tab)
    async with visit.db.transaction(visit.actor) as tx:
        token, value = await tokens.reveal(tx, visit.instance, token_id(visit), tab.kind)
    if visit.request.headers.get("accept") == "text/plain":
        return PlainTextResponse(value)
    shown = Shown(token=token, value=value, lines="lines" in visit.form)
    return await draw(visit, view, shown=shown)


async def rename(visit: Visit, *, tab: Tab) -> Response:
    name, view = visit.form.get("name", ""), View.sent_with(visit, tab)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await tokens.kinds.update(tx, tab.kind, token_id(visit), {"name": name})
    except (Invalid, Conflict) as error:
        return await draw(
            visit, view, status=status_of(error), edited=str(token_id(visit)),
            new_name=NewRow(typed=name, error=sentence(error)),
            toast=sentence(error) if isinstance(error, Conflict) else "",
        )  # fmt: skip
    return visit.go(view.url, notice=tab.notice("renamed"))


async def switch(visit: Visit, *, tab: Tab) -> Response:
    """Disable or enable it, as the form says."""
    wanted, view = visit.form.get("enabled", ""), View.sent_with(visit, tab)
    if wanted not in {"yes", "no"}:
        raise Invalid("must be yes or no", field="enabled")
    enabled = wanted == "yes"
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await tokens.kinds.update(tx, tab.kind, token_id(visit), {"enabled": enabled})
    except Conflict as error:
        if panel.FROM not in visit.form:
            raise
        return await panel.draw(visit, view, status=status_of(error), wrong=sentence(error))
    notice = tab.notice("enabled" if enabled else "disabled")
    return visit.go(panel.back(visit, view), notice=notice)


async def ask_to_delete(visit: Visit, *, tab: Tab) -> Response:
    """What will break. htmx puts the question into a dialog; without it, it is a page."""
    async with visit.db.reader() as conn:
        token = await tokens.kinds.look(conn, visit.actor, tab.kind, token_id(visit))
        use = await history.last_use(conn, visit.actor, token.id, tab.kind)
    view = View.of(tab, visit.query)
    if token.revoked_at is not None:  # somebody came back here after it was done
        return visit.go(view.about(token.id))
    return render(
        visit, "tokens/delete.html", token=token, use=use, view=view, now=visit.db.now(),
        of_panel=panel.FROM in visit.query,
    )  # fmt: skip


async def delete(visit: Visit, *, tab: Tab) -> Response:
    view = View.sent_with(visit, tab)
    async with visit.db.transaction(visit.actor) as tx:
        await tokens.kinds.delete(tx, visit.instance, tab.kind, token_id(visit))
    return visit.go(view.url, notice=tab.notice("deleted"))
