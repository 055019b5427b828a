"""The page behind Settings, Tools, Audit trail: who did what, when and from where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from keyfob import accounts, audit
from keyfob.accounts import Operation
from keyfob.actors import ActorKind
from keyfob.audit import Who
from keyfob.audit.listing import Page
from keyfob.audit.titles import EVENTS
from keyfob.errors import Invalid
from keyfob.tokens import Token
from keyfob.web import routing
from keyfob.web.audit import spreadsheet
from keyfob.web.audit.view import HERE, RANGES, View, entry_number
from keyfob.web.audit.words import Row, called
from keyfob.web.problems import sentence
from keyfob.web.rendering import render
from keyfob.web.tokens.finding import matching
from keyfob.web.visit import Visit

ROWS: Final = 50
CSV: Final = "text/csv; charset=utf-8"


GROUPS: Final[Mapping[str, str]] = {
    "token": "Tokens", "filter": "Tokens", "request": "Requests for tokens", "user": "People",
    "groups": "People", "account": "Accounts", "main_account": "Accounts", "plan": "Accounts",
    "access": "Accounts", "marker": "Accounts", "audit": "Accounts",
}  # fmt: skip
KINDS: Final[Mapping[ActorKind, str]] = {
    ActorKind.USER: "People",
    ActorKind.TOKEN: "Tokens",
    ActorKind.OPERATOR: "Others",
    ActorKind.VISITOR: "Others",
}


async def show(visit: Visit) -> Response:
    """A form sends empty fields too: those do not belong into an address."""
    view = View.of(visit.query)
    if not all(visit.query.values()) or view.q != visit.query.get("q", "").strip():
        return visit.go(view.url)
    if view.q:
        return await _of_token(visit, view)
    try:
        wanted = view.wanted(visit.db.now())
        before, after = entry_number(view.before, "before"), entry_number(view.after, "after")
    except Invalid as error:
        return await _draw(visit, view, None, status=400, wrong={error.field: sentence(error)})
    async with visit.db.reader() as conn:
        page = await accounts.trail_page(
            conn, visit.actor, wanted, before=before, after=after, limit=ROWS
        )
    return await _draw(visit, view, page)


async def _of_token(visit: Visit, view: View) -> Response:
    """The history of the token that is called so; of several, a choice."""
    async with visit.db.reader() as conn:
        exact = await matching(visit, conn, view.q, exact=True)
        found = exact or await matching(visit, conn, view.q)
    match [token for _, token in found]:
        case [only]:
            return visit.go(view.at(subject=only.subject))
        case []:
            wrong = {"q": "No token of this account is called that."}
            return await _draw(visit, view, None, status=400, wrong=wrong)
        case several:
            return await _draw(visit, view, None, choices=several)


async def export(visit: Visit) -> Response:
    """Everything that the filters find, while it is read; on record before the first line."""
    view = replace(View.of(visit.query), q="")  # which looks for a token, and restricts nothing
    wanted = view.wanted(visit.db.now())
    name = spreadsheet.file_name(visit.here.account.name, visit.db.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if not visit.wants_body:
        return Response(media_type=CSV, headers=headers)
    async with visit.db.transaction(visit.actor) as tx:
        await accounts.record_export(tx, view.told())
    chunks = accounts.trail_chunks(visit.db, visit.actor, wanted)
    return StreamingResponse(spreadsheet.lines(chunks), media_type=CSV, headers=headers)


async def _draw(
    visit: Visit,
    view: View,
    page: Page | None,
    *,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    choices: Sequence[Token] = (),
) -> Response:
    async with visit.db.reader() as conn:
        people = await accounts.trail_people(conn, visit.actor)
    rows = [Row.of(seen) for seen in page.items] if page else []
    return render(
        visit, "audit/page.html", status=status, view=view, page=page, rows=rows,
        wrong=wrong or {}, choices=choices, now=visit.db.now(), ranges=RANGES,
        actions=_actions(view), people=_people(people, view, rows), about=_about(view, rows),
    )  # fmt: skip


def _actions(view: View) -> Mapping[str, list[tuple[str, str]]]:
    """What one can choose: by group, word and title."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in GROUPS.values()}
    for action, event in EVENTS.items():
        if (group := GROUPS.get(action.partition(".")[0])) is not None:
            found[group].append((action, event.title))
    if view.action and not any(view.action == word for all_ in found.values() for word, _ in all_):
        found["Others"] = [(view.action, audit.event(view.action).title)]
    return found


def _people(
    people: Iterable[tuple[ActorKind, Who]], view: View, rows: list[Row]
) -> Mapping[str, list[tuple[str, str]]]:
    """Whom one can choose, by group; whoever is chosen already is among them in any case."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in KINDS.values()}
    for kind, who in people:
        found[KINDS[kind]].append((f"{kind}:{who.id}", called(kind, who)))
    if view.who and not any(view.who == key for all_ in found.values() for key, _ in all_):
        named = [called(row.kind, row.seen.who) for row in rows[:1]] or [view.who]
        found["Others"].append((view.who, named[0]))
    return {name: choices for name, choices in found.items() if choices}


def _about(view: View, rows: list[Row]) -> str:
    """What the thing is called whose history is shown."""
    names = [row.seen.entry.subject_name or row.seen.hint for row in rows]
    return next((name for name in names if name), "") if view.subject else ""


routes: list[BaseRoute] = [
    routing.Page(HERE, show, rule=Operation.READ_AUDIT_TRAIL),
    routing.Page(HERE + ".csv", export, rule=Operation.READ_AUDIT_TRAIL),
]
