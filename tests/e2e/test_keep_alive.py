"""Connections stay open, after errors too: the Go client panics when they do not (contract 1.1)."""

import socket
import time
from collections.abc import Generator

import psutil
import pytest
from support.server import Server
from support.wire import Wire

from keyfob.cli.server import settings
from keyfob.config import load

BODY = b'{"name": "Sent with an error"}'
LARGE = b'{"name": "' + b"a" * 200_000 + b'"}'
LONGEST_PAUSE = 6.4  # seconds between two tries of the Go client


@pytest.fixture(scope="module")
def narrow(tmp_path_factory) -> Generator[Server]:
    """A server where one request of an account at once is the most."""
    folder = tmp_path_factory.mktemp("narrow") / "data"
    server = Server(folder, {"MAX_CONCURRENT_PER_ACCOUNT": 1}).init().start()
    yield server
    assert server.stop() == 0


def still_serves(wire: Wire, token: str) -> bool:
    return wire.ask("GET", "/v2/whoami", token).status == 200


def stays_open(answer) -> bool:
    return answer.headers.get("connection", "keep-alive").lower() == "keep-alive"


@pytest.mark.parametrize(
    ("status", "method", "path", "token", "body"),
    [
        (400, "POST", "/v1/api-tokens", True, b'{"name": 1}'),
        (400, "POST", "/v1/api-tokens", True, b"{"),
        (401, "POST", "/v1/api-tokens", None, BODY),
        (401, "POST", "/v1/api-tokens", None, LARGE),
        (403, "POST", "/v1/api-tokens", "junk", BODY),
        (403, "POST", "/v1/api-tokens/sub-account", "junk", LARGE),
        (404, "PATCH", "/v1/api-tokens/2999999", True, b"{}"),
        (404, "POST", "/v1/nothing-here", True, BODY),
        (404, "DELETE", "/v1/api-tokens/2999999", True, BODY),
        (405, "PUT", "/v1/api-tokens", True, BODY),
        (405, "PUT", "/v1/api-tokens", True, LARGE),
        (413, "POST", "/v1/api-tokens", True, LARGE),
    ],
)
def test_the_same_connection_goes_on_after_an_error(narrow, status, method, path, token, body):
    good = narrow.made["apiToken"]
    with Wire(narrow) as wire:
        for _ in range(3):
            answer = wire.ask(method, path, good if token is True else token, body)
            assert answer.status == status
            assert stays_open(answer)
            assert answer.json()["message"]
        assert still_serves(wire, good)


def test_the_same_connection_goes_on_after_429(narrow):
    good = narrow.made["apiToken"]
    with Wire(narrow) as held, Wire(narrow) as wire:
        held.begin("/v1/api-tokens", good, BODY[:5], length=len(BODY))
        answer = wire.ask("POST", "/v1/verify", good, b'{"token": "x"}')
        assert answer.status == 429
        assert stays_open(answer)
        assert answer.headers["retry-after"] == "1"
        assert wire.ask("POST", "/v1/verify", good, LARGE).status == 429
        held.more(BODY[5:])
        assert held.answer().status == 201
        assert wire.ask("POST", "/v1/verify", good, b'{"token": "x"}').status == 200


def test_requests_with_an_empty_body_and_a_content_type_are_taken(narrow):
    good = narrow.made["apiToken"]
    with Wire(narrow) as wire:
        for method, path, status in (
            ("GET", "/v2/whoami", 200),
            ("GET", "/v1/associated-accounts/", 200),
            ("GET", "//v2//whoami", 200),
            ("DELETE", "/v1/api-tokens/2999999", 404),
        ):
            assert wire.ask(method, path, good).status == status


def test_an_idle_connection_outlives_the_longest_pause_of_a_client(narrow):
    good = narrow.made["apiToken"]
    with Wire(narrow) as wire:
        assert wire.ask("POST", "/v1/nothing-here", good, BODY).status == 404
        time.sleep(LONGEST_PAUSE + 0.6)
        assert wire.ask("POST", "/v1/nothing-here", good, BODY).status == 404
        assert still_serves(wire, good)


def test_the_server_keeps_idle_connections_for_75_seconds():
    assert settings(load(environ={})).timeout_keep_alive >= 75


def test_who_never_reads_its_answers_fills_no_memory(server):
    """Requests without end on one connection: the server stops reading when answers pile up."""
    process = psutil.Process(server.process.pid)
    asking = b"GET /v2/whoami HTTP/1.1\r\nHost: keyfob\r\n\r\n" * 500
    before = process.memory_info().rss
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as flood:
        with pytest.raises(TimeoutError):
            for _ in range(10_000):
                flood.sendall(asking)
        grown = (process.memory_info().rss - before) / 2**20
    assert grown < 60, f"{grown:.0f} MB"
    with server.client() as client:
        assert client.get("/v2/whoami").status_code == 200
