"""One table of verdicts, and every way to ask: the answers are the same."""

import asyncio
import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from rows.verdict import NOT_FOUND, Row, Said, api_token
from rows.verdicts import ROWS
from support import worlds
from support.asking import STRANGER
from support.gateways import Answer, Asking, Backend, Sent, Setting, nginx
from support.hearing import Heard, Plain, heard_of_auth, heard_of_batch, heard_of_verify
from support.indoors import Indoors
from support.server import TLS, Server, free_port
from support.worlds import World

from keyfob import verification
from keyfob.db import utc_now
from keyfob.gate import Gate, Question, Request, split
from keyfob.verification import ACCEPTED, Reason
from keyfob_client import Client, KeyfobError, Valid, errors, parse

VERIFY, BATCH, AUTH = "/v1/verify", "/v1/verify/batch", "/auth"

# What a gateway's operator writes: here, the test says it with each request.
CALLER, NEEDS, ADDRESS = "X-Test-Caller", "X-Test-Needs", "X-Test-Address"
OPERATORS = {
    "nginx/token.conf": "proxy_set_header X-Keyfob-Gateway $http_x_test_caller;\n",
    "nginx/scopes.conf": "map $http_x_test_needs $keyfob_scopes { default $http_x_test_needs; }\n",
}

Ask = Callable[[str, str, Sent, bytes], Answer]


def through(name: str, ask: Ask, plain: Plain, *, verify: str = VERIFY, auth: str = AUTH) -> Heard:
    """What both operations say there."""
    headers, body = plain.verify
    asked = ask("POST", verify, headers, json.dumps(body).encode())
    heard: Heard = {f"{name}, verify": heard_of_verify(asked, plain.world)}
    if plain.row.at_auth is not None:
        answer = ask("GET", auth, plain.auth, b"")
        heard[f"{name}, /auth"] = heard_of_auth(answer, plain.world)
    return heard


def batched(ask: Ask, plain: Plain) -> Heard:
    headers, body = plain.verify
    items = [{"token": STRANGER}, body, {"token": STRANGER}]
    answer = ask("POST", BATCH, headers, json.dumps({"items": items}).encode())
    return {"batch": heard_of_batch(answer, plain.world)}


def behind_nginx(ask: Ask, backend: Backend, plain: Plain) -> Heard:
    """The status a client gets; and the backend was asked, as that token, only for a 200."""
    row, before = plain.row, backend.requests
    told = [(CALLER, plain.caller), (NEEDS, " ".join(row.scopes)), (ADDRESS, row.client_ip)]
    headers = row.carried(plain.token) + [(name, text) for name, text in told if text]
    answer = ask(row.method or "GET", row.path or "/", headers, b"")
    assert backend.requests - before == (answer.status == 200)
    if answer.status == 200 and answer.body:
        came = dict(answer.json()["headers"])
        assert plain.world.names[int(came["x-keyfob-token-id"])] == row.token
    return {"nginx": answer.status}


STATUS_OF: Mapping[type[KeyfobError], int] = {
    errors.BadRequest: 400, errors.Unauthorized: 401, errors.Forbidden: 403,
}  # fmt: skip


def by_client(client: Client, plain: Plain) -> Heard:
    row = plain.row
    try:
        answer = client.verify(
            plain.token, scopes=row.scopes, client_ip=row.client_ip, method=row.method,
            path=row.path, cost=row.more.get("cost", 1),
        )  # fmt: skip
    except KeyfobError as error:
        return {"client": Said(STATUS_OF[type(error)], error.code, error.field)}
    if isinstance(answer, Valid):
        return {"client": Said(200, "VALID", plain.world.names[answer.token_id])}
    return {"client": Said(200, answer.code)}


def client_can_ask(plain: Plain) -> bool:
    """It is some token itself, has its own way to carry it, and cannot ask nonsense."""
    row = plain.row
    usual = row.carried is api_token and parse(plain.caller) is not None and not row.caller_ip
    return usual and set(row.more) <= {"cost"} and isinstance(row.more.get("cost", 1), int)


@dataclass
class Scene:
    """One server process on SQLite, and nginx in front of its gate."""

    world: World
    server: Server
    port: Asking
    gate: Asking
    nginx: Asking
    backend: Backend
    clients: dict[str, Client]

    def client(self, token: str) -> Client:
        if token not in self.clients:
            self.clients[token] = Client(server=self.server.url, token=token, ssl_context=TLS)
        return self.clients[token]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    folder = tmp_path_factory.mktemp("semantics")
    world = asyncio.run(worlds.real(folder / "data"))
    settings = {"GATE_PORT": free_port(), "TRUSTED_PROXIES": "127.0.0.1/32"}
    server = Server(folder / "data", settings).start()
    with Backend() as backend:
        setting = Setting(folder / "nginx", settings["GATE_PORT"], backend.port, "", OPERATORS)
        with nginx(setting) as port:
            asking = [Asking(each) for each in (server.port, settings["GATE_PORT"], port)]
            scene = Scene(world, server, *asking, backend, {})
            yield scene
            for each in (*asking, *scene.clients.values()):
                each.close()
    assert server.stop() == 0


def expected(row: Row, heard: Heard) -> Heard:
    """For the ways that were asked."""
    known: Heard = {
        way: row.by_auth if way.endswith("/auth") else row.by_verify for way in heard
    } | {"nginx": row.by_gateway}
    return {way: known[way] for way in heard}


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_every_way_over_the_wire_says_the_same(scene: Scene, row: Row):
    plain = Plain(row, scene.world)
    heard = (
        through("PORT", scene.port, plain)
        | through("GATE_PORT", scene.gate, plain)
        | through("the long way", scene.port, plain, verify="//v1/verify/", auth="//auth/")
        | batched(scene.gate, plain)
    )
    if row.by_gateway is not None:
        heard |= behind_nginx(scene.nginx, scene.backend, plain)
    wanted = expected(row, heard)
    if client_can_ask(plain):
        heard |= by_client(scene.client(plain.caller), plain)
        # What is malformed is refused by the client itself: nobody is asked.
        is_sent = parse(plain.token) is not None
        wanted["client"] = row.by_verify if is_sent else NOT_FOUND
    assert heard == wanted


# In this process, on both engines.


async def asked_of(gate: Gate, path: str, sent: Sent, body: bytes = b"") -> Answer:
    """Without any HTTP."""
    headers = [(name.lower().encode(), text.encode("latin-1")) for name, text in sent]
    method = "POST" if body else "GET"
    answer = await gate.answer(Request(method, path, "", headers, body, "127.0.0.1"))
    told = {name.decode(): text.decode("latin-1") for name, text in split(answer.head)}
    return Answer(answer.status, told, answer.body)


async def asked_of_asgi(indoors: Indoors, path: str, sent: Sent, body: bytes = b"") -> Answer:
    headers = [(name.encode(), text.encode("latin-1")) for name, text in sent]
    method = "POST" if body else "GET"
    transport = httpx2.ASGITransport(app=indoors.asgi, client=("127.0.0.1", 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://keyfob.test") as http:
        answer = await http.request(method, path, headers=headers, content=body)
    return Answer(answer.status_code, dict(answer.headers), answer.content)


async def in_process(indoors: Indoors, plain: Plain) -> Heard:
    headers, body = plain.verify
    content, gate, world = json.dumps(body).encode(), indoors.app.state.gate, plain.world
    heard: Heard = {
        "gate": heard_of_verify(await asked_of(gate, VERIFY, headers, content), world),
        "ASGI": heard_of_verify(await asked_of_asgi(indoors, VERIFY, headers, content), world),
    }
    if plain.row.at_auth is not None:
        heard["gate, /auth"] = heard_of_auth(await asked_of(gate, AUTH, plain.auth), world)
        heard["ASGI, /auth"] = heard_of_auth(await asked_of_asgi(indoors, AUTH, plain.auth), world)
    if plain.row.said.status == 200:
        heard["verification.verify"] = await verified(indoors, plain, Question(**body))
    return heard


async def verified(indoors: Indoors, plain: Plain, question: Question) -> Said:
    lookup = indoors.house.lookup
    asking = await lookup.patiently(lambda reading: lookup.find(plain.caller, reading))
    assert asking is not None
    verdict, token = await lookup.patiently(
        lambda reading: verification.verify(
            lookup, question.token, question.use(), account_id=asking.account.id, reading=reading
        )
    )
    if verdict is ACCEPTED:
        assert token is not None
        return Said(200, "VALID", plain.world.names[token.id])
    return Said(200, verdict.value)


@pytest.mark.anyio
async def test_in_process_and_by_asgi_on_either_engine(database_url: str, tmp_path: Path):
    world = await worlds.real(tmp_path / "data", database_url)
    settings = {"peer": "127.0.0.1", "trusted_proxies": "127.0.0.1/32"}
    async with Indoors.open(tmp_path / "data", database_url, utc_now, **settings) as indoors:
        for row in ROWS:
            heard = await in_process(indoors, Plain(row, world))
            assert heard == expected(row, heard), row.name


def test_the_table_is_large_and_has_every_outcome():
    """So that a row that is lost is missed."""
    assert len(ROWS) >= 290
    assert len({row.name for row in ROWS}) == len(ROWS)
    reasons = {row.said.code for row in ROWS if row.said.status == 200}
    assert reasons == {*Reason} | {"VALID"}
    assert {row.said.status for row in ROWS} == {200, 400, 401, 403}
    assert {row.by_gateway for row in ROWS} == {200, 400, 401, 403, None}
