"""Everything about one token: the panel beside the list, and the form that changes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from keyfob import accounts, scopes, tokens, wording
from keyfob.db import milliseconds
from keyfob.errors import Conflict, Forbidden, Invalid
from keyfob.limits import Restrictions
from keyfob.problems import status_of
from keyfob.tokens import FilterId, Token, TokenKind, model
from keyfob.verification import history
from keyfob.verification.history import Bucket, Span, TokenHistory
from keyfob.web import forms
from keyfob.web.problems import mistakes, sentence
from keyfob.web.rendering import render
from keyfob.web.tokens.doing import operator, token_id
from keyfob.web.tokens.page import named
from keyfob.web.tokens.tab import Tab
from keyfob.web.tokens.view import View
from keyfob.web.visit import Visit

ENTRIES: Final = 8  # of the token's history in the panel; the rest is in the audit trail
BAR: Final = 46  # pixels: the height of the fullest day


@dataclass(frozen=True, slots=True)
class Day:
    """A column of the picture of use. Heights are in pixels."""

    at: datetime
    good: int
    refused: int
    good_height: int
    refused_height: int


async def show(visit: Visit, *, tab: Tab) -> Response:
    view, now = View.of(tab, visit.query), visit.db.now()
    span = Span.parse(Bucket.DAY, None, None, now=now)
    async with visit.db.reader() as conn:
        use = await history.of_token(conn, visit.actor, token_id(visit), span, tab.kind)
        token = await tokens.kinds.look(conn, visit.actor, tab.kind, token_id(visit))
        entries = await accounts.trail_of(conn, visit.actor, token.subject, limit=ENTRIES + 1)
        filters = await _filters(visit, conn, token)
    return render(
        visit, "tokens/detail.html", token=token, view=view, now=now, use=use,
        days=_days(use, span), entries=entries[:ENTRIES], more=len(entries) > ENTRIES,
        filters=filters,
    )  # fmt: skip


async def _filters(visit: Visit, conn: Any, token: Token) -> Any:
    if token.kind is not TokenKind.SHARED or token.revoked_at is not None:
        return []
    every = await tokens.shared.every_filter(conn, visit.actor)
    attached = await tokens.shared.filters_of(conn, [token])
    return named(every, attached.get(token.id, ()))


def _days(use: TokenHistory, span: Span) -> list[Day]:
    counted = [(at, use.by.get(at, history.Uses())) for at in span.moments()]
    fullest = max((uses.valid + uses.refused.total() for _, uses in counted), default=0)
    return [
        Day(
            at,
            uses.valid,
            uses.refused.total(),
            _height(uses.valid, fullest),
            _height(uses.refused.total(), fullest),
        )
        for at, uses in counted
    ]


def _height(uses: int, fullest: int) -> int:
    """A single use among thousands can still be seen."""
    return max(2, round(BAR * uses / fullest)) if uses else 0


async def ask_to_edit(visit: Visit, *, tab: Tab) -> Response:
    view = View.of(tab, visit.query)
    async with visit.db.reader() as conn:
        token = await tokens.kinds.look(conn, visit.actor, tab.kind, token_id(visit))
        every, attached = await _choice(visit, conn, token)
    typed = _as_typed(token) | {f"filter-{number}": "on" for number in attached}
    return _form(visit, token, view, typed=typed, filters=every)


async def edit(visit: Visit, *, tab: Tab) -> Response:
    view = View.sent_with(visit, tab)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            token = await tokens.kinds.look(tx.conn, tx.actor, tab.kind, token_id(visit))
            await tokens.kinds.update(
                tx, tab.kind, token.id, _changes(visit.form, token), seen_at=_seen_at(visit.form)
            )
            if tab.kind is TokenKind.SHARED:
                await tokens.shared.update(
                    tx, visit.instance, token.id, operator=operator(visit),
                    filters=tuple(FilterId(n) for n in forms.picked(visit.form, "filter")),
                )  # fmt: skip
    except (Invalid, Conflict, Forbidden) as error:
        async with visit.db.reader() as conn:
            token = await tokens.kinds.look(conn, visit.actor, tab.kind, token_id(visit))
            every, _ = await _choice(visit, conn, token)
        return _form(visit, token, view, typed=visit.form, filters=every, error=error)
    return visit.go(view.url, notice=tab.notice("changed"))


async def _choice(visit: Visit, conn: Any, token: Token) -> tuple[Any, Any]:
    """The filters that there are, and the numbers of those that the token has."""
    if token.kind is not TokenKind.SHARED:
        return [], []
    every = await tokens.shared.every_filter(conn, visit.actor)
    return every, (await tokens.shared.filters_of(conn, [token])).get(token.id, ())


def _form(
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
    return render(
        visit, "tokens/edit.html", status=status_of(error) if error else 200, token=token,
        view=view, typed=typed, filters=filters, now=visit.db.now(),
        seen=milliseconds(token.updated_at),
        wrong=others | {_form_field(field): sentence(error)} if error else {},
    )  # fmt: skip


def _mistakes(form: Mapping[str, str], token: Token, now: datetime) -> dict[str, str]:
    """What is wrong with each field by itself."""
    words = _words(form)
    found = mistakes(
        lambda: wording.name(form.get("name", ""), field="name"),
        lambda: model.description(form.get("description", "").replace("\r\n", "\n")),
        lambda: model.tags(tuple(words["tags"])),
        lambda: forms.moment(form.get("expires_at", ""), field="expires_at"),
        lambda: forms.moment(form.get("not_before", ""), field="not_before"),
        lambda: _check_moments(form, token, now),
        lambda: scopes.parse(words["scopes"]),
        lambda: Restrictions.parse(ip_allow=words["ip_allow"]),
        lambda: Restrictions.parse(methods=[method.upper() for method in words["methods"]]),
        lambda: Restrictions.parse(paths=_paths(form)),
    )
    return {_form_field(field): told for field, told in found.items()}


def _check_moments(form: Mapping[str, str], token: Token, now: datetime) -> None:
    if new := _moments(form, token):
        both = {"not_before": token.not_before, "expires_at": token.expires_at} | new
        model.check_times(both["not_before"], both["expires_at"], now=now)


def _form_field(field: str) -> str:
    """What the form calls a field of the API."""
    names = {"restrictions.ipAllow": "ip_allow", "restrictions.methods": "methods"}
    names |= {"restrictions.paths": "paths", "expiresAt": "expires_at", "notBefore": "not_before"}
    return names.get(field, field)


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
    words = _words(form)
    changes: dict[str, Any] = {
        "name": form.get("name", ""),
        "description": form.get("description", "").replace("\r\n", "\n"),
        "tags": tuple(words["tags"]),
    }
    if token.kind is TokenKind.SHIPPING:
        return changes
    changes |= _moments(form, token)
    if token.kind is TokenKind.SHARED:
        return changes
    changes["scopes"] = scopes.parse(words["scopes"])
    changes["restrictions"] = Restrictions.parse(
        ip_allow=words["ip_allow"], methods=[m.upper() for m in words["methods"]],
        paths=_paths(form),
    )  # fmt: skip
    return changes


def _moments(form: Mapping[str, str], token: Token) -> dict[str, datetime | None]:
    """Those that do not read as before."""
    return {
        name: forms.moment(form[name], field=name)
        for name in ("expires_at", "not_before")
        if name in form and form[name] != _as_local(getattr(token, name))
    }


def _words(form: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: form.get(name, "").replace(",", " ").split() for name in _WORDS}


def _paths(form: Mapping[str, str]) -> list[str]:
    return [line for line in form.get("paths", "").splitlines() if line]


_WORDS: Final = ("tags", "scopes", "ip_allow", "methods")  # a path may hold a comma or a space


def _as_local(at: datetime | None) -> str:
    """As a field for date and time has it: to the minute, in UTC."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _seen_at(form: Mapping[str, str]) -> datetime | None:
    """Which state of the token the form was drawn from: in milliseconds since 1970."""
    seen = forms.number(form.get("seen", ""))
    return None if seen is None else datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=seen)
