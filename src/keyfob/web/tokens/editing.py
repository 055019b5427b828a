"""The form that changes a token."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from keyfob import tokens
from keyfob.db import milliseconds
from keyfob.errors import Conflict, Forbidden, Invalid
from keyfob.problems import status_of
from keyfob.scopes import Scope
from keyfob.tokens import Token, TokenKind, model
from keyfob.web import forms
from keyfob.web.problems import mistakes, sentence
from keyfob.web.rendering import render
from keyfob.web.tokens import vocabulary, wanted
from keyfob.web.tokens.doing import operator
from keyfob.web.tokens.panel import token_id
from keyfob.web.tokens.tab import Tab
from keyfob.web.tokens.view import View
from keyfob.web.visit import Visit


async def ask_to_edit(visit: Visit, *, tab: Tab) -> Response:
    view = View.of(tab, visit.query)
    async with visit.db.reader() as conn:
        token = await tokens.kinds.look(conn, visit.actor, tab.kind, token_id(visit))
        every, attached = await _choice(visit, conn, token)
    typed = _as_typed(token) | {f"filter-{number}": "on" for number in attached}
    return await _form(visit, token, view, typed=typed, filters=every)


async def edit(visit: Visit, *, tab: Tab) -> Response:
    view = View.sent_with(visit, tab)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            token = await tokens.kinds.look(tx.conn, tx.actor, tab.kind, token_id(visit))
            await tokens.kinds.update(
                tx, tab.kind, token.id, _changes(visit.form, token), seen_at=_seen_at(visit.form)
            )
            if tab.kind is TokenKind.SHARED:
                with wanted.filters_are_there():
                    await tokens.shared.update(
                        tx, visit.instance, token.id, operator=operator(visit),
                        filters=wanted.filters(visit.form),
                    )  # fmt: skip
    except (Invalid, Conflict, Forbidden) as error:
        async with visit.db.reader() as conn:
            token = await tokens.kinds.look(conn, visit.actor, tab.kind, token_id(visit))
            every, _ = await _choice(visit, conn, token)
        if token.revoked_at is not None:  # the form has no use any more
            return visit.go(view.about(token.id), notice="not-saved")
        return await _form(visit, token, view, typed=visit.form, filters=every, error=error)
    return visit.go(view.about(token.id), notice=tab.notice("changed"))


async def _choice(visit: Visit, conn: Any, token: Token) -> tuple[Any, Any]:
    """The filters that there are, and the numbers of those that the token has."""
    if token.kind is not TokenKind.SHARED:
        return [], []
    every = await tokens.shared.every_filter(conn, visit.actor)
    return every, (await tokens.shared.filters_of(conn, [token])).get(token.id, ())


async def _form(
    visit: Visit,
    token: Token,
    view: View,
    *,
    typed: Mapping[str, str],
    filters: Any,
    error: Invalid | Conflict | Forbidden | None = None,
) -> Response:
    taken = error is not None and error.code == "tokens/NAME_TAKEN"
    field = error.field if isinstance(error, Invalid) else "name" if taken else ""
    others = _mistakes(typed, token, visit.db.now()) if field else {}
    offered: Sequence[Scope] = ()
    if token.kind is TokenKind.API:
        async with visit.db.reader() as conn:
            offered = await vocabulary.of_newest(visit, conn)
    return render(
        visit, "tokens/edit.html", status=status_of(error) if error else 200, token=token,
        view=view, typed=typed, filters=filters, now=visit.db.now(),
        stored=_as_typed(token) if isinstance(error, Conflict) and not taken else None,
        offered=offered, seen=milliseconds(token.updated_at),
        wrong=others | {wanted.field_of(field): sentence(error)} if error else {},
    )  # fmt: skip


def _mistakes(form: Mapping[str, str], token: Token, now: datetime) -> dict[str, str]:
    """What is wrong with each field by itself."""
    return mistakes(
        *wanted.rules(form),
        lambda: model.description(_description(form)),
        lambda: _check_moments(form, token, now),
        named=wanted.field_of,
    )


def _check_moments(form: Mapping[str, str], token: Token, now: datetime) -> None:
    if new := _moments(form, token):
        both = {"not_before": token.not_before, "expires_at": token.expires_at} | new
        model.check_times(both["not_before"], both["expires_at"], now=now)


def _as_typed(token: Token) -> dict[str, str]:
    return {
        "name": token.name,
        "description": token.description,
        "tags": " ".join(token.tags),
        "scopes": " ".join(token.scopes),
        "expires_at": _as_local(token.expires_at),
        "not_before": _as_local(token.not_before),
        "ip_allow": "\n".join(token.restrictions.ip_allow),
        "methods": " ".join(token.restrictions.methods),
        "paths": "\n".join(token.restrictions.paths),
        "operator": token.filters_operator or "",
    }


def _changes(form: Mapping[str, str], token: Token) -> dict[str, Any]:
    """
    What the form says. A moment that reads as before is left alone: the form has minutes only.
    """
    changes: dict[str, Any] = {
        "name": form.get("name", ""),
        "description": _description(form),
        "tags": wanted.tags(form),
    }
    if token.kind is TokenKind.SHIPPING:
        return changes
    changes |= _moments(form, token)
    if token.kind is TokenKind.API:
        changes["scopes"] = wanted.scopes(form)
        changes["restrictions"] = wanted.restrictions(form)
    return changes


def _description(form: Mapping[str, str]) -> str:
    return form.get("description", "").replace("\r\n", "\n")


def _moments(form: Mapping[str, str], token: Token) -> dict[str, datetime | None]:
    """Those that do not read as before."""
    return {
        name: wanted.moment(form, name)
        for name in ("expires_at", "not_before")
        if name in form and form[name] != _as_local(getattr(token, name))
    }


def _as_local(at: datetime | None) -> str:
    """As a field for date and time has it: to the minute, in UTC."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _seen_at(form: Mapping[str, str]) -> datetime | None:
    """Which state of the token the form was drawn from: in milliseconds since 1970."""
    seen = forms.number(form.get("seen", ""))
    return None if seen is None else datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=seen)
