"""The same small site in each framework: `/open`, `/any` for any good token, `/search`."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Annotated, Any

import httpx2
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from fastapi import Depends, FastAPI, Security, WebSocket
from flask import Flask, g
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient

from keyfob_client import Client, Valid, asgi, flask, wsgi
from keyfob_client.fastapi import Requires, protect
from support import django_site

PEER = "10.0.0.1"
PROXIES = ["10.0.0.0/8"]
RULES = {"/open": asgi.OPEN, "/any": (), "/search": "logs:search", "/socket": "logs:search"}
Site = Generator[httpx2.Client]


def told(valid: Valid | None) -> dict[str, Any]:
    return {"token": valid and valid.token_name, "account": valid and valid.account_name}


@contextmanager
def over_asgi(app: Any) -> Site:
    with TestClient(app, client=(PEER, 1), raise_server_exceptions=False) as client:
        yield client


@contextmanager
def over_wsgi(app: Any) -> Site:
    transport = httpx2.WSGITransport(app, remote_addr=PEER)
    with httpx2.Client(transport=transport, base_url="http://site.test") as client:
        yield client


@contextmanager
def starlette_site() -> Site:
    async def whose(request: Request) -> JSONResponse:
        return JSONResponse(told(request.state.keyfob))

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(told(socket.state.keyfob))
        await socket.close()

    routes = [Route(path, whose) for path in ("/open", "/any", "/search")]
    app = Starlette(routes=[*routes, WebSocketRoute("/socket", talk)])
    app.add_middleware(asgi.KeyfobMiddleware, rules=RULES, trusted_proxies=PROXIES)
    with over_asgi(app) as client:
        yield client


@contextmanager
def wsgi_site() -> Site:
    def whose(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told(environ["keyfob"])).encode()]

    with (
        Client() as asking,
        over_wsgi(
            wsgi.KeyfobMiddleware(whose, rules=RULES, trusted_proxies=PROXIES, client=asking)
        ) as client,
    ):
        yield client


@contextmanager
def fastapi_site() -> Site:
    app = FastAPI()
    protect(app, trusted_proxies=PROXIES)
    routes(app)
    with over_asgi(app) as client:
        yield client


def routes(app: FastAPI) -> None:
    @app.get("/open")
    async def anybody() -> dict[str, Any]:
        return told(None)

    @app.get("/any")
    async def any_token(valid: Annotated[Valid, Depends(Requires())]) -> dict[str, Any]:
        return told(valid)

    @app.get("/search")
    async def search(valid: Annotated[Valid, Depends(Requires("logs:search"))]) -> dict[str, Any]:
        return told(valid)

    @app.get("/secured")
    async def secured(
        valid: Annotated[Valid, Security(Requires(), scopes=["logs:search"])],
    ) -> dict[str, Any]:
        return told(valid)

    @app.websocket("/socket")
    async def talk(
        socket: WebSocket, valid: Annotated[Valid, Depends(Requires("logs:search"))]
    ) -> None:
        await socket.accept()
        await socket.send_json(told(valid))
        await socket.close()


@contextmanager
def flask_site() -> Site:
    app = Flask(__name__)

    @app.get("/open")
    def anybody() -> dict[str, Any]:
        return told(None)

    @app.get("/any")
    @flask.requires()
    def any_token() -> dict[str, Any]:
        return told(g.keyfob)

    @app.get("/search")
    @flask.requires("logs:search")
    def search() -> dict[str, Any]:
        return told(g.keyfob)

    with Client() as asking:
        flask.Keyfob(app, client=asking, trusted_proxies=PROXIES)
        with over_wsgi(app) as client:
            yield client


def django_settings() -> override_settings:
    keyfob = {"RULES": RULES, "TRUSTED_PROXIES": PROXIES}
    return override_settings(MIDDLEWARE=django_site.MIDDLEWARE, KEYFOB=keyfob)


@contextmanager
def django_site_sync() -> Site:
    with django_settings(), over_wsgi(WSGIHandler()) as client:
        yield client


@contextmanager
def django_site_async() -> Site:
    with django_settings(), over_asgi(without_lifespan(ASGIHandler())) as client:
        yield client


def without_lifespan(app: Any) -> Any:
    """Django has none; a server goes on without, and so must the one of these tests."""

    async def only_http(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})
            return
        await app(scope, receive, send)

    return only_http


@contextmanager
def rest_site() -> Site:
    with (
        override_settings(MIDDLEWARE=[], KEYFOB={"TRUSTED_PROXIES": PROXIES}),
        over_wsgi(WSGIHandler()) as client,
    ):
        client.base_url = "http://site.test/rest/"
        yield client


SITES = {
    "starlette": starlette_site,
    "wsgi": wsgi_site,
    "fastapi": fastapi_site,
    "flask": flask_site,
    "django": django_site_sync,
    "django-async": django_site_async,
    "rest-framework": rest_site,
}
