"""Everything about one token, and what can be done to it: a panel beside its list, or a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from starlette.responses import Response

from keyfob import accounts, tokens
from keyfob.audit import Entry
from keyfob.db import Connection
from keyfob.tokens import Filter, FilterId, Token, TokenId, TokenKind
from keyfob.verification import Reason, history
from keyfob.verification.history import Bucket, Span, TokenHistory
from keyfob.web.audit.words import Change, changes
from keyfob.web.rendering import render
from keyfob.web.tokens.page import named
from keyfob.web.tokens.tab import Tab
from keyfob.web.tokens.view import View
from keyfob.web.visit import Visit

ENTRIES: Final = 8  # of the token's history in the panel; the rest is in the audit trail
BAR: Final = 46  # pixels: the height of the fullest day
FROM: Final = "panel"  # the field that a form of the panel has: it comes back here

REFUSED: Final[Mapping[Reason, str]] = {
    Reason.NOT_FOUND: "unknown",
    Reason.EXPIRED: "after its end",
    Reason.DISABLED: "while disabled",
    Reason.REVOKED: "after it was deleted",
    Reason.NOT_YET_VALID: "before its start",
    Reason.INSUFFICIENT_SCOPE: "for want of a scope",
    Reason.IP_DENIED: "from an address that it may not come from",
    Reason.METHOD_DENIED: "with another HTTP method",
    Reason.PATH_DENIED: "for another path",
    Reason.ACCOUNT_SUSPENDED: "while the account was suspended",
}


@dataclass(frozen=True, slots=True)
class Day:
    """A column of the picture of use. Heights are in pixels."""

    at: datetime
    good: int
    refused: int
    good_height: int
    refused_height: int


@dataclass(frozen=True, slots=True)
class Past:
    """An entry of the token's history, and what it changed; what a new one was given is above."""

    entry: Entry
    changes: Sequence[Change]

    @classmethod
    def of(cls, entry: Entry, filters: Sequence[Filter]) -> "Past":
        if entry.action != "token.updated":
            return cls(entry, ())
        return cls(entry, changes(_with_names(entry, filters)))


def _with_names(entry: Entry, filters: Sequence[Filter]) -> Entry:
    """The record has the numbers of filters; those that are still there are told in words."""
    if "filters" not in entry.changes:
        return entry
    names = {each.id: f"{each.field}={each.value}" for each in filters}
    old, new = (
        [names.get(number, f"filter {number}") for number in cast("list[FilterId]", ids)]
        for ids in entry.changes["filters"]
    )
    return replace(entry, changes={**entry.changes, "filters": (old, new)})


def token_id(visit: Visit) -> TokenId:
    return TokenId(visit.request.path_params["id"])


def back(visit: Visit, view: View) -> str:
    """Where the form came from: the panel of the token, or the list."""
    return view.about(token_id(visit)) if FROM in visit.form else view.url


async def show(visit: Visit, *, tab: Tab) -> Response:
    return await draw(visit, View.of(tab, visit.query))


async def draw(visit: Visit, view: View, *, status: int = 200, wrong: str = "") -> Response:
    """`wrong` is why nothing was done."""
    now, kind = visit.db.now(), view.tab.kind
    span = Span.parse(Bucket.DAY, None, None, now=now)
    async with visit.db.reader() as conn:
        use = await history.of_token(conn, visit.actor, token_id(visit), span, kind)
        token = await tokens.kinds.look(conn, visit.actor, kind, token_id(visit))
        entries = await accounts.trail_of(conn, visit.actor, token.subject, limit=ENTRIES + 1)
        every, attached = await _filters(visit, conn, token)
        is_last = await _is_last(visit, conn, token)
    return render(
        visit, "tokens/detail.html", status=status, token=token, view=view, now=now, use=use,
        days=_days(use, span), refusals=_refusals(use), more=len(entries) > ENTRIES,
        past=[Past.of(entry, every) for entry in entries[:ENTRIES]],
        filters=named(every, attached), is_last=is_last, wrong=wrong,
    )  # fmt: skip


async def _filters(
    visit: Visit, conn: Connection, token: Token
) -> tuple[Sequence[Filter], Sequence[FilterId]]:
    """Those that there are, and the numbers of the token's."""
    if token.kind is not TokenKind.SHARED or token.revoked_at is not None:
        return [], []
    every = await tokens.shared.every_filter(conn, visit.actor)
    return every, (await tokens.shared.filters_of(conn, [token])).get(token.id, ())


async def _is_last(visit: Visit, conn: Connection, token: Token) -> bool:
    """Whether data is shipped with this one alone: then it stays."""
    if token.kind is not TokenKind.SHIPPING or not token.enabled:
        return False
    return (await tokens.shipping.limits(conn, visit.actor)).is_last


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


def _refusals(use: TokenHistory) -> list[tuple[str, int]]:
    """Why it was refused, in words, and how often; the most frequent reason first."""
    refused = history.total(use.by.values()).refused
    return [(REFUSED[Reason(code)], uses) for code, uses in refused.most_common()]


def _height(uses: int, fullest: int) -> int:
    """A single use among thousands can still be seen."""
    return max(2, round(BAR * uses / fullest)) if uses else 0
