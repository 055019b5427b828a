"""
Gateways that no package of Debian brings: their configurations are read, and the request that each
would send, by its documentation, is played against the gate.
"""

import asyncio
from collections.abc import Generator
from typing import Any

import pytest
import yaml
from support import worlds
from support.asking import CUT, STRANGER
from support.gateways import EXAMPLES, Answer, Asking, Sent, asking
from support.server import Server, free_port
from support.worlds import World

TOKEN_OF_TRAEFIK = '{{ env "KEYFOB_GATEWAY_TOKEN" }}'
TOKEN_OF_ENVOY = "${KEYFOB_GATEWAY_TOKEN}"
IDENTITY = {
    "x-keyfob-account-id", "x-keyfob-account-name", "x-keyfob-account-type",
    "x-keyfob-main-account-id", "x-keyfob-token-id", "x-keyfob-scopes",
}  # fmt: skip
CREDENTIALS = {"x-api-token", "x-user-token", "authorization"}
CLIENT = [("User-Agent", "curl/8.0"), ("Accept", "*/*"), ("Cookie", "a=b")]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[World, Asking]]:
    folder = tmp_path_factory.mktemp("played") / "data"
    world, port = asyncio.run(worlds.real(folder)), free_port()
    server = Server(folder, {"GATE_PORT": port}).start()
    with asking(port) as ask:
        yield world, ask
    assert server.stop() == 0


def traefik() -> dict[str, Any]:
    return yaml.safe_load((EXAMPLES / "traefik/keyfob.yaml").read_text(encoding="utf-8"))["http"]


def envoy() -> dict[str, Any]:
    text = (EXAMPLES / "envoy/envoy.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["static_resources"]


def filters() -> dict[str, dict[str, Any]]:
    """Envoy's, in their order."""
    chain = envoy()["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    return {each["name"].rpartition(".")[2]: each["typed_config"] for each in chain["http_filters"]}


def routes() -> list[dict[str, Any]]:
    chain = envoy()["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    return chain["route_config"]["virtual_hosts"][0]["routes"]


def by_traefik(method: str, path: str, client: Sent, gateway: str, ip: str) -> tuple[Any, ...]:
    """
    A GET of the address, with all headers of the client, those that middlewares before set, and
    `X-Forwarded-…`. `X-Real-Ip` is set where the request came in.
    """
    http = traefik()
    router = http["routers"]["search" if path.startswith("/v1/search") else "application"]
    headers = {name.lower(): (name, text) for name, text in client + CLIENT}
    twice = [pair for pair in client if client.count(pair) > 1][1:]
    for name in (router["middlewares"][0], "keyfob-before"):
        for header, text in http["middlewares"][name]["headers"]["customRequestHeaders"].items():
            headers.pop(header.lower(), None)
            if text:
                headers[header.lower()] = (header, text.replace(TOKEN_OF_TRAEFIK, gateway))
    told = [
        ("X-Forwarded-For", ip), ("X-Forwarded-Host", "example.com"),
        ("X-Forwarded-Method", method), ("X-Forwarded-Port", "80"), ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Server", "traefik"), ("X-Forwarded-Uri", path), ("X-Real-Ip", ip),
        ("Accept-Encoding", "gzip"),
    ]  # fmt: skip
    address = http["middlewares"]["keyfob-ask"]["forwardAuth"]["address"]
    return "GET", address.removeprefix("http://127.0.0.1:8421"), [*headers.values(), *twice, *told]


def by_envoy(method: str, path: str, client: Sent, gateway: str, ip: str) -> tuple[Any, ...]:
    """The method and the path are the client's, behind the prefix; there is no body."""
    asking_for = filters()["ext_authz"]
    service = asking_for["http_service"]
    allowed = [each["exact"] for each in asking_for["allowed_headers"]["patterns"]]
    came: dict[str, list[str]] = {}
    for name, text in client:
        if name.lower() in allowed and name.lower() != "x-keyfob-scopes":
            came.setdefault(name.lower(), []).append(text)
    headers = [(name, ",".join(texts)) for name, texts in came.items()]
    headers += [
        (each["key"], each["value"].replace(TOKEN_OF_ENVOY, gateway))
        for each in service["authorization_request"]["headers_to_add"]
    ]
    if path.startswith("/v1/search"):
        config = routes()[0]["typed_per_filter_config"]["envoy.filters.http.header_mutation"]
        added = config["mutations"]["request_mutations"][0]["append"]["header"]
        headers.append((added["key"], added["value"]))
    told = [
        ("x-real-ip", ip), ("content-length", "0"), ("x-envoy-internal", "true"),
        ("x-forwarded-for", ip), ("x-envoy-expected-rq-timeout-ms", "5000"),
    ]  # fmt: skip
    return method, service["path_prefix"] + path, headers + told


PLAYED = {"traefik": by_traefik, "envoy": by_envoy}

CASES = {
    "good": (200, "good", "GET", "/"),
    "with a query": (200, "on paths", "GET", "/v1/jobs/status?q=/../x"),
    "another method": (200, "good", "POST", "/v1/users"),
    "the scope": (200, "searcher", "GET", "/v1/search"),
    "address": (200, "at the office", "GET", "/"),
    "method": (200, "reads", "HEAD", "/"),
    "a shipping token": (200, "shipping", "POST", "/"),
    "lacks the scope": (403, "without wildcards", "GET", "/v1/search"),
    "wrong method": (403, "reads", "DELETE", "/"),
    "wrong path": (403, "on paths", "GET", "/v2/search"),
    "wrong address": (403, "on this host", "GET", "/"),
    "unknown": (403, STRANGER, "GET", "/"),
    "mistyped": (403, CUT, "GET", "/"),
    "revoked": (403, "revoked", "PUT", "/"),
    "nobody": (401, "", "GET", "/"),
}


def played(world: World, ask: Asking, gateway: str, client: Sent, *what: str) -> Answer:
    method, path = what
    request = PLAYED[gateway](method, path, client, world.values["caller"], "203.0.113.9")
    return ask(*request)


@pytest.mark.parametrize("gateway", PLAYED)
@pytest.mark.parametrize("case", CASES)
def test_the_request_that_it_sends_is_answered(gate, gateway: str, case: str):
    world, ask = gate
    status, token, method, path = CASES[case]
    value = world.values.get(token, token)
    for client in ([("X-API-TOKEN", value)], [("Authorization", f"Bearer {value}")]):
        answer = played(world, ask, gateway, client if value else [], method, path)
        assert answer.status == status
        if status == 200:
            assert answer.headers.keys() >= IDENTITY
            assert world.names[int(answer.headers["x-keyfob-token-id"])] == token


@pytest.mark.parametrize("gateway", PLAYED)
def test_two_tokens_are_refused(gate, gateway: str):
    """Envoy joins a header that came twice by a comma."""
    world, ask = gate
    good = ("X-API-TOKEN", world.values["good"])
    for second in (good, ("Authorization", f"Bearer {STRANGER}")):
        answer = played(world, ask, gateway, [good, second], "GET", "/")
        assert (answer.status, answer.json()["errorCode"]) == (400, "auth/TWO_CREDENTIALS")


@pytest.mark.parametrize("gateway", PLAYED)
def test_what_a_client_says_of_itself_is_not_asked_with(gate, gateway: str):
    world, ask = gate
    lies = [("X-Keyfob-Scopes", "tokens:read"), ("X-Keyfob-Gateway", STRANGER)]
    client = [("X-API-TOKEN", world.values["without wildcards"]), *lies]
    assert played(world, ask, gateway, client, "GET", "/v1/search").status == 403
    assert played(world, ask, gateway, client, "GET", "/").status == 200


def test_traefik_removes_what_it_must():
    http = traefik()
    asked = http["middlewares"]["keyfob-ask"]["forwardAuth"]
    assert asked["trustForwardHeader"] is False
    assert {each.lower() for each in asked["authResponseHeaders"]} == IDENTITY
    chain = http["middlewares"]["keyfob"]["chain"]["middlewares"]
    assert chain == ["keyfob-before", "keyfob-ask", "keyfob-after"]
    before, after = (http["middlewares"][chain[n]]["headers"] for n in (0, 2))
    set_before = {name.lower() for name in before["customRequestHeaders"]}
    assert set_before == IDENTITY - {"x-keyfob-scopes"} | {"x-keyfob-gateway"}
    assert before["customResponseHeaders"] == {"X-Keyfob-Reason": ""}
    removed = {name.lower() for name, text in after["customRequestHeaders"].items() if not text}
    assert removed == CREDENTIALS | {"x-keyfob-gateway"}
    for router in http["routers"].values():
        needs, then = router["middlewares"]
        assert "X-Keyfob-Scopes" in http["middlewares"][needs]["headers"]["customRequestHeaders"]
        assert then == "keyfob"
        assert router["service"] in http["services"]


def test_envoy_removes_what_it_must_and_is_closed():
    assert [*filters()] == ["header_mutation", "ext_authz", "router"]
    mutations = filters()["header_mutation"]["mutations"]["request_mutations"]
    removed = {each["remove"] for each in mutations if "remove" in each}
    assert removed == IDENTITY | {"x-keyfob-gateway"}
    asked = filters()["ext_authz"]
    assert asked["failure_mode_allow"] is False
    assert asked["status_on_error"] == {"code": "ServiceUnavailable"}
    answered = asked["http_service"]["authorization_response"]
    upstream = {each["exact"] for each in answered["allowed_upstream_headers"]["patterns"]}
    client = {each["exact"] for each in answered["allowed_client_headers"]["patterns"]}
    assert upstream == IDENTITY
    assert not any("keyfob" in name for name in client)
    clusters = {each["name"] for each in envoy()["clusters"]}
    assert {each["route"]["cluster"] for each in routes()} <= clusters
    assert asked["http_service"]["server_uri"]["cluster"] in clusters
