"""The two clients against a real server process over a real socket."""

import json
import logging
import socket
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from support.asking import CUT, STRANGER, Awaited, Listener, reply
from support.server import TLS, Server, free_port

import keyfob_client
from keyfob_client import (
    AsyncClient,
    BadRequest,
    Client,
    Forbidden,
    KeyfobError,
    Misconfigured,
    Reason,
    Refused,
    Unavailable,
    Valid,
)

plain = partial(Client, ssl_context=TLS)


@pytest.fixture(params=[plain, partial(Awaited, ssl_context=TLS)], ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def new_token(server: Server):
    """Make a token at the real server."""

    def make(**spec: Any) -> dict[str, Any]:
        with server.client() as http:
            answer = http.post("/v1/api-tokens", json={"name": f"client {uuid4()}"} | spec)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


@pytest.fixture
def client(kind, server: Server, new_token):
    caller = new_token(scopes=["tokens:verify"])["token"]
    with kind(server=server.url, token=caller) as client:
        yield client


def test_a_good_token_is_told_whole(client, server: Server, new_token):
    made = new_token(scopes=["logs:search"], tags=["ci"], expiresAt=4_102_444_800)
    answer = client.verify(made["token"], scopes=["logs:search"])
    assert answer == Valid(
        token_id=made["id"],
        token_name=made["name"],
        account_id=server.made["accountId"],
        account_name="Workshop o11y",
        account_type="MAIN",
        main_account_id=server.made["accountId"],
        kind="api",
        scopes=("logs:search",),
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        tags=("ci",),
    )


@pytest.mark.parametrize(
    ("use", "code"),
    [
        ({"scopes": "logs:write"}, Reason.INSUFFICIENT_SCOPE),
        ({"client_ip": "192.0.2.1"}, Reason.IP_DENIED),
        ({"client_ip": "203.0.113.7", "method": "PUT"}, Reason.METHOD_DENIED),
        ({"client_ip": "203.0.113.7", "method": "GET", "path": "/x"}, Reason.PATH_DENIED),
    ],
)
def test_every_circumstance_that_is_told_counts(client, new_token, use, code):
    restrictions = {"ipAllow": ["203.0.113.7"], "methods": ["GET"], "paths": ["/v1/**"]}
    value = new_token(scopes=["logs:search"], restrictions=restrictions)["token"]
    good = {"client_ip": "203.0.113.7", "method": "GET", "path": "/v1/x", "scopes": "logs:search"}
    assert client.verify(value, **good, cost=2)
    assert client.verify(value, **use) == Refused(code)


def test_a_refusal_is_a_value_that_is_false(client):
    answer = client.verify(STRANGER)
    assert answer == Refused(Reason.NOT_FOUND)
    assert not answer
    assert answer.valid is False


def test_a_revoked_token_is_refused_at_once_for_nothing_is_cached(client, server, new_token):
    made = new_token()
    assert client.verify(made["token"])
    with server.client() as http:
        assert http.delete(f"/v1/api-tokens/{made['id']}").status_code == 204
    assert client.verify(made["token"]) == Refused(Reason.REVOKED)


def test_a_question_that_breaks_a_rule_is_an_error_with_the_field(client):
    with pytest.raises(BadRequest) as caught:
        client.verify(STRANGER, client_ip="the office")
    assert caught.value.field == "clientIp"
    assert caught.value.code == "request/INVALID"
    assert str(caught.value) == "clientIp must be an IP address"
    assert caught.value.request_id


def test_a_client_whose_own_token_may_not_verify_is_told_so(kind, server, new_token):
    weak = new_token(scopes=["logs:search"])["token"]
    with kind(server=server.url, token=weak) as client, pytest.raises(Forbidden) as caught:
        client.verify(STRANGER)
    assert caught.value.code == "auth/INSUFFICIENT_SCOPE"
    assert "tokens:verify" in str(caught.value)


def test_a_client_whose_own_token_is_not_known_is_told_so(kind, server):
    with kind(server=server.url, token=STRANGER) as client, pytest.raises(Forbidden) as caught:
        client.verify(STRANGER)
    assert caught.value.code == "auth/BAD_TOKEN"


def test_one_connection_serves_many_questions(client, caplog):
    caplog.set_level(logging.DEBUG)
    for _ in range(3):
        assert client.verify(STRANGER) == Refused(Reason.NOT_FOUND)
    assert caplog.text.count("connect_tcp.started") == 1


def test_nobody_there_is_an_error_and_never_an_answer(kind, new_token):
    where = f"http://127.0.0.1:{free_port()}"
    with kind(server=where, token=STRANGER) as client, pytest.raises(Unavailable) as caught:
        client.verify(new_token()["token"])
    assert "cannot be reached" in str(caught.value)


def test_server_and_token_come_from_the_environment(kind, server, new_token, monkeypatch):
    monkeypatch.setenv("KEYFOB_SERVER", f"{server.url}/")
    monkeypatch.setenv("KEYFOB_TOKEN", new_token()["token"])
    with kind() as client:
        assert client.verify(new_token()["token"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "keyfob",
        "ftp://x",
        "http://",
        "http://me:secret@x",
        "http://x:port",
        "http://x/?a=secret",
    ],
)
@pytest.mark.parametrize("made", [Client, AsyncClient])
def test_an_address_that_cannot_be_right_is_refused_at_once(made, address):
    with pytest.raises(Misconfigured) as caught:
        made(server=address, token=STRANGER)
    assert "KEYFOB_SERVER" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", CUT])
@pytest.mark.parametrize("made", [Client, AsyncClient])
def test_an_own_token_that_is_not_whole_is_refused_at_once(made, token, monkeypatch):
    monkeypatch.delenv("KEYFOB_TOKEN", raising=False)
    with pytest.raises(Misconfigured) as caught:
        made(server="http://keyfob.test", token=token)
    assert "KEYFOB_TOKEN" in str(caught.value)
    assert not token or token not in str(caught.value)


def test_no_token_is_in_a_log_a_repr_or_an_error(kind, server, caplog, new_token):
    caplog.set_level(logging.DEBUG)
    own, asked = new_token()["token"], new_token()["token"]
    with kind(server=server.url, token=own) as client:
        client.verify(asked)
        told = [repr(client), repr(keyfob_client.Question(token=asked))]
        with pytest.raises(BadRequest) as caught:
            client.verify(asked, method="G T")
    told += [caplog.text, str(caught.value), repr(caught.value)]
    assert "/v1/verify" in caplog.text
    for text in told:
        assert own[:45] not in text
        assert asked[:45] not in text


NO = {"valid": False, "code": "NOT_FOUND"}
BUSY = {
    "errorCode": "auth/TOO_MANY_AT_ONCE",
    "message": "Too many.",
    "requestId": "r",
    "parameters": {},
}


def test_a_question_is_asked_again_once_when_the_connection_breaks(kind):
    with Listener(b"", reply(200, NO)) as there, kind(server=there.url, token=STRANGER) as client:
        assert client.verify(STRANGER) == Refused(Reason.NOT_FOUND)
    assert len(there.requests) == 2
    assert there.requests[0] == there.requests[1]


def test_a_question_is_not_asked_a_third_time(kind):
    with (
        Listener(b"", b"") as there,
        kind(server=there.url, token=STRANGER) as client,
        pytest.raises(Unavailable),
    ):
        client.verify(STRANGER)
    assert len(there.requests) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_come_again_later_is_done_within_the_patience(kind, status):
    answers = [reply(status, BUSY, Retry_After="1"), reply(200, NO)]
    with (
        Listener(*answers) as there,
        kind(server=there.url, token=STRANGER, patience=1) as client,
    ):
        assert client.verify(STRANGER) == Refused(Reason.NOT_FOUND)
    assert len(there.requests) == 2


def test_without_patience_the_wait_is_told_to_the_caller(kind):
    with (
        Listener(reply(429, BUSY, Retry_After="7")) as there,
        kind(server=there.url, token=STRANGER) as client,
        pytest.raises(keyfob_client.RateLimited) as caught,
    ):
        client.verify(STRANGER)
    assert caught.value.retry_after == 7
    assert caught.value.code == "auth/TOO_MANY_AT_ONCE"


def test_an_answer_that_is_too_late_is_no_answer(kind):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            kind(server=where, token=STRANGER, timeout=0.1) as client,
            pytest.raises(Unavailable) as caught,
        ):
            client.verify(STRANGER)
    assert "in time" in str(caught.value)


VALID = {
    "valid": True, "tokenId": 1, "tokenName": "n", "accountId": 2, "accountName": "a",
    "accountType": "MAIN", "mainAccountId": 2, "kind": "api", "scopes": [], "expiresAt": None,
    "tags": [],
}  # fmt: skip


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in VALID.items() if key != name}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"[]", b"[" * 100_000, b"null", b"true", {}, {"valid": 1},
        {"valid": "true"}, {"valid": True}, {"valid": False}, {"valid": None, "code": "x"},
        *[without(name) for name in VALID],
        *[VALID | {name: {}} for name in VALID],
        VALID | {"tokenId": True}, VALID | {"accountType": "BOSS"}, VALID | {"scopes": [1]},
        VALID | {"expiresAt": 10**15}, VALID | {"expiresAt": 10**30},
        VALID | {"kind": "share"},
        VALID | {"kind": "share", "filters": [], "filtersOperator": "NOT"},
        VALID | {"kind": "share", "filters": [{"id": 1}], "filtersOperator": "OR"},
        VALID | {"kind": "share", "filters": [5], "filtersOperator": "OR"},
    ],
)  # fmt: skip
def test_nothing_is_valid_that_does_not_say_so_whole(body):
    with (
        Listener(reply(200, body)) as there,
        plain(server=there.url, token=STRANGER) as client,
        pytest.raises(Unavailable) as caught,
    ):
        client.verify(STRANGER)
    assert "not Keyfob" in str(caught.value)


@pytest.mark.parametrize("status", [204, 301, 404, 418, 500, 502])
def test_what_is_no_answer_of_keyfob_is_an_error(status):
    body = b"" if status == 204 else json.dumps(VALID).encode()
    answer = reply(status, body, Location="http://elsewhere.test/")
    with (
        Listener(answer) as there,
        plain(server=there.url, token=STRANGER) as client,
        pytest.raises(Unavailable),
    ):
        client.verify(STRANGER)


def test_a_valid_answer_is_read_though_it_has_a_field_more():
    with (
        Listener(reply(200, VALID | {"new": 1})) as there,
        plain(server=there.url, token=STRANGER) as client,
    ):
        answer = client.verify(STRANGER)
    assert isinstance(answer, Valid)
    assert answer.account_id == 2
    assert answer


def test_a_reason_that_is_newer_than_the_client_still_refuses():
    with (
        Listener(reply(200, {"valid": False, "code": "MOON_PHASE"})) as there,
        plain(server=there.url, token=STRANGER) as client,
    ):
        assert client.verify(STRANGER) == Refused(Reason.OTHER)


def test_every_error_is_one_of_ours():
    for name in keyfob_client.__all__:
        found = getattr(keyfob_client, name)
        if isinstance(found, type) and issubclass(found, Exception):
            assert issubclass(found, KeyfobError)
