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


def test_a_plan_is_shown_and_changed(env):
    shown = keyfob("accounts", "set-plan", "2000001", env=env).stdout
    assert shown.startswith("The plan of account 2000001:\n")
    assert "  volume gb: 100\n" in shown
    assert "  flexible: no\n" in shown
    changed = keyfob(
        "accounts", "set-plan", "2000001", "--plan", "consumption", "--volume-gb", "300",
        "--warm-days", "5", "--no-shared-tokens", "--json", env=env,
    )  # fmt: skip
    assert json.loads(changed.stdout) == {
        "accountId": 2000001,
        "plan": {
            "model": "consumption",
            "volumeGb": 300,
            "flexible": False,
            "reservedGb": 0,
            "warmDays": 5,
            "retentionDays": 30,
            "maxShippingTokens": 15,
            "sharedTokens": False,
        },
    }


def test_a_plan_that_cannot_be_is_refused_by_its_option(env):
    said = keyfob("accounts", "set-plan", "2000001", "--volume-gb", "-1", env=env, code=1).stderr
    assert said == "keyfob: --volume-gb must be more than 0\n"
    said = keyfob("accounts", "set-plan", "2000009", env=env, code=1).stderr
    assert said == "keyfob: Account 2000009 does not exist.\n"
