"""What others do while a page is open: it hears of it, and draws itself anew."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Final

from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob.audit import Following
from keyfob.db import from_milliseconds, milliseconds
from keyfob.web import forms
from keyfob.web.routing import Page, SignedIn
from keyfob.web.visit import LIVE, Visit

LONGEST: Final = 300  # seconds; then the browser asks again, and is asked again who it is
# Seconds: a proxy takes a silent connection for a dead one. Whether somebody still may listen is
# looked at as often.
HEARTBEAT: Final = 20
AGAIN_AFTER: Final = 2000  # milliseconds until a browser that was cut off comes back


async def listen(visit: Visit) -> Response:
    """Server-sent events: each names the requests that did something in the visitor's account."""
    if not visit.wants_body:
        return EventSourceResponse((), headers={"Cache-Control": "no-store"})
    following: Following = visit.request.app.state.following
    following.require_room(visit.account_id, visit.here.user.id)
    visit.request.state.endless = True  # a server that stops does not wait for it
    return EventSourceResponse(_events(following, visit), headers={"Cache-Control": "no-store"})


def _since(visit: Visit) -> datetime:
    """When the page was drawn; not longer ago than anybody listens at a stretch."""
    now = visit.db.now()
    drawn = forms.number(visit.query.get("since", ""))
    earliest = now - timedelta(seconds=LONGEST)
    return now if drawn is None else max(earliest, from_milliseconds(min(drawn, milliseconds(now))))


async def _events(following: Following, visit: Visit) -> AsyncGenerator[bytes]:
    yield format_sse_event(comment="listening", retry=AGAIN_AFTER)
    clock = asyncio.get_running_loop()
    asked = clock.time()
    deadline = asked + LONGEST
    async with following.listen(
        visit.account_id, since=_since(visit), user_id=visit.here.user.id
    ) as listener:
        while clock.time() < deadline:
            try:
                heard = await asyncio.wait_for(listener.wait(), HEARTBEAT)
            except TimeoutError:
                heard = frozenset[str]()
            if clock.time() - asked >= HEARTBEAT:
                if not await visit.is_still_here():
                    return
                asked = clock.time()
            if heard:
                yield format_sse_event(event="done", data_str=" ".join(sorted(heard)))
            else:
                yield format_sse_event(comment="still here")


routes: list[BaseRoute] = [Page(LIVE, listen, rule=SignedIn.SIGNED_IN)]
