"""What answers may be anything: a proxy, another program, a server in trouble."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

HINT = "kf_api_0123456789abcdef"
TOKEN = {
    "id": 7, "accountId": 8, "name": "A", "description": "", "tags": [], "hint": HINT,
    "state": "active", "scopes": ["*"], "restrictions": {}, "createdAt": 0, "createdBy": "a",
    "expiresAt": None, "notBefore": None, "lastUsedAt": None, "retrievable": True,
}  # fmt: skip


class Stranger(BaseHTTPRequestHandler):
    """Not Keyfob: a web server that says whatever the test wants."""

    answer = (200, {}, b"")

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = self.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 -- the name that http.server looks for

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def stranger(keyfob_here, monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("KEYFOB_SERVER", f"http://127.0.0.1:{server.server_port}")

    def say(status, body, **headers):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        monkeypatch.setattr(Stranger, "answer", (status, headers, text))

    yield say
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, b"<html>", {}),
        (404, b"not here", {}),
        (200, [1], {}),
        (302, {"accountId": 1}, {"Location": "http://127.0.0.1:1/login"}),
        (502, b"Bad Gateway", {}),
    ],
)
def test_what_is_not_keyfob_is_named_as_such(keyfob_here, stranger, status, body, headers):
    stranger(status, body, **headers)
    done = keyfob_here("whoami")
    assert (done.code, done.out) == (3, "")
    assert f"is not Keyfob (HTTP {status})" in done.err


def test_a_server_in_trouble_is_exit_code_3_and_says_when_to_try_again(keyfob_here, stranger):
    stranger(503, {"message": "No database.", "requestId": "r-1"}, **{"Retry-After": "7"})
    done = keyfob_here("whoami")
    assert (done.code, done.err) == (3, "keyfob: No database. Try again in 7 s. (request r-1)\n")


def test_a_message_cannot_steer_the_terminal(keyfob_here, stranger):
    stranger(400, {"message": "one\x1b[2J\r\ntwo\u202e"})
    assert keyfob_here("whoami").err == "keyfob: one\\x1b[2J\\r two\\u202e\n"


@pytest.mark.parametrize("value", [None, 7, "", "$(reboot)", f"{HINT}; reboot"])
def test_what_is_no_token_is_never_handed_to_a_shell(keyfob_here, stranger, value):
    stranger(201, {"token": value, "name": "A", "hint": HINT})
    done = keyfob_here("tokens", "create", "A", "--export", "A", "--shell", "bash")
    assert (done.code, done.out) == (1, "")
    assert "has no token in it" in done.err


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("whoami", {}),
        ("whoami", {"accountId": 1, "accountName": ["A"]}),
        ("verify -", {"valid": "yes"}),
        ("verify -", {"valid": True, "accountId": 1, "accountName": "A", "tokenName": "A"}),
        ("verify -", {"valid": False}),
        ("tokens list", {"items": {}}),
        ("tokens list", {"items": [1], "total": 1, "nextCursor": None}),
        ("tokens list", {"items": [{"name": "A"}], "total": 1, "nextCursor": None}),
        ("tokens list", {"items": [], "total": 1, "nextCursor": 4}),
        ("tokens show 7", TOKEN | {"createdAt": 10**30}),
        ("tokens show 7", TOKEN | {"expiresAt": "soon"}),
        ("tokens show 7", TOKEN | {"restrictions": {"methods": "GET"}}),
        ("tokens show 7", TOKEN | {"scopes": [None]}),
        ("tokens usage 7", TOKEN | {"items": []}),
        ("tokens rename 7 B", b"[" * 100_000),
        ("tokens enable A", {}),
    ],
)
def test_other_json_than_keyfobs_is_named_as_such(keyfob_here, stranger, command, body):
    stranger(200, body)
    done = keyfob_here(*command.split(), stdin="any")
    assert (done.code, done.out) == (3, "")
    assert "is not Keyfob (HTTP 200)" in done.err


def test_an_answer_that_cannot_be_unpacked_is_no_answer(keyfob_here, stranger):
    stranger(200, b"no gzip", **{"Content-Encoding": "gzip"})
    done = keyfob_here("whoami")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("keyfob: no answer from http://127.0.0.1:")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:abc", "http://[", "ftp://a.example", "a.example", "http://\udcff"]
)
def test_an_address_that_is_none_is_wrong_use(keyfob_here, address):
    done = keyfob_here("whoami", "--server", address)
    assert (done.code, done.out) == (2, "")


def test_a_host_that_no_network_has_is_unreachable(keyfob_here):
    for host in ("a" * 300, "a" * 60 + ".example." * 50):
        done = keyfob_here("whoami", "--server", f"http://{host}:1")
        assert (done.code, done.out) in {(2, ""), (3, "")}
        assert done.err.count("\n") == 1


def test_a_password_in_the_address_is_not_printed(keyfob_here, stranger):
    stranger(200, b"no Keyfob")
    there = os.environ["KEYFOB_SERVER"].removeprefix("http://")
    for host, said in ((there, "is not Keyfob"), ("127.0.0.1:1", "no answer from")):
        done = keyfob_here("whoami", "--server", f"http://ann:hunter2@{host}")
        assert done.code == 3
        assert f"http://{host}" in done.err
        assert said in done.err
        assert "hunter2" not in done.err
