import json

import pytest
from support.server import keyfob


@pytest.fixture
def env(new_server):
    new_server.init()
    return new_server.env


def test_suspending_stops_the_tokens_and_resuming_lets_them_work_again(new_server):
    account = str(new_server.init().made["accountId"])
    done = keyfob("accounts", "suspend", account, env=new_server.env)
    assert done.stdout == f"Account {account}, Workshop o11y, is suspended.\n"
    new_server.start()
    with new_server.client() as client:
        assert client.get("/v2/whoami").status_code == 403
    new_server.stop()
    done = keyfob("accounts", "resume", account, "--json", env=new_server.env)
    assert json.loads(done.stdout) == {
        "accountId": int(account), "accountName": "Workshop o11y", "suspended": False,
    }  # fmt: skip
    new_server.start()
    with new_server.client() as client:
        assert client.get("/v2/whoami").status_code == 200


def test_an_account_that_is_not_there_is_refused(env):
    said = keyfob("accounts", "suspend", "2999999", env=env, code=1).stderr
    assert said == "keyfob: Account 2999999 does not exist.\n"


def test_an_id_is_a_number(env):
    said = keyfob("accounts", "resume", "Workshop", env=env, code=2).stderr
    assert "a valid integer" in said
    assert said.count("\n") == 1
