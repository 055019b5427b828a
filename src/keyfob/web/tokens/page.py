"""A tab of Manage tokens, drawn: its list, and what is open in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Self

from starlette.responses import Response

from keyfob import accounts, tokens
from keyfob.accounts import AccountType
from keyfob.errors import Invalid
from keyfob.tokens import Filter, Secret, Token, TokenKind
from keyfob.web import copying
from keyfob.web.problems import sentence
from keyfob.web.rendering import render
from keyfob.web.tokens import vocabulary, wanted
from keyfob.web.tokens.tab import Tab
from keyfob.web.tokens.view import ORDERS, PRODUCTS, ROWS, View
from keyfob.web.visit import Visit

# How long a new token lives, as the page offers it; the first one is chosen already.
LIFETIMES: Final[Mapping[TokenKind, Mapping[str, str]]] = {
    TokenKind.API: {
        "": "Does not expire",
        "7": "Expires in 7 days",
        "30": "Expires in 30 days",
        "90": "Expires in 90 days",
        "365": "Expires in a year",
    },
    TokenKind.SHARED: {
        "7": "Expires in 7 days",
        "1": "Expires in a day",
        "30": "Expires in 30 days",
        "90": "Expires in 90 days",
        "": "Does not expire",
    },
    TokenKind.SHIPPING: {},
}


FILTER_FIELDS: Final = ("description", "field", "value")  # below the list: they go along


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """
    The framed row at the top, with what was typed and what is wrong with it.

    `wrong` speaks of the options by field, `error` of all else; `is_open` unfolds the options.
    """

    typed: str = ""
    error: str = ""
    form: Mapping[str, str] = field(default_factory=dict[str, str])
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    is_open: bool = False

    @classmethod
    def typed_in(cls, form: Mapping[str, str], **more: Any) -> Self:
        is_open = any(form.get(name) for name in wanted.OPTIONS)
        return cls(typed=form.get("name", ""), form=form, is_open=is_open, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A value that goes out in this one answer, and its copy-ready lines when asked for."""

    token: Token
    value: Secret
    lines: bool


async def show(visit: Visit, *, tab: Tab) -> Response:
    view = View.of(tab, visit.query)
    if view.q != visit.query.get("q", ""):
        return visit.go(view.url)
    new = NewRow.typed_in(visit.query) if "new" in visit.query else None
    has_filter = new is not None and any(visit.query.get(name) for name in FILTER_FIELDS)
    new_filter = NewRow(form=visit.query) if has_filter else None
    edited = visit.query.get("edit", "")
    try:
        return await draw(visit, view, new=new, edited=edited, new_filter=new_filter)
    except Invalid as error:
        if error.field == "cursor":
            return visit.go(view.at(""))
        if error.field == "tag":
            plain = View.of(tab, {**visit.query, "tag": ""})
            return await draw(visit, plain, status=400, tag_error=sentence(error), tag=view.tag)
        raise


async def list_tags(visit: Visit, *, tab: Tab) -> Response:
    """What a field for a tag offers."""
    async with visit.db.reader() as conn:
        found = await tokens.tags_in_use(
            conn, visit.actor, account_id=visit.account_id, kind=tab.kind
        )
    return render(visit, "tokens/tags.html", tags=found)


async def draw(visit: Visit, view: View, *, status: int = 200, **opened: Any) -> Response:
    """`opened` is what is open in the list: `new`, `edited`, `new_name`, `shown`, `new_filter`."""
    now, kind = visit.db.now(), view.tab.kind
    common: dict[str, Any] = {
        "new": None, "edited": "", "new_name": None, "shown": None, "new_filter": None,
        "fresh": False, "tag_error": "", "tag": view.tag,
        "ticked": (), "tag_of_many": "", "limits": None, "filters": [], "attached": {},
    }  # fmt: skip
    query = view.query()
    async with visit.db.reader() as conn:
        if kind is TokenKind.SHARED:
            plan = await accounts.plan(conn, visit.here.account.main_id)
            if not plan.shared_tokens:
                return render(visit, "tokens/not_in_plan.html", view=view)
            common["filters"] = await tokens.shared.every_filter(conn, visit.actor)
        if kind is TokenKind.SHIPPING:
            common["limits"] = await tokens.shipping.limits(conn, visit.actor)
        page = await tokens.page(
            conn, visit.actor, query, account_id=visit.account_id, now=now, kind=kind
        )
        if kind is TokenKind.SHARED:
            common["attached"] = await tokens.shared.filters_of(conn, page.items)
    shown: Shown | None = opened.get("shown")
    lines = copying.lines(visit, shown.value, kind) if shown and shown.lines else []
    return render(
        visit, template(visit, view), status=status, lines=lines,
        variable=copying.variable(visit, kind), cookie=copying.cookie(kind),
        offered=vocabulary.of(page.items), lifetimes=LIFETIMES[kind],
        now=now, rows=ROWS, orders=ORDERS, products=PRODUCTS,
        **{**common, **opened, "view": view, "page": page},
    )  # fmt: skip


def template(visit: Visit, view: View) -> str:
    """A product that is another account's is told about; only one's own has a list."""
    if view.product in {"", own_product(visit)}:
        return "tokens/page.html"
    return "tokens/other_product.html"


def own_product(visit: Visit) -> str:
    return "metrics" if visit.here.account.type is AccountType.METRICS else "logs"


def lifetime(form: Mapping[str, str], kind: TokenKind) -> timedelta | None:
    """How long the new token shall live; None: for good. Raise Invalid for what is not offered."""
    offered = LIFETIMES[kind]
    if not offered:
        return None
    chosen = form.get("lifetime", next(iter(offered)))
    if chosen not in offered:
        raise Invalid("must be one of those that are offered", field="lifetime")
    return timedelta(days=int(chosen)) if chosen else None


def named(filters: Sequence[Filter], ids: Sequence[int]) -> Sequence[Filter]:
    """The filters of these numbers, in that order."""
    by_id: dict[int, Filter] = {each.id: each for each in filters}
    return [by_id[number] for number in ids if number in by_id]
