"""`keyfob.Verifier`: inside another program, on the data of a running server."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from support import postgres
from support.server import Server, environment

import keyfob
from keyfob.errors import Invalid, Misconfigured
from keyfob.keys.root import RootKey
from keyfob.verification import lookup
from keyfob.verifier import Verifier
from keyfob_client import Client, Reason, Refused, Valid

EXAMPLE = Path(__file__).parents[1] / "examples" / "ask_inside.py"
FOLLOWED = lookup.POLL + 0.1  # seconds


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory) -> Generator[Server]:
    folder = tmp_path_factory.mktemp("verifier") / "data"
    url = asyncio.run(postgres.create_database()) if request.param == "postgresql" else ""
    server = Server(folder, settings={"DATABASE_URL": url} if url else {})
    server.init().start()
    yield server
    assert server.stop() == 0
    if url:
        asyncio.run(postgres.drop_database(url))


@pytest.fixture
def verifier(served) -> Generator[Verifier]:
    url = served.settings.get("DATABASE_URL")
    with Verifier.open(
        account_id=served.made["accountId"], data_dir=served.data_dir, database_url=url
    ) as verifier:
        yield verifier


def made(server, name, **more) -> dict:
    with server.client() as client:
        answer = client.post("/v1/api-tokens", json={"name": name, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()


def test_it_is_a_name_of_the_package():
    assert keyfob.Verifier is Verifier
    with pytest.raises(AttributeError, match="Verify"):
        keyfob.Verify  # noqa: B018 -- what is looked for


def test_it_answers_as_the_server_does(served, verifier):
    token = made(
        served, "Restricted", scopes=["logs:*"],
        restrictions={"ipAllow": ["203.0.113.0/24"], "methods": ["GET"], "paths": ["/v1/**"]},
        tags=["one"], expiresAt=4_000_000_000,
    )["token"]  # fmt: skip
    place = {"client_ip": "203.0.113.7", "method": "GET", "path": "/v1/search"}
    asked = [
        {},
        place,
        place | {"scopes": ["logs:search"]},
        place | {"scopes": ["metrics:read"]},
        place | {"scopes": "logs:search"},
        place | {"client_ip": "198.51.100.1"},
        place | {"method": "POST"},
        place | {"path": "/v2"},
    ]
    with Client(server=served.url, token=served.made["apiToken"]) as client:
        for each in asked:
            assert verifier.verify(token, **each) == client.verify(token, **each), each
        for value in (served.made["apiToken"], token[:-1], "", "junk", f"secret-token:{token}"):
            assert verifier.verify(value) == client.verify(value), value[:12]
    assert isinstance(verifier.verify(token, **place), Valid)


def test_a_change_is_followed(served, verifier):
    token = made(served, "Short lived")
    assert verifier.verify(token["token"])
    with served.client() as client:
        assert client.delete(f"/v1/api-tokens/{token['id']}").status_code == 204
    time.sleep(FOLLOWED)
    assert verifier.verify(token["token"]) == Refused(Reason.REVOKED)


def test_a_token_that_is_made_later_is_known(served, verifier):
    assert verifier.verify(served.made["apiToken"])
    assert verifier.verify(made(served, "Later")["token"])


def test_it_sees_what_its_account_sees(served):
    url = served.settings.get("DATABASE_URL")
    with Verifier.open(
        account_id=2_999_999, data_dir=served.data_dir, database_url=url
    ) as stranger:
        assert stranger.verify(served.made["apiToken"]) == Refused(Reason.NOT_FOUND)


def test_a_question_that_cannot_be_is_an_error(served, verifier):
    for told in (
        {"client_ip": "somewhere"},
        {"method": "G E T"},
        {"path": "v1"},
        {"scopes": ["A"]},
    ):
        with pytest.raises(Invalid):
            verifier.verify(served.made["apiToken"], **told)


def test_it_is_asked_from_many_threads(served, verifier):
    token = served.made["apiToken"]
    found: list[tuple[bool, bool]] = []

    def ask() -> None:
        pairs = [(verifier.verify(token), verifier.verify(token[:-1])) for _ in range(300)]
        found.extend((bool(good), bool(bad)) for good, bad in pairs)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert set(found) == {(True, False)}
    assert len(found) == 8 * 300


def test_it_is_asked_from_an_event_loop(served, verifier):
    async def ask() -> list[Valid | Refused]:
        asked = [served.made["apiToken"], "junk"] * 20
        return [*await asyncio.gather(*(verifier.averify(each) for each in asked))]

    answers = asyncio.run(ask())
    assert all(answers[::2])
    assert set(answers[1::2]) == {Refused(Reason.NOT_FOUND)}


def test_the_example_runs(served):
    url = str(served.settings.get("DATABASE_URL", ""))
    done = subprocess.run(
        [sys.executable, EXAMPLE], input=f"{served.made['apiToken']}\njunk\n", text=True,
        env=environment(DATA_DIR=served.data_dir, DATABASE_URL=url), capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout == "good, of Workshop o11y\nrefused: NOT_FOUND\n"


def test_it_can_be_closed_twice(served):
    url = served.settings.get("DATABASE_URL")
    verifier = Verifier.open(account_id=1, data_dir=served.data_dir, database_url=url)
    verifier.close()
    verifier.close()


def test_another_root_key_opens_nothing(served, tmp_path):
    RootKey.create(tmp_path / "root.key")
    url = served.settings.get("DATABASE_URL")
    with pytest.raises(Misconfigured):
        Verifier.open(
            account_id=served.made["accountId"], data_dir=served.data_dir, database_url=url,
            root_key_file=tmp_path / "root.key",
        )  # fmt: skip


def test_where_nothing_is_nothing_is_made(tmp_path: Path):
    with pytest.raises(Misconfigured, match="no database"):
        Verifier.open(account_id=1, data_dir=tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
