"""Each adapter in its real framework: before a real server, and while Keyfob is not there."""

import asyncio
import json
from uuid import uuid4

import httpx2
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from fastapi import FastAPI
from flask import Flask, g
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.websockets import WebSocketDisconnect
from support import django_site
from support.asking import STRANGER
from support.server import Server
from support.sites import (
    SITES,
    fastapi_site,
    over_asgi,
    over_wsgi,
    rest_site,
    routes,
    starlette_site,
)

from keyfob_client import flask
from keyfob_client.asgi import KeyfobMiddleware
from keyfob_client.fastapi import protect


@pytest.fixture(params=SITES.values(), ids=SITES.keys())
def framework(request):
    return request.param


@pytest.fixture
def new_token(server: Server):
    def make(**spec):
        with server.client() as http:
            answer = http.post("/v1/api-tokens", json={"name": f"site {uuid4()}"} | spec)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


@pytest.fixture
def site(framework, server: Server, new_token, monkeypatch):
    """The site, asking a real server."""
    monkeypatch.setenv("KEYFOB_SERVER", server.url)
    monkeypatch.setenv("KEYFOB_TOKEN", new_token(scopes=["tokens:verify"])["token"])
    with framework() as site:
        yield site


@pytest.fixture
def fake_site(framework, fake_keyfob):
    """The site, asking a Keyfob in memory."""
    with framework() as site:
        yield site


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code, if the body is that of Keyfob's errors; else fail."""
    body = answer.json()
    more = {"code"} if answer.status_code in {401, 403} else set()
    assert body.keys() == {"errorCode", "message", "requestId", "parameters"} | more
    assert body.get("code", answer.status_code) == answer.status_code
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, body["errorCode"]


def test_a_good_token_lets_in_and_the_application_knows_whose(site, new_token):
    made = new_token(scopes=["logs:search"])
    for headers in ({"X-API-TOKEN": made["token"]}, {"Authorization": f"Bearer {made['token']}"}):
        answer = site.get("/search", headers=headers)
        assert answer.status_code == 200, answer.text
        known = {"token": made["name"], "account": "Workshop o11y"}
        assert known.items() <= answer.json().items()


def test_a_bad_token_is_refused_with_the_same_words(site, new_token):
    revoked = new_token(scopes=["logs:search"], restrictions={"methods": ["PUT"]})["token"]
    for value in (STRANGER, STRANGER[:-1], revoked):
        answer = site.get("/any", headers={"X-API-TOKEN": value})
        assert problem(answer) == (403, "auth/BAD_TOKEN")
        assert answer.json()["message"] == "Insufficient privileges"


def test_a_scope_that_is_not_held_is_named(site, new_token):
    value = new_token(scopes=["logs:write"])["token"]
    answer = site.get("/search", headers={"X-API-TOKEN": value})
    assert problem(answer) == (403, "auth/INSUFFICIENT_SCOPE")
    assert answer.json()["parameters"] == {"scope": "logs:search"}


def test_no_token_is_told_how_to_send_one(site):
    answer = site.get("/search")
    assert problem(answer) == (401, "auth/NO_CREDENTIAL")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_two_tokens_are_one_too_many(site, new_token):
    value = new_token()["token"]
    two = site.get("/any", headers={"X-API-TOKEN": value, "Authorization": f"Bearer {STRANGER}"})
    twice = site.get("/any", headers={"X-API-TOKEN": f"{value},{value}"})
    assert problem(two) == (400, "auth/TWO_CREDENTIALS")
    assert problem(twice) == (400, "auth/TWO_CREDENTIALS")


def test_what_is_open_needs_no_token(site):
    assert site.get("/open").json() == {"token": None, "account": None}


def test_the_rules_of_a_token_hold_behind_a_trusted_proxy(site, new_token):
    path = site.base_url.join("any").path
    rules = {"ipAllow": ["203.0.113.7"], "methods": ["GET"], "paths": [path]}
    value = new_token(restrictions=rules)["token"]

    def ask(forwarded: str) -> int:
        headers = {"X-API-TOKEN": value, "X-Forwarded-For": forwarded}
        return site.get("/any", headers=headers).status_code

    assert ask("203.0.113.7") == 200
    assert ask("192.0.2.1, 203.0.113.7, 10.0.0.9") == 200
    assert ask("203.0.113.7, 192.0.2.1") == 403


def test_every_door_is_closed_while_keyfob_is_down(fake_site, fake_keyfob):
    headers = {"X-API-TOKEN": fake_keyfob.mint().value}
    assert fake_site.get("/any", headers=headers).status_code == 200
    fake_keyfob.down = True
    answer = fake_site.get("/any", headers=headers)
    assert problem(answer) == (503, "auth/UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    fake_keyfob.recover()
    assert fake_site.get("/any", headers=headers).status_code == 200


def test_one_request_is_one_question(fake_site, fake_keyfob):
    fake_site.get("/search", headers={"X-API-TOKEN": fake_keyfob.mint().value})
    [asked] = fake_keyfob.asked
    assert (asked.scopes, asked.method, asked.client_ip) == (("logs:search",), "GET", "10.0.0.1")
    assert asked.path == fake_site.base_url.join("search").path


@pytest.mark.parametrize("framework", [starlette_site, fastapi_site])
def test_a_websocket_is_asked_for_as_well(fake_site, fake_keyfob):
    good = {"X-API-TOKEN": fake_keyfob.mint(name="talker").value}
    with fake_site.websocket_connect("/socket", headers=good) as socket:
        assert socket.receive_json()["token"] == "talker"
    for headers in ({}, {"X-API-TOKEN": STRANGER}):
        with (
            pytest.raises(WebSocketDisconnect),
            fake_site.websocket_connect("/socket", headers=headers),
        ):
            pytest.fail("it was let in")


def test_an_asgi_header_that_comes_twice_is_refused(fake_keyfob):
    value = fake_keyfob.mint().value.encode()
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    scope = {
        "type": "http", "method": "GET", "path": "/",
        "headers": [(b"X-API-TOKEN", value), (b"x-api-token", value)],
    }  # fmt: skip
    asyncio.run(KeyfobMiddleware(nobody)(scope, receive, send))
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["errorCode"] == "auth/TWO_CREDENTIALS"


async def nobody(scope, receive, send):
    pytest.fail("it was let in")


def test_a_websocket_that_cannot_be_answered_is_closed(fake_keyfob):
    """A server without the extension for answers turns that into a 403."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/", "headers": []}
    asyncio.run(KeyfobMiddleware(nobody)(scope, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_fastapi_describes_the_token_as_a_header():
    app = FastAPI()
    routes(app)
    described = app.openapi()
    assert described["components"]["securitySchemes"] == {
        "Keyfob": {"type": "apiKey", "in": "header", "name": "X-API-TOKEN"}
    }
    assert described["paths"]["/search"]["get"]["security"] == [{"Keyfob": []}]
    assert described["paths"]["/secured"]["get"]["security"] == [{"Keyfob": ["logs:search"]}]
    assert "security" not in described["paths"]["/open"]["get"]


def test_fastapi_asks_for_the_scopes_of_security_as_well(fake_keyfob):
    with fastapi_site() as site:
        headers = {"X-API-TOKEN": fake_keyfob.mint(scopes=["logs:write"]).value}
        assert problem(site.get("/secured", headers=headers)) == (403, "auth/INSUFFICIENT_SCOPE")
    assert fake_keyfob.asked[0].scopes == ("logs:search",)


def test_fastapi_without_protect_asks_the_keyfob_of_the_environment(fake_keyfob):
    app = FastAPI()
    routes(app)
    good = {"X-API-TOKEN": fake_keyfob.mint(name="mine").value}
    with over_asgi(app) as site:
        assert site.get("/search", headers=good).json()["token"] == "mine"
        refused = site.get("/search")
    assert refused.status_code == 401
    assert refused.json()["detail"]["errorCode"] == "auth/NO_CREDENTIAL"
    assert refused.headers["www-authenticate"] == "Bearer"


def test_flask_without_the_extension_asks_the_keyfob_of_the_environment(fake_keyfob):
    app = Flask(__name__)

    @app.get("/")
    @flask.requires("logs:search")
    async def whose():
        return {"token": g.keyfob.token_name}

    with over_wsgi(app) as site:
        headers = {"X-API-TOKEN": fake_keyfob.mint(name="mine").value}
        assert site.get("/", headers=headers).json() == {"token": "mine"}
        assert site.get("/").status_code == 401


def test_django_refuses_a_setting_that_it_does_not_know():
    with (
        override_settings(MIDDLEWARE=django_site.MIDDLEWARE, KEYFOB={"RULE": ()}),
        pytest.raises(ImproperlyConfigured, match="RULES"),
    ):
        WSGIHandler()


def test_rest_framework_leaves_a_request_without_token_to_the_permissions(fake_keyfob):
    with rest_site() as site:
        answer = site.get("/any")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert fake_keyfob.asked == []


def test_rest_framework_has_a_user_for_throttles_and_permissions(fake_keyfob):
    token = fake_keyfob.mint()
    with rest_site() as site:
        told = site.get("/any", headers={"X-API-TOKEN": token.value}).json()
    assert told["pk"] == token.id


def test_another_client_than_that_of_the_environment_may_be_given(fake_keyfob, monkeypatch):
    """Whoever makes a client closes it: the application leaves it open."""
    monkeypatch.delenv("KEYFOB_TOKEN")
    good = {"X-API-TOKEN": fake_keyfob.mint(name="mine").value}
    client = fake_keyfob.async_client()
    app = FastAPI()
    protect(app, client=client)
    routes(app)
    behind = Starlette(routes=[Route("/search", tell)])
    behind.add_middleware(KeyfobMiddleware, client=client)
    for each in (app, behind):
        with over_asgi(each) as site:
            assert site.get("/search", headers=good).json()["token"] == "mine"
    asyncio.run(client.aclose())


async def tell(request):
    return JSONResponse({"token": request.state.keyfob.token_name})


def test_a_flask_extension_may_come_before_its_application(fake_keyfob):
    keyfob = flask.Keyfob(client=fake_keyfob.client())
    app = Flask(__name__)
    keyfob.init_app(app)

    @app.get("/")
    @flask.requires()
    def whose():
        return {"token": g.keyfob.token_name}

    with over_wsgi(app) as site:
        headers = {"X-API-TOKEN": fake_keyfob.mint(name="mine").value}
        assert site.get("/", headers=headers).json() == {"token": "mine"}
