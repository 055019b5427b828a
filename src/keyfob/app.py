"""Wiring: settings in, ASGI application out. The only module that sees every part."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from socket import socket
from typing import Final, NoReturn

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from keyfob import api, audit, tokens, web
from keyfob.config import Config
from keyfob.db import Clock, utc_now
from keyfob.edge import Edge, internal_error
from keyfob.errors import Misconfigured
from keyfob.gate import Front, Gate, Listener
from keyfob.house import open_house
from keyfob.verification import Lookup, Running, TallyFile, Usage, keep_tidy
from keyfob.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """
    What the workers of one server have in common: the sockets of the gate, and, where there are
    several, the tally of the requests that they have under way.
    """

    gate: Sequence[socket] = ()
    tally: TallyFile | None = None


ALONE: Final = Shared()


def create_app(config: Config, *, clock: Clock = utc_now, shared: Shared = ALONE) -> ASGIApp:
    """
    The whole application on `PORT`: the API, the console, and what surrounds both; and, on
    sockets of its own, the listener for services and gateways.
    """
    app = FastAPI(
        title="Keyfob",
        version=__version__,
        lifespan=partial(_alive, config=config, clock=clock, shared=shared),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        exception_handlers={**api.handlers, HTTPException: _unknown_address},
    )
    app.add_exception_handler(Exception, _leave_to_the_edge)
    app.router.routes.extend([*api.routes, *web.routes])
    app.openapi = partial(api.describe, app)
    edge = Edge(app, config=config, broken=_broken)
    return Front(edge, lambda: app.state.gate, lambda: app.state.running)


@asynccontextmanager
async def _alive(
    app: FastAPI, *, config: Config, clock: Clock, shared: Shared
) -> AsyncGenerator[None]:
    """From the first request to the last: what requests find in `app.state`, and the upkeep."""
    app.state.config = config
    db, instance = await open_house(config, clock=clock)
    usage = Usage()
    app.state.db, app.state.instance, app.state.usage = db, instance, usage
    db.require_standing = tokens.require_standing
    lookup = app.state.lookup = Lookup(db, instance, entries=config.cache_entries)
    app.state.gate = Gate(lookup, usage, config.proxies)
    app.state.running = Running.shared(config.max_concurrent_per_account, shared.tally)
    following = app.state.following = audit.Following(db)
    listener = Listener(app.state.gate)
    await listener.start(shared.gate, tls=gate_tls(config))
    stopping = asyncio.Event()
    upkeep = asyncio.gather(usage.keep_writing(db, stopping), keep_tidy(db, stopping))
    try:
        yield
    finally:
        stopping.set()
        await listener.stop()
        await following.stop()
        try:
            await upkeep
            await usage.write(db)
        finally:
            await db.close()


def gate_tls(config: Config) -> ssl.SSLContext | None:
    """Raise Misconfigured when the certificate or its key cannot be used."""
    if config.gate_tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(config.gate_tls_cert, config.gate_tls_key)
    except OSError as error:  # ssl.SSLError is one
        raise Misconfigured(
            f"KEYFOB_GATE_TLS_CERT and KEYFOB_GATE_TLS_KEY: {error.strerror or error}",
            code="config/BAD_SETTING",
            setting="GATE_TLS_CERT",
        ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _unknown_address(request: Request, error: Exception) -> Response:
    """A page for people, JSON for programs, and the same headers for both."""
    assert isinstance(error, HTTPException)
    answer = await api.handlers[HTTPException](request, error)
    if not web.wants_page(request):
        return answer
    page = await web.unknown_address(request, error.status_code)
    if "Allow" in answer.headers:
        page.headers["Allow"] = answer.headers["Allow"]
    return page


def _broken(request: Request) -> Response:
    return web.broken(request) if web.wants_page(request) else internal_error(request)


async def _leave_to_the_edge(_: Request, error: Exception) -> NoReturn:
    """Starlette would answer a bug in plain text; the edge answers, and logs, in our shape."""
    raise error
