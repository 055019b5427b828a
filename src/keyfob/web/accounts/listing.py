"""The list: the plan as a picture, the accounts that share it, metrics accounts."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from keyfob import families, wording
from keyfob.accounts import Account
from keyfob.families import Member, MetricsAccount
from keyfob.web.accounts import picture
from keyfob.web.rendering import render
from keyfob.web.visit import NOTICE, Visit

HERE: Final = "/settings/manage-accounts"
MANY: Final = 10  # accounts; where there are more, one can search


async def show(visit: Visit) -> Response:
    """`q` is looked for in names and ids; `made` is the id of an account that was made just now."""
    async with visit.db.reader() as conn:
        family = await families.family(conn, visit.actor)
        others = await families.metrics.of_family(conn, visit.actor)
        every = [*family.accounts, *(each.account for each in others)]
        tokens = await families.default_tokens(conn, visit.actor, every)
    q = visit.query.get("q", "").strip()[: wording.LONGEST_NAME]
    found: dict[str, Any] = {
        "members": [each for each in family.members if _matches(each, q)],
        "metrics": [each for each in others if _matches(each, q)],
    }
    return render(
        visit, "accounts/page.html", family=family, others=others, tokens=tokens, q=q,
        made=_made(visit, every), parts=picture.parts(family), in_words=picture.in_words(family),
        searching=len(every) > MANY or q, **found,
        # What was done a moment ago may have changed the accounts that the header lists.
        with_header=NOTICE in visit.request.cookies,
    )  # fmt: skip


def _matches(one: Member | MetricsAccount, q: str) -> bool:
    return wording.same(q) in wording.same(one.account.name) or q == str(one.account.id)


def _made(visit: Visit, every: Sequence[Account]) -> Account | None:
    wanted = visit.query.get("made", "")
    return next((each for each in every if str(each.id) == wanted), None)
