"""What comes before a request: heads that do not end, come slowly, or are no HTTP at all."""

import json
import socket
import time
from contextlib import ExitStack

import pytest
from support.wire import Answer, Wire

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/verify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
BOUND = 64 * 1024


def refused(answer: Answer) -> str:
    """Its code, if it is the one error shape and the connection's last word; else fail."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["connection"] == "close"
    body = answer.json()
    assert set(body) == {"errorCode", "message", "requestId", "parameters"}
    assert body["requestId"] == answer.headers["x-request-id"]
    return f"{answer.status} {body['errorCode']}"


def ask(server, text: bytes) -> Answer:
    with Wire(server) as wire:
        wire.more(text)
        answer = wire.answer()
        if answer.headers.get("connection") == "close":
            assert wire.is_over()
        return answer


@pytest.mark.parametrize(
    "text",
    [
        b"GET /" + b"a" * BOUND + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz?" + b"a" * BOUND + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        GET + b"X: " + b"a" * BOUND + b"\r\n\r\n",
        GET + b"X" * BOUND + b": a\r\n\r\n",
        GET + b"X: a\r\n" * 100 + b"\r\n",
        GET + b"X: " + b"a" * 1000 + b"\r\n" + (b"Y: " + b"a" * 1000 + b"\r\n") * 65 + b"\r\n",
    ],
    ids=["path", "query", "value", "name", "lines", "sum"],
)
def test_a_head_that_is_too_large(server, text):
    assert refused(ask(server, text)) == "431 request/HEAD_TOO_LARGE"


@pytest.mark.parametrize(
    "text",
    [
        GET + b"X: " + b"a" * (BOUND - 1000) + b"\r\n\r\n",
        GET + b"X: a\r\n" * 99 + b"\r\n",
        b"GET /healthz?" + b"a" * 8000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n" * 5 + GET + b"\r\n",
    ],
    ids=["value", "lines", "query", "empty lines"],
)
def test_a_head_that_is_just_not_too_large(server, text):
    assert ask(server, text).status == 200


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET /", GET + b"X: ", GET, b"", POST + b"0\r\n", POST + b"0\r\nX: ",
        POST + b"2\r\n{}\r\n0\r\nX: ",
    ],
    ids=["path", "value", "headers", "empty lines", "trailers", "trailer", "after a body"],
)  # fmt: skip
def test_what_never_ends_is_cut_off(server, beginning):
    more = {b"": b"\r\n", GET: b"Y: a\r\n", POST + b"0\r\n": b"Y: a\r\n"}.get(beginning, b"a")
    sent = 0
    with Wire(server) as wire, pytest.raises(OSError, match=r"reset|pipe"):
        wire.more(beginning)
        while sent < 2**26:
            wire.more(more * (2**16 // len(more)))
            sent += 2**16
    assert sent < 2**25


@pytest.mark.parametrize(
    "text",
    [
        b"NONSENSE\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        GET + b"no colon\r\n\r\n",
        GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        GET + b"Content-Length: x\r\n\r\n",
        POST + b"not a length\r\n",
    ],
)
def test_what_is_no_http_gets_an_error_like_any(server, text):
    assert refused(ask(server, text)) == "400 request/NOT_HTTP"


def test_nothing_comes_between_a_request_and_its_answer(server):
    """Nonsense that comes right behind a request must not look like what was asked for."""
    with Wire(server) as wire:
        wire.more(GET + b"\r\nNONSENSE\r\n\r\n")
        assert wire.is_over()


def test_an_address_of_any_bytes_is_no_fault_of_ours(server):
    for text in (b"GET /login?next=\xff", b"GET /nothing?x=\xff", b"GET /?\xff"):
        answer = ask(server, text + b" HTTP/1.1\r\nHost: [\r\nAccept: text/html\r\n\r\n")
        assert answer.status in {303, 400, 404}


def test_a_head_has_15_seconds_and_the_connection_goes_on_within_them(server):
    """One byte a second is no progress; silence before a request is none's fault."""
    token = server.made["apiToken"]
    with ExitStack() as stack:
        silent, stopped, dripping, after, blank = (
            stack.enter_context(Wire(server)) for _ in range(5)
        )
        stopped.more(GET)
        assert after.ask("GET", "/v2/whoami", token).status == 200
        after.more(GET)
        dripping.more(GET + b"X: ")
        blank.more(b"\r\n")
        began = time.monotonic()
        for _ in range(10):
            time.sleep(1)
            dripping.more(b"a")
        after.more(b"\r\n")
        assert after.answer().status == 200
        for wire in (stopped, dripping, blank):
            assert refused(wire.answer()) == "408 request/HEAD_TOO_SLOW"
        assert 14 < time.monotonic() - began < 25  # 15, and what a busy machine adds
        assert after.ask("GET", "/v2/whoami", token).status == 200
        assert silent.ask("GET", "/v2/whoami", token).status == 200


def test_a_refusal_is_logged(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        answer = connection.recv(1000).decode()
    request_id = json.loads(answer.partition("\r\n\r\n")[2])["requestId"]
    (line,) = (line for line in server.log.read_text().splitlines() if request_id in line)
    assert (json.loads(line)["status"], json.loads(line)["ip"]) == (400, "127.0.0.1")
