"""What is no question is refused alike, on PORT, on GATE_PORT, and by the long way round."""

import asyncio
import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest
from support import worlds
from support.asking import CUT, STRANGER
from support.gateways import Answer, Asking, Sent, asking
from support.server import Server, free_port
from support.worlds import World

VERIFY, BATCH, AUTH = "/v1/verify", "/v1/verify/batch", "/auth"
JSON, BODY = ("Content-Type", "application/json"), json.dumps({"token": STRANGER}).encode()
TELLING = ("content-type", "www-authenticate", "retry-after", "x-keyfob-reason")


@dataclass
class Ways:
    world: World
    port: Asking
    gate: Asking

    def __call__(self, method: str, path: str, headers: Sent, body: bytes = b"") -> list[Any]:
        """What each says: status, body, and the headers that tell something."""
        bare, mark, query = path.partition("?")
        answers = [
            self.port(method, path, headers, body),
            self.gate(method, path, headers, body),
            self.port(method, f"/{bare}/{mark}{query}", headers, body),
        ]
        return [heard(answer) for answer in answers]

    def caller(self, name: str = "caller") -> tuple[str, str]:
        return ("X-API-TOKEN", self.world.values.get(name, name))


def heard(answer: Answer) -> tuple[int, Any, list[str | None]]:
    body = answer.json() if answer.body else {}
    body.pop("requestId", None)
    return answer.status, body, [answer.headers.get(name) for name in TELLING]


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Generator[Ways]:
    folder = tmp_path_factory.mktemp("alike") / "data"
    world, port = asyncio.run(worlds.real(folder)), free_port()
    server = Server(folder, {"GATE_PORT": port}).start()
    with asking(server.port) as at_port, asking(port) as at_gate:
        yield Ways(world, at_port, at_gate)
    assert server.stop() == 0


BODIES = {
    "none": (400, b""),
    "cut": (400, b'{"token":'),
    "a list": (400, b"[]"),
    "null": (400, b"null"),
    "a number": (400, b"5"),
    "a text": (400, b'"x"'),
    "no fields": (400, b"{}"),
    "a field twice": (400, b'{"token": "a", "token": "b"}'),
    "a field twice, deep": (400, b'{"token": "a", "scopes": [{"a": 1, "a": 2}]}'),
    "not a number": (400, b'{"token": "a", "cost": NaN}'),
    "too deep": (400, b'{"token": ' + b"[" * 20 + b"]" * 20 + b"}"),
    "with a byte order mark": (400, b"\xef\xbb\xbf" + BODY),
    "not UTF-8": (400, b'{"token": "\xe9"}'),
    "half a character": (400, b'{"token": "\\ud800"}'),
    "in UTF-16": (400, BODY.decode().encode("utf-16")),
    "something after it": (400, BODY + b"x"),
    "blanks around it": (200, b"  " + BODY + b"\n"),
    "three fields wrong": (400, b'{"token": 5, "scopes": 5, "odd": 1}'),
    "a batch": (400, b'{"items": []}'),
    "a huge number": (400, b'{"token": "a", "cost": 99999999999999999999999}'),
    "true for a number": (400, b'{"token": "a", "cost": true}'),
    "as large as may be": (200, BODY + b" " * (64 * 1024 - len(BODY))),
    "larger than may be": (413, BODY + b" " * (64 * 1024 - len(BODY) + 1)),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body(ways: Ways, name: str):
    status, body = BODIES[name]
    said = ways("POST", VERIFY, [ways.caller(), JSON], body)
    assert said[0][0] == status
    assert said == [said[0]] * 3


BATCHES = {
    "empty": (200, {"items": []}),
    "null": (400, {"items": None}),
    "an object": (400, {"items": {}}),
    "one question": (400, {"token": "a"}),
    "another field": (400, {"items": [], "odd": 1}),
    "1001": (400, {"items": [{"token": "a"}] * 1001}),
    "1001 with more": (400, {"items": [{"token": "a", "cost": 2}] * 1001}),
    "one is none": (400, {"items": [{"token": "a"}, 5]}),
    "one is too long": (400, {"items": [{"token": "a" * 1001}]}),
    "two are wrong": (400, {"items": [{"token": "a", "scopes": ["A"]}, {"token": 5}]}),
    "a thousand long ones": (200, {"items": [{"token": "a" * 1000}] * 1000}),
    "too large": (413, {"items": [{"token": "a", "path": "/" + "a" * 2000}] * 1000}),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch(ways: Ways, name: str):
    status, body = BATCHES[name]
    said = ways("POST", BATCH, [ways.caller(), JSON], json.dumps(body).encode())
    assert said[0][0] == status
    assert said == [said[0]] * 3


TYPES = {
    "none": (200, []),
    "empty": (200, [""]),
    "JSON": (200, ["Application/JSON"]),
    "JSON of a charset": (200, ["application/json; charset=utf-8"]),
    "a charset alone": (400, [";charset=utf-8"]),
    "text": (400, ["text/plain"]),
    "a form": (400, ["application/x-www-form-urlencoded"]),
    "of problems": (400, ["application/problem+json"]),
    "twice": (400, ["application/json", "application/json"]),
}


@pytest.mark.parametrize("path", [VERIFY, BATCH])
@pytest.mark.parametrize("name", TYPES)
def test_a_content_type(ways: Ways, name: str, path: str):
    status, types = TYPES[name]
    body = BODY if path == VERIFY else b'{"items": []}'
    headers = [ways.caller(), *(("Content-Type", each) for each in types)]
    said = ways("POST", path, headers, body)
    assert said[0][0] == status
    assert said == [said[0]] * 3
    if status == 400:
        assert said[0][1]["parameters"] == {"field": "Content-Type"}


@pytest.mark.parametrize(
    ("query", "status"),
    [("?", 200), ("?&", 200), ("?a", 400), ("?a=1&b=2", 400), ("?a=1&a=2", 400), ("?=1", 400)],
)
def test_a_query(ways: Ways, query: str, status: int):
    said = ways("POST", VERIFY + query, [ways.caller(), JSON], BODY)
    assert said[0][0] == status
    assert said == [said[0]] * 3


@pytest.mark.parametrize("path", [VERIFY, BATCH])
@pytest.mark.parametrize("caller", ["weak caller", "disabled caller", STRANGER, CUT])
def test_a_caller_who_may_not_ask_learns_nothing_of_what_is_wrong(
    ways: Ways, caller: str, path: str
):
    twice = [("Content-Type", "x"), ("Content-Type", "x")]
    said = ways("POST", path + "?odd=1", [ways.caller(caller), *twice], b"{")
    assert said[0][0] == 403
    assert said == [said[0]] * 3


@pytest.mark.parametrize("name", ["X-Real-IP", "X-Keyfob-Scopes", "X-Forwarded-Uri", "Accept"])
def test_a_header_that_is_not_for_verify_may_come_twice(ways: Ways, name: str):
    said = ways("POST", VERIFY, [ways.caller(), JSON, (name, "a"), (name, "b")], BODY)
    assert said[0][0] == 200
    assert said == [said[0]] * 3


@pytest.mark.parametrize("path", [VERIFY, BATCH])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method(ways: Ways, method: str, path: str):
    said = ways(method, path, [ways.caller()])
    assert said[0][0] == 405
    assert said == [said[0]] * 3


GATEWAY = "X-Keyfob-Gateway"
TOLD = {
    "nothing": (200, []),
    "its token with secret-token:": (200, [(GATEWAY, "secret-token:{}")]),
    "its token between blanks": (200, [(GATEWAY, "  {} ")]),
    "its token as bearer": (403, [(GATEWAY, "Bearer {}")]),
    "its token twice": (400, [(GATEWAY, "{}"), (GATEWAY, "{}")]),
    "its token joined": (403, [(GATEWAY, "{},{}")]),
    "an empty token": (401, [(GATEWAY, "")]),
    "a token of blanks": (401, [(GATEWAY, "  ")]),
    "scopes with commas": (200, [("X-Keyfob-Scopes", "a, b,,c:d")]),
    "scopes with a tab": (200, [("X-Keyfob-Scopes", "a\tb")]),
    "no scopes": (200, [("X-Keyfob-Scopes", "")]),
    "scopes in capitals": (400, [("X-Keyfob-Scopes", "A")]),
    "scopes twice": (400, [("X-Keyfob-Scopes", "a"), ("x-keyfob-scopes", "a")]),
    "an address twice": (400, [("X-Real-IP", "192.0.2.1"), ("X-Real-IP", "192.0.2.1")]),
    "a method twice": (400, [("X-Forwarded-Method", "GET"), ("X-Forwarded-Method", "GET")]),
    "a path twice": (400, [("X-Forwarded-Uri", "/"), ("X-Forwarded-Uri", "/")]),
}


@pytest.mark.parametrize("query", ["", "?odd=1"])
@pytest.mark.parametrize("name", TOLD)
def test_what_a_gateway_tells(ways: Ways, name: str, query: str):
    status, told = TOLD[name]
    value = ways.world.values["caller"]
    headers = [(header, text.replace("{}", value)) for header, text in told]
    if GATEWAY not in {header for header, _ in told}:
        headers.append((GATEWAY, value))
    said = ways("GET", AUTH + query, [*headers, ways.caller("good")])
    assert said[0][0] == status
    assert said == [said[0]] * 3


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_gateways_may_ask_without_wanting_a_body(ways: Ways, method: str):
    """nginx does, and keeps its connection."""
    gateway = (GATEWAY, ways.world.values["caller"])
    for token, status in (("good", 200), ("revoked", 403)):
        said = ways(method, AUTH, [gateway, ways.caller(token)])
        assert said[0][0] == status
        assert said == [said[0]] * 3
        assert said[0][2][-1] == (None if status == 200 else "REVOKED")
