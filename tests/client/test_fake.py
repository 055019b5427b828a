"""The client's fake is asked what a real server process is asked; the two must say the same."""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds
from support.asking import CUT, STRANGER, Listener, reply
from support.server import TLS, Server
from support.worlds import World

from keyfob import scopes
from keyfob.verification import globs
from keyfob_client import (
    AsyncClient,
    BadRequest,
    Client,
    Question,
    RateLimited,
    Reason,
    Refused,
    Unavailable,
    _scopes,
)
from keyfob_client._fake_tokens import is_allowed
from keyfob_client.testing import FakeKeyfob
from keyfob_client.token_format import checksum

OTHER_BRAND = STRANGER[:-6].replace("kf_", "acme_")
OTHER_BRAND += checksum(OTHER_BRAND)

# What is asked of which token, as the caller named first.
QUESTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("caller", "good", {}),
    ("caller", "good", {"scopes": ["logs:search", "tokens:write"], "cost": 3}),
    ("caller", "good", {"scopes": ["tokens:reveal"]}),
    ("caller", "good", {"clientIp": "203.0.113.7", "method": "GET", "path": "/v1/search"}),
    ("caller", "searcher", {"scopes": ["logs:search", "metrics:read", "metrics:*"]}),
    ("caller", "searcher", {"scopes": ["logs:write"]}),
    ("caller", "searcher", {"scopes": ["metrics"]}),
    ("caller", "searcher", {"scopes": ["*"]}),
    ("caller", STRANGER, {}),
    ("caller", OTHER_BRAND, {}),
    ("caller", CUT, {}),
    ("caller", "", {}),
    ("caller", "expired", {}),
    ("caller", "disabled", {}),
    ("caller", "revoked", {}),
    ("caller", "scheduled", {}),
    ("caller", "expired and disabled", {}),
    ("caller", "expired", {"scopes": ["nothing"]}),
    ("caller", "at the office", {"clientIp": "203.0.113.9"}),
    ("caller", "at the office", {"clientIp": "::ffff:203.0.113.9"}),
    ("caller", "at the office", {"clientIp": "198.51.100.1"}),
    ("caller", "at the office", {"clientIp": "2001:db8::1"}),
    ("caller", "at the office", {"clientIp": "192.0.2.1"}),
    ("caller", "at the office", {}),
    ("caller", "reads", {"method": "get"}),
    ("caller", "reads", {"method": "POST"}),
    ("caller", "reads", {}),
    ("caller", "on paths", {"path": "/v1/search"}),
    ("caller", "on paths", {"path": "/v1/search/a/b?q=1"}),
    ("caller", "on paths", {"path": "/v1/search/%2e%2e/users"}),
    ("caller", "on paths", {"path": "/v1/jobs/status"}),
    ("caller", "on paths", {"path": "/v1/jobs/1/status"}),
    ("caller", "on paths", {"path": "/v2/search"}),
    ("caller", "on paths", {}),
    ("caller", "narrow", {"scopes": ["logs:write"], "clientIp": "192.0.2.1", "method": "PUT"}),
    ("caller", "narrow", {"clientIp": "192.0.2.1", "method": "PUT"}),
    ("caller", "narrow", {"clientIp": "203.0.113.7", "method": "PUT"}),
    ("caller", "narrow", {"clientIp": "203.0.113.7", "method": "GET"}),
    ("caller", "of the sub account", {}),
    ("caller", "of others", {}),
    ("caller", "shipping", {}),
    ("caller", "shipping", {"scopes": ["logs:search"]}),
    ("caller", "shared", {}),
    ("caller", "caller", {}),
    ("caller on a path", "good", {}),
    ("sub account's caller", "of the sub account", {}),
    ("sub account's caller", "good", {}),
    ("sub account's caller", "disabled", {}),
    ("caller", "of the idle", {"scopes": ["*"]}),
    ("of the gone", "good", {}),
    ("weak caller", "good", {}),
    ("weak caller", CUT, {}),
    ("caller elsewhere", "good", {}),
    ("caller that reads", "good", {}),
    ("disabled caller", "good", {}),
    ("shipping", "good", {}),
    ("shared", "good", {}),
    (STRANGER, "good", {}),
    (CUT, "good", {}),
    ("", "good", {}),
    ("caller", "good", {"scopes": "logs:search"}),
    ("caller", "good", {"scopes": ["Logs:Search", 5]}),
    ("caller", "good", {"scopes": ["Logs:Search"]}),
    ("caller", "good", {"scopes": [f"a{number}" for number in range(51)]}),
    ("caller", "good", {"clientIp": "the office"}),
    ("caller", "good", {"method": "G T"}),
    ("caller", "good", {"path": "v1"}),
    ("caller", "good", {"path": "/" * 4097}),
    ("caller", "good", {"path": None}),
    ("caller", "good", {"cost": -1}),
    ("caller", "good", {"cost": 1_000_001}),
    ("caller", "good", {"cost": "x", "odd": 1, "client_ip": ""}),
    ("caller", "x" * 1001, {}),
]


@dataclass
class Pair:
    """A real server and the fake, each with its world."""

    sides: tuple[tuple[httpx2.Client, World], tuple[httpx2.Client, World]]

    def ask(self, caller: str, body: Any, **more: Any) -> list[tuple[int, Any, Any]]:
        """Status, body and telling headers, of the real one first. `token` may be a name."""
        said: list[tuple[int, Any, Any]] = []
        for client, world in self.sides:
            value = world.values.get(caller, caller)
            sent = body
            if isinstance(body, dict) and isinstance(token := body.get("token"), str):
                sent = body | {"token": world.values.get(token, token)}
            headers = {"X-API-TOKEN": value} if value else {}
            how = {"content": body} if isinstance(body, bytes) else {"json": sent}
            answer = client.post("/v1/verify", headers=headers, **how, **more)
            kept = [answer.headers.get(name) for name in ("www-authenticate", "content-type")]
            told = world.told(answer.json())
            for each in told.get("filters", []):
                each.pop("id")
            said.append((answer.status_code, told, kept))
        return said


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pair]:
    folder = tmp_path_factory.mktemp("worlds") / "data"
    world = asyncio.run(worlds.real(folder))
    server = Server(folder).start()
    fake, fake_world = worlds.fake()
    with (
        httpx2.Client(base_url=server.url, verify=TLS) as asking,
        httpx2.Client(base_url=server.url, transport=fake) as asking_the_fake,
    ):
        yield Pair(((asking, world), (asking_the_fake, fake_world)))
    assert server.stop() == 0


@pytest.mark.parametrize(("caller", "token", "more"), QUESTIONS)
def test_the_fake_says_what_a_real_server_says(pair: Pair, caller, token, more):
    real, fake = pair.ask(caller, {"token": token, **more})
    assert fake == real


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", {}, {"token": 5, "odd": 1}])
def test_the_fake_refuses_what_is_no_question_in_the_same_words(pair: Pair, body):
    real, fake = pair.ask("caller", body)
    assert real[0] == 400
    assert fake == real


def test_the_table_has_every_outcome(pair: Pair):
    """So that a case that is lost in the table is missed."""
    said = [pair.ask(caller, {"token": token, **more})[0] for caller, token, more in QUESTIONS]
    assert {status for status, _, _ in said} == {200, 400, 401, 403}
    reasons = {body["code"] for status, body, _ in said if status == 200 and not body["valid"]}
    assert reasons == {
        "NOT_FOUND", "EXPIRED", "DISABLED", "REVOKED", "NOT_YET_VALID", "INSUFFICIENT_SCOPE",
        "IP_DENIED", "METHOD_DENIED", "PATH_DENIED", "ACCOUNT_SUSPENDED",
    }  # fmt: skip


def test_a_wrong_secret_is_not_found_by_either(pair: Pair):
    """The public id of a token that is there, with the secret of another."""
    for client, world in pair.sides:
        good = world.values["good"]
        forged = good[:23] + STRANGER[23:-6]
        forged += checksum(forged)
        answer = client.post(
            "/v1/verify",
            headers={"X-API-TOKEN": world.values["caller"]},
            json={"token": forged},
        )
        assert forged != good
        assert answer.json() == {"valid": False, "code": "NOT_FOUND"}


def test_a_batch_is_answered_in_order_and_in_chunks(fake_keyfob):
    """More than go into one request, and what is malformed among them is not sent."""
    good, revoked = fake_keyfob.mint(), fake_keyfob.mint()
    revoked.revoke()
    values = [good.value, CUT, revoked.value, STRANGER] * 400
    questions = [Question(token=value) for value in values]
    with fake_keyfob.client() as client:
        answers = client.verify_many(questions)
    said = [answer.valid or answer.code for answer in answers[:4]]
    assert said == [True, "NOT_FOUND", "REVOKED", "NOT_FOUND"]
    assert [answer.valid or answer.code for answer in answers] == said * 400
    assert len(fake_keyfob.asked) == 1200
    assert fake_keyfob.requests == 2


async def ask_many(fake, questions):
    async with fake.async_client() as client:
        return await client.verify_many(questions)


def test_a_batch_keeps_what_each_question_tells(fake_keyfob):
    token = fake_keyfob.mint(scopes=["logs:search"], methods=["GET"])
    questions = [
        Question(token=token.value, scopes=("logs:search",), method="GET", cost=3),
        Question(token=token.value, scopes=("logs:search",), method="PUT"),
        Question(token=token.value, scopes=("logs:write",), method="GET"),
    ]
    said = asyncio.run(ask_many(fake_keyfob, questions))
    assert [answer.valid or answer.code for answer in said] == [
        True, "METHOD_DENIED", "INSUFFICIENT_SCOPE",
    ]  # fmt: skip
    assert fake_keyfob.asked == questions


def test_an_empty_batch_is_not_sent(fake_keyfob):
    with fake_keyfob.client() as client:
        assert client.verify_many([]) == []
    assert fake_keyfob.requests == 0


@pytest.mark.parametrize("items", [None, 5, [5], [{}], [{"token": ""}] * 1001])
def test_a_batch_that_is_none_is_refused(fake_keyfob, items):
    with httpx2.Client(transport=fake_keyfob, base_url="http://keyfob.test") as http:
        headers = {"X-API-TOKEN": fake_keyfob.token.value}
        answer = http.post("/v1/verify/batch", headers=headers, json={"items": items})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "request/INVALID")


def test_a_batch_with_too_many_bytes_is_sent_in_halves():
    large = {"errorCode": "request/TOO_LARGE", "message": "A body may have at most 9 bytes."}
    no, later = ({"valid": False, "code": code} for code in ("NOT_FOUND", "NOT_YET_VALID"))
    answers = [reply(413, large), reply(200, {"items": [no]}), reply(200, {"items": [no, later]})]
    with (
        Listener(*answers) as there,
        Client(server=there.url, token=STRANGER, ssl_context=TLS) as client,
    ):
        said = client.verify_many([Question(token=STRANGER, cost=cost) for cost in (2, 3, 4)])
    assert [answer.code for answer in said] == ["NOT_FOUND", "NOT_FOUND", "NOT_YET_VALID"]
    assert [request.count(b'"cost"') for request in there.requests] == [3, 1, 2]


def test_one_question_with_too_many_bytes_is_an_error():
    large = {"errorCode": "request/TOO_LARGE", "message": "A body may have at most 9 bytes."}
    with (
        Listener(reply(413, large)) as there,
        Client(server=there.url, token=STRANGER, ssl_context=TLS) as client,
        pytest.raises(BadRequest),
    ):
        client.verify_many([Question(token=STRANGER)])


@pytest.mark.parametrize("body", [{"items": []}, {"items": {}}, [], {"items": [{"valid": 1}]}])
def test_a_batch_whose_answers_do_not_match_is_no_answer(body):
    with (
        Listener(reply(200, body)) as there,
        Client(server=there.url, token=STRANGER, ssl_context=TLS) as client,
        pytest.raises(Unavailable),
    ):
        client.verify_many([Question(token=STRANGER)])


def test_a_malformed_token_is_not_asked_for(fake_keyfob):
    with fake_keyfob.client() as client:
        assert client.verify(CUT) == Refused(Reason.NOT_FOUND)
        assert client.verify("") == Refused(Reason.NOT_FOUND)
    assert fake_keyfob.requests == 0


def test_time_passes_as_the_clock_says():
    now = datetime(2030, 1, 1, tzinfo=UTC)
    clock = [now]
    fake = FakeKeyfob(clock=lambda: clock[0])
    token = fake.mint(expires_at=now + timedelta(seconds=1))
    with fake.client() as client:
        assert client.verify(token.value)
        clock[0] += timedelta(seconds=1)
        assert client.verify(token.value) == Refused(Reason.EXPIRED)


def test_what_becomes_of_a_token_counts_at_once(fake_keyfob):
    token = fake_keyfob.mint()
    with fake_keyfob.client() as client:
        token.disable()
        assert client.verify(token.value) == Refused(Reason.DISABLED)
        token.enable()
        assert client.verify(token.value)
        token.revoke()
        assert client.verify(token.value) == Refused(Reason.REVOKED)


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (503, Unavailable)])
def test_trouble_is_an_error_until_it_is_over(fake_keyfob, status, kind):
    fake_keyfob.fail(status, retry_after=7)
    with fake_keyfob.client() as client:
        with pytest.raises(kind) as caught:
            client.verify(STRANGER)
        assert caught.value.retry_after == 7
        fake_keyfob.recover()
        assert client.verify(STRANGER) == Refused(Reason.NOT_FOUND)


def test_a_client_that_the_code_makes_by_itself_asks_the_fake(fake_keyfob):
    """The fixture sets the environment and takes the place of the network."""
    with Client() as client:
        assert client.verify(fake_keyfob.mint().value)
    assert len(fake_keyfob.asked) == 1


async def ask_async(client: AsyncClient, value: str) -> bool:
    return bool(await client.verify(value))


EARLIER = Client(server="http://127.0.0.1:9", token=STRANGER)
EARLIER_ASYNC = AsyncClient(server="http://127.0.0.1:9", token=STRANGER)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_client_of_before_the_test_asks_the_fake_of_each_test(fake_keyfob, turn):
    value = fake_keyfob.mint(turn).value
    assert EARLIER.verify(value)
    assert asyncio.run(ask_async(EARLIER_ASYNC, value))
    assert fake_keyfob.requests == 2


def test_without_a_fake_it_asks_whom_it_was_made_for():
    with pytest.raises(Unavailable):
        EARLIER.verify(STRANGER)


def test_a_token_alone_is_a_question(fake_keyfob):
    good = fake_keyfob.mint().value
    answers = fake_keyfob.client().verify_many([good, Question(token=STRANGER)])
    assert [bool(each) for each in answers] == [True, False]


def test_there_is_nothing_else_at_a_fake(fake_keyfob):
    with httpx2.Client(transport=fake_keyfob, base_url="http://keyfob.test") as http:
        assert http.get("/v2/whoami").json()["errorCode"] == "request/UNKNOWN_PATH"


@pytest.mark.parametrize("wrong", [{"kind": "door"}, {"ip_allow": ["10.0.0.1/8"]}])
def test_what_no_token_can_be_is_not_minted(fake_keyfob, wrong):
    with pytest.raises(ValueError, match=r"kind|host bits"):
        fake_keyfob.mint(**wrong)


def test_no_value_is_in_the_repr_of_a_token_or_a_question(fake_keyfob):
    token = fake_keyfob.mint()
    assert token.value not in repr(token)
    assert token.value not in repr(Question(token=token.value))


paths = st.text(alphabet="/ab.%*2e\\", max_size=12).map(lambda text: "/" + text)
globs_of = st.lists(st.text(alphabet="/ab*.", max_size=9).map(lambda text: "/" + text), max_size=3)


@given(path=paths | st.just("") | st.just("a"), allowed=globs_of)
def test_paths_are_allowed_by_the_same_globs(path, allowed):
    assert is_allowed(path, allowed) == globs.match(path, allowed)


texts = st.text(alphabet="ab:*", max_size=6) | st.sampled_from(["tokens:reveal", "tokens:*", "*"])


@given(held=st.lists(texts, max_size=3), wanted=texts)
def test_scopes_cover_the_same(held, wanted):
    assert _scopes.covers(held, wanted) == scopes.covers(held, wanted)
