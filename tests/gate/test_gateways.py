"""Real gateways with the configurations of examples/gateways: what gets through them."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from support import worlds
from support.asking import CUT, STRANGER
from support.gateways import GATEWAYS, Answer, Asking, Backend, Sent, Setting, asking
from support.server import Server, free_port
from support.worlds import World

MANY = 300
IDENTITY = ("account-id", "account-name", "account-type", "main-account-id", "token-id", "scopes")
FALSE = [(f"X-Keyfob-{name.title()}", "2000001") for name in IDENTITY]
ODD = [("X_Keyfob_Account_Id", "2000001"), ("x-keyfob_Token-Id", "1"), ("X-KEYFOB-GATEWAY", "x")]


@dataclass
class House:
    """A server, and what is made in it."""

    world: World
    server: Server
    gate_port: int


@dataclass
class Way:
    """From a client through a gateway to the backend."""

    house: House
    ask: Asking
    backend: Backend
    setting: Setting

    def __call__(
        self, token: str = "", *more: tuple[str, str], method: str = "GET", path: str = "/",
        body: bytes | list[bytes] = b"",
    ) -> Answer:  # fmt: skip
        value = self.house.world.values.get(token, token)
        headers = [("X-API-TOKEN", value)] if value else []
        return self.ask(method, path, [*headers, *more], body)

    def value(self, token: str) -> str:
        return self.house.world.values[token]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    folder = tmp_path_factory.mktemp("gateways") / "data"
    world, gate_port = asyncio.run(worlds.real(folder)), free_port()
    server = Server(folder, {"GATE_PORT": gate_port}).start()
    yield House(world, server, gate_port)
    assert server.stop() == 0


@pytest.fixture(scope="module", params=GATEWAYS)
def way(
    request: pytest.FixtureRequest, house: House, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Way]:
    folder = tmp_path_factory.mktemp(request.param)
    with Backend() as backend:
        setting = Setting(folder, house.gate_port, backend.port, house.world.values["caller"], {})
        with GATEWAYS[request.param](setting) as port, asking(port) as ask:
            yield Way(house, ask, backend, setting)


def headers_of(answer: Answer) -> Sent:
    """What arrived at the backend."""
    assert answer.status == 200, answer.body
    return [(name, text) for name, text in answer.json()["headers"]]


def test_a_good_token_gets_through_and_its_account_is_told(way: Way):
    came = dict(headers_of(way("of the sub account", path="/a?b=c")))
    names = {
        number: name
        for name, number in [
            *zip(way.house.world.names.values(), way.house.world.names, strict=True)
        ]
    }
    assert names[int(came["x-keyfob-token-id"])] == "of the sub account"
    assert names[int(came["x-keyfob-account-id"])] == "sub"
    assert names[int(came["x-keyfob-main-account-id"])] == "main"
    assert came["x-keyfob-account-type"] == "SUB"
    assert came["x-keyfob-account-name"] == "sub"
    assert came["x-keyfob-scopes"] == "*"


REFUSED = {
    "nobody": (401, {}),
    "unknown": (403, {"token": STRANGER}),
    "mistyped": (403, {"token": CUT}),
    "revoked": (403, {"token": "revoked"}),
    "of another family": (403, {"token": "of others"}),
    "of a suspended account": (403, {"token": "of the idle"}),
    "lacks the scope": (403, {"token": "without wildcards", "path": "/v1/search"}),
    "lacks the scope, below": (403, {"token": "without wildcards", "path": "/v1/search/a?b"}),
    "lacks the scope, escaped": (403, {"token": "without wildcards", "path": "/v1/%73earch"}),
    "wrong method": (403, {"token": "reads", "method": "POST"}),
    "wrong path": (403, {"token": "on paths", "path": "/v2/search"}),
    "wrong path, by an escape": (403, {"token": "on paths", "path": "/v1/search%2f..%2fusers"}),
    "wrong address": (403, {"token": "at the office"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_does_not_reach_the_backend(way: Way, name: str):
    status, request = REFUSED[name]
    before = way.backend.requests
    answer = way(**request)
    # HAProxy refuses a path that could be read in two ways before anybody is asked.
    assert answer.status in {status, 400 if "escape" in name else status}
    assert way.backend.requests == before
    assert "x-keyfob-reason" not in answer.headers


ALLOWED = {
    "the scope": {"token": "searcher", "path": "/v1/search"},
    "no scope needed": {"token": "without wildcards", "path": "/v1/searches"},
    "method": {"token": "reads", "method": "HEAD"},
    "path": {"token": "on paths", "path": "/v1/search/a/b?q=%20"},
    "address": {"token": "on this host"},
    "a shipping token": {"token": "shipping", "method": "POST"},
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_the_restrictions_allow_gets_through(way: Way, name: str):
    before = way.backend.requests
    assert way(**ALLOWED[name]).status == 200
    assert way.backend.requests == before + 1


LIES = {
    "address": ("at the office", "/", [("X-Real-IP", "203.0.113.9")]),
    "address of a proxy": ("at the office", "/", [("X-Forwarded-For", "203.0.113.9")]),
    "method": ("caller that posts", "/", [("X-Forwarded-Method", "POST")]),
    "path": ("on paths", "/", [("X-Forwarded-Uri", "/v1/search")]),
    "scopes": ("without wildcards", "/v1/search", [("X-Keyfob-Scopes", "tokens:read")]),
    "gateway": (STRANGER, "/", [("X-Keyfob-Gateway", STRANGER)]),
}


@pytest.mark.parametrize("about", LIES)
def test_a_client_cannot_vouch_for_itself(way: Way, about: str):
    token, path, headers = LIES[about]
    assert way(token, *headers, path=path).status == 403


@pytest.mark.parametrize("token", ["good", "shipping"])
def test_identity_that_a_client_claims_does_not_arrive(way: Way, token: str):
    """A shipping token holds no scope: there is nothing to replace the claimed ones with."""
    came = headers_of(way(token, *FALSE, *ODD, ("X-Keyfob-Scopes-Too", "*")))
    told = [(name, text) for name, text in came if "keyfob" in name.replace("_", "-")]
    names = [name for name, text in told if text and name != "x-keyfob-scopes-too"]
    wanted = {f"x-keyfob-{name}" for name in IDENTITY}
    assert len(names) == len(set(names))
    assert {*names} == (wanted if token == "good" else wanted - {"x-keyfob-scopes"})
    identity = {text for name, text in told if name == "x-keyfob-token-id"}
    assert identity == {
        str(number) for number, name in way.house.world.names.items() if name == token
    }


def test_tokens_go_no_further(way: Way):
    came = headers_of(way("good", ("Authorization", f"Bearer {way.value('good')}")))
    sent = {text for _, text in came}
    assert not any(
        value and value in text for text in sent for value in way.house.world.values.values()
    )


@pytest.mark.parametrize("second", [STRANGER, "good", ""])
def test_two_tokens_are_refused_and_it_is_the_clients_fault(way: Way, second: str):
    before = way.backend.requests
    value = way.house.world.values.get(second, second)
    answer = way("good", ("X-API-TOKEN", value))
    assert answer.status in {400, 403}
    assert way.backend.requests == before
    if second != "good":
        assert way("good", ("Authorization", f"Bearer {STRANGER}")).status in {400, 403}


def test_too_many_headers_are_the_clients_fault(way: Way):
    before = way.backend.requests
    answer = way("good", *((f"X-{number}", "x") for number in range(120)))
    assert answer.status in {400, 403, 431}
    assert way.backend.requests == before


@pytest.mark.parametrize("size", [1, 70_000, 1_000_000])
def test_a_body_arrives_as_it_was_sent(way: Way, size: int):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    came = way("good", method="POST", body=body).json()
    assert came["method"] == "POST"
    assert came["body"].encode("latin-1") == body


def test_a_body_in_chunks_arrives_as_it_was_sent(way: Way):
    came = way("good", method="PUT", body=[b"one", b"two" * 9_000, b"three"]).json()
    assert came["body"] == "one" + "two" * 9_000 + "three"
    assert way("good").status == 200


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_an_error_of_the_backend_stays_what_it_is(way: Way, status: int):
    way.backend.status = status
    answer = way("good", path="/b")
    way.backend.status = 200
    assert (answer.status, answer.json()["path"]) == (status, "/b")


def test_a_refused_body_leaves_nothing_behind(way: Way):
    """The next request on the connection is its own."""
    assert way("revoked", method="POST", body=b"x" * 70_000).status == 403
    assert way("good").status == 200


def test_many_requests_over_few_connections(way: Way):
    asked = [("good", 200), (STRANGER, 403), ("", 401)] * (MANY // 3)
    before = way.backend.connections
    assert [way(token).status for token, _ in asked] == [status for _, status in asked]
    assert way.backend.connections - before < 10
    ends = [(each.laddr, each.raddr) for each in psutil.net_connections("tcp")]
    to_the_gate = [pair for pair in ends if way.house.gate_port in {it.port for it in pair if it}]
    assert len(to_the_gate) < MANY // 10


def test_the_gateways_own_token_is_neither_in_its_arguments_nor_in_a_log(way: Way):
    way("good"), way(STRANGER)
    value = way.value("caller")
    commands = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
    assert not any(value in command for command in commands)
    logs = [*way.setting.folder.rglob("*.log"), way.house.server.log]
    assert len(logs) >= 2
    assert not any(value in log.read_text() for log in logs)


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("how", ["nobody listens", "nobody answers"])
def test_without_keyfob_it_is_closed(gateway: str, how: str, house: House, tmp_path: Path):
    with Backend() as backend, socket.create_server(("127.0.0.1", 0)) as silent:
        port = free_port() if how == "nobody listens" else silent.getsockname()[1]
        setting = Setting(tmp_path, port, backend.port, house.world.values["caller"], {})
        with GATEWAYS[gateway](setting) as at, asking(at) as ask:
            answer = ask("GET", "/", [("X-API-TOKEN", house.world.values["good"])])
        assert (answer.status, answer.headers.get("retry-after")) == (503, "1")
        assert backend.requests == 0


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
def test_what_is_no_verdict_is_closed(gateway: str, status: int, tmp_path: Path):
    """Too many at once is told; what Keyfob never says, or cannot, is never let through."""
    with Backend() as backend, Backend(status) as stand_in:
        setting = Setting(tmp_path, stand_in.port, backend.port, STRANGER, {})
        with GATEWAYS[gateway](setting) as at, asking(at) as ask:
            answer = ask("GET", "/", [("X-API-TOKEN", STRANGER)])
        # Caddy hands on what it was told.
        assert answer.status in ({status} if gateway == "caddy" or status == 429 else {503})
        assert stand_in.requests == 1
        assert backend.requests == 0


def test_a_server_that_comes_back_is_asked_again(tmp_path: Path):
    """And an error of the backend stays what it is."""
    gate_port = free_port()
    server = Server(tmp_path / "data", {"GATE_PORT": gate_port}).init()
    token = server.made["apiToken"]
    with ExitStack() as stack:
        asks: list[Asking] = []
        for name, gateway in GATEWAYS.items():
            setting = Setting(tmp_path / name, gate_port, free_port(), token, {})
            port = stack.enter_context(gateway(setting))
            asks.append(stack.enter_context(asking(port)))
        headers = [("X-API-TOKEN", token)]
        assert [ask("GET", "/", headers).status for ask in asks] == [503] * len(asks)
        server.start()
        answers = [ask("GET", "/", headers) for ask in asks]
        assert server.stop() == 0
        for answer in answers:
            assert answer.status in {502, 503}  # there is no backend
            assert "retry-after" not in answer.headers


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("token", ["weak caller", "disabled caller", STRANGER])
def test_with_a_bad_token_of_its_own_it_is_closed(
    gateway: str, token: str, house: House, tmp_path: Path
):
    value = house.world.values.get(token, token)
    with Backend() as backend:
        setting = Setting(tmp_path, house.gate_port, backend.port, value, {})
        with GATEWAYS[gateway](setting) as port, asking(port) as ask:
            answer = ask("GET", "/", [("X-API-TOKEN", house.world.values["good"])])
        assert (answer.status, backend.requests) == (403, 0)
