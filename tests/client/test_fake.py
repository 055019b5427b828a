"""The client's fake is asked what a real server process is asked; the two must say the same."""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds
from support.asking import CUT, STRANGER
from support.server import TLS, Server
from support.worlds import World

from keyfob import scopes
from keyfob.verification import globs
from keyfob_client import _scopes
from keyfob_client._fake_tokens import is_allowed
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


paths = st.text(alphabet="/ab.%*2e\\", max_size=12).map(lambda text: "/" + text)
globs_of = st.lists(st.text(alphabet="/ab*.", max_size=9).map(lambda text: "/" + text), max_size=3)


@given(path=paths | st.just("") | st.just("a"), allowed=globs_of)
def test_paths_are_allowed_by_the_same_globs(path, allowed):
    assert is_allowed(path, allowed) == globs.match(path, allowed)


texts = st.text(alphabet="ab:*", max_size=6) | st.sampled_from(["tokens:reveal", "tokens:*", "*"])


@given(held=st.lists(texts, max_size=3), wanted=texts)
def test_scopes_cover_the_same(held, wanted):
    assert _scopes.covers(held, wanted) == scopes.covers(held, wanted)
