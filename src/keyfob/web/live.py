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
from keyfob.web.visit import Visit

LONGEST: Final = 300  # seconds; then the browser asks again, and is asked again who it is
HEARTBEAT: Final = 20  # seconds: a proxy takes a silent connection for a dead one
AGAIN_AFTER: Final = 2000  # milliseconds until a browser that was cut off comes back


async def listen(visit: Visit) -> Response:
    """Server-sent events: each names the requests that did something in the visitor's account."""
    following: Following = visit.request.app.state.following
    following.require_room(visit.account_id)
    visit.request.state.endless = True  # a server that stops does not wait for it
    return EventSourceResponse(
        _events(following, visit.account_id, _since(visit)), headers={"Cache-Control": "no-store"}
    )


def _since(visit: Visit) -> datetime:
    """When the page was drawn; not longer ago than anybody listens at a stretch."""
    now = visit.db.now()
    drawn = forms.number(visit.query.get("since", ""))
    earliest = now - timedelta(seconds=LONGEST)
    return now if drawn is None else max(earliest, from_milliseconds(min(drawn, milliseconds(now))))


async def _events(following: Following, account_id: int, since: datetime) -> AsyncGenerator[bytes]:
    yield format_sse_event(comment="listening", retry=AGAIN_AFTER)
    deadline = asyncio.get_running_loop().time() + LONGEST
    async with following.listen(account_id, since) as listener:
        while asyncio.get_running_loop().time() < deadline:
            try:
                heard = await asyncio.wait_for(listener.wait(), HEARTBEAT)
            except TimeoutError:
                yield format_sse_event(comment="still here")
                continue
            yield format_sse_event(event="done", data_str=" ".join(sorted(heard)))


routes: list[BaseRoute] = [Page("/live", listen, rule=SignedIn.SIGNED_IN)]
