"""Many rows at once: disable, enable, tag, delete. All of them, or none."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from keyfob import tokens
from keyfob.errors import Conflict, Invalid
from keyfob.problems import status_of
from keyfob.tokens import Token, TokenId
from keyfob.web import forms
from keyfob.web.problems import sentence
from keyfob.web.rendering import render
from keyfob.web.tokens.page import draw
from keyfob.web.tokens.tab import Tab
from keyfob.web.tokens.view import View
from keyfob.web.visit import Visit

NONE_TICKED: Final = "Tick the tokens first that you want to change."


async def update(visit: Visit, *, tab: Tab) -> Response:
    """The button that was pressed says what: `do` is disable, enable, tag or untag."""
    view, ids = View.sent_with(visit, tab), _ticked(visit)
    do = visit.form.get("do", "")
    if not ids:
        return await draw(visit, view, status=400, toast=NONE_TICKED)
    try:
        async with visit.db.transaction(visit.actor) as tx:
            for token_id in ids:
                token = await tokens.kinds.hold(tx, tab.kind, token_id)
                await tokens.kinds.update(tx, tab.kind, token_id, _changes(visit.form, do, token))
    except (Invalid, Conflict) as error:
        told = f"{sentence(error)} Nothing was changed."
        return await draw(
            visit, view, status=status_of(error), toast=told, ticked=ids,
            tag_of_many=visit.form.get("tag", ""),
        )  # fmt: skip
    return visit.go(view.url, notice=tab.notice(f"many-{do}"))


def _changes(form: Mapping[str, str], do: str, token: Token) -> Mapping[str, Any]:
    tag = form.get("tag", "").strip()
    match do:
        case "disable" | "enable":
            return {"enabled": do == "enable"}
        case "tag" | "untag" if not tag:
            raise Invalid("is required", field="tag")
        case "tag":
            return {"tags": tuple(dict.fromkeys((*token.tags, tag)))}
        case "untag":
            return {"tags": tuple(each for each in token.tags if each != tag)}
        case _:
            raise Invalid("must be disable, enable, tag or untag", field="do")


async def ask_to_delete(visit: Visit, *, tab: Tab) -> Response:
    """A question that changes nothing, though it comes as a POST: addresses are not that long."""
    view, ids = View.sent_with(visit, tab), _ticked(visit)
    if not ids:
        return await draw(visit, view, status=400, toast=NONE_TICKED)
    async with visit.db.reader() as conn:
        found = [await tokens.kinds.look(conn, visit.actor, tab.kind, each) for each in ids]
    return render(visit, "tokens/delete_many.html", found=found, view=view, now=visit.db.now())


async def delete(visit: Visit, *, tab: Tab) -> Response:
    view, ids = View.sent_with(visit, tab), _ticked(visit)
    if not ids:
        return await draw(visit, view, status=400, toast=NONE_TICKED)
    async with visit.db.transaction(visit.actor) as tx:
        for token_id in ids:
            await tokens.kinds.delete(tx, visit.instance, tab.kind, token_id)
    return visit.go(view.url, notice=tab.notice("many-deleted"))


def _ticked(visit: Visit) -> Sequence[TokenId]:
    """In one order for all: two who change the same ones wait for each other, and no more."""
    return [TokenId(number) for number in sorted(forms.picked(visit.form, "tick"))]
