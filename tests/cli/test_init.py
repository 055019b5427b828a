import json
import sqlite3

import pytest
from support.server import ADMIN, PASSWORD, environment, keyfob

FOUND = ("--account-name", "Workshop o11y", "--admin-email", ADMIN)


@pytest.fixture
def env(tmp_path):
    return environment(DATA_DIR=tmp_path / "data", ADMIN_PASSWORD=PASSWORD)


PLANS = """
select account_id, model, volume_gb, flexible, reserved_gb, warm_days, retention_days,
       max_shipping_tokens, shared_tokens
from plans join account_settings using (account_id) order by account_id
"""


def plans(env):
    with sqlite3.connect(f"{env['KEYFOB_DATA_DIR']}/keyfob.db") as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(PLANS)]


def test_init_prints_what_it_made(env):
    made = json.loads(
        keyfob("init", *FOUND, "--api-token-name", "Workshop API Token", "--json", env=env).stdout
    )
    assert made["accountId"] == 2_000_001
    assert made["adminId"] > 2_000_000
    assert made["apiToken"].startswith("kf_api_")


def test_without_a_token_name_no_token_is_made(env):
    assert json.loads(keyfob("init", *FOUND, "--json", env=env).stdout)["apiToken"] is None
    with sqlite3.connect(f"{env['KEYFOB_DATA_DIR']}/keyfob.db") as db:
        assert db.execute("select count(*) from tokens where kind = 'api'").fetchone() == (0,)


def test_for_people_it_says_where_to_sign_in(env):
    said = keyfob(
        "init", *FOUND, "--api-token-name", "First", env=env | {"KEYFOB_PORT": "9"}
    ).stdout
    assert "http://127.0.0.1:9" in said
    assert "kf_api_" in said


def test_init_is_refused_when_it_was_done(env):
    keyfob("init", *FOUND, env=env)
    said = keyfob("init", *FOUND, env=env, code=1).stderr
    assert said == (
        "keyfob: this installation is set up already; "
        "for one more main account run: keyfob accounts create-main\n"
    )


def test_a_plan_has_the_documented_defaults(env):
    keyfob("init", *FOUND, env=env)
    [plan] = plans(env)
    assert plan == {
        "account_id": 2_000_001,
        "model": "subscription",
        "volume_gb": 100,
        "flexible": 0,
        "reserved_gb": None,
        "warm_days": None,
        "retention_days": 30,
        "max_shipping_tokens": 15,
        "shared_tokens": 1,
    }


def test_every_part_of_a_plan_can_be_chosen(env):
    keyfob(
        "init", *FOUND, "--plan", "consumption", "--volume-gb", "50.5", "--flexible",
        "--reserved-gb", "10", "--warm-days", "3", "--retention-days", "14",
        "--max-shipping-tokens", "2", "--no-shared-tokens", env=env,
    )  # fmt: skip
    [plan] = plans(env)
    assert list(plan.values())[1:] == ["consumption", 50.5, 1, 10, 3, 14, 2, 0]


def test_a_plan_that_cannot_be_is_refused_before_anything_is_made(env, tmp_path):
    said = keyfob("init", *FOUND, "--volume-gb", "0", env=env, code=1).stderr
    assert said == "keyfob: --volume-gb must be more than 0\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_password_may_come_from_a_file(env, tmp_path, ending):
    file = tmp_path / "password"
    file.write_text(PASSWORD + ending)
    del env["KEYFOB_ADMIN_PASSWORD"]
    keyfob("init", *FOUND, "--admin-password-file", str(file), env=env)


def test_the_password_may_come_on_standard_input(env):
    del env["KEYFOB_ADMIN_PASSWORD"]
    keyfob("init", *FOUND, "--admin-password-file", "-", env=env, stdin=f"{PASSWORD}\n")


def test_a_file_that_is_not_there_is_named(env, tmp_path):
    said = keyfob("init", *FOUND, "--admin-password-file", "/nowhere", env=env, code=2).stderr
    assert "--admin-password-file" in said
    assert "/nowhere: No such file or directory" in said


def test_a_file_that_is_no_text_is_named(env, tmp_path):
    file = tmp_path / "password"
    file.write_bytes(b"\xff\xfe")
    said = keyfob("init", *FOUND, "--admin-password-file", str(file), env=env, code=2).stderr
    assert f"{file}: it is not UTF-8 text" in said


def test_without_a_password_and_without_anybody_to_ask_it_says_what_to_do(env):
    del env["KEYFOB_ADMIN_PASSWORD"]
    said = keyfob("init", *FOUND, env=env, code=2).stderr
    assert "KEYFOB_ADMIN_PASSWORD" in said
    assert said.count("\n") == 1


def test_a_weak_password_makes_nothing_and_is_not_repeated(env):
    said = keyfob("init", *FOUND, env=env | {"KEYFOB_ADMIN_PASSWORD": "hunter2!"}, code=1).stderr
    assert said == (
        "keyfob: the admin's password must have at least 15 characters; a sentence is fine\n"
    )
    assert plans(env) == []


def test_a_missing_option_is_wrong_use(env):
    said = keyfob("init", "--account-name", "A", env=env, code=2).stderr
    assert said == "keyfob: Missing option '--admin-email'. See keyfob init --help\n"


def test_one_more_family_is_made_with_its_own_admin(env):
    first = json.loads(keyfob("init", *FOUND, "--json", env=env).stdout)
    done = keyfob(
        "accounts", "create-main", "--account-name", "Second", "--admin-email", "ann@example.com",
        "--volume-gb", "7", "--json", env=env,
    )  # fmt: skip
    second = json.loads(done.stdout)
    assert second["accountId"] == first["accountId"] + 1
    assert second["adminId"] != first["adminId"]
    assert [plan["volume_gb"] for plan in plans(env)] == [100, 7]


@pytest.mark.parametrize("name", ["Workshop o11y", " WORKSHOP O11Y "])
def test_a_main_account_that_is_called_like_another_is_refused_before_anything_is_asked(env, name):
    keyfob("init", *FOUND, env=env)
    del env["KEYFOB_ADMIN_PASSWORD"]
    again = ("accounts", "create-main", "--account-name", name, "--admin-email", "b@example.com")
    said = keyfob(*again, env=env, code=1).stderr
    assert said == (
        'keyfob: there is a main account "Workshop o11y" already (2000001); choose another name\n'
    )
    assert len(plans(env)) == 1


def test_a_known_address_keeps_its_user_and_its_password(env):
    first = json.loads(keyfob("init", *FOUND, "--json", env=env).stdout)
    del env["KEYFOB_ADMIN_PASSWORD"]
    done = keyfob(
        "accounts", "create-main", "--account-name", "Second", "--admin-email", ADMIN.upper(),
        "--json", env=env,
    )  # fmt: skip
    assert json.loads(done.stdout)["adminId"] == first["adminId"]
    assert done.stderr == f"{ADMIN} is known here already, and keeps name and password.\n"


def test_the_token_gets_the_scopes_that_were_named(env):
    keyfob(
        "init", *FOUND, "--api-token-name", "All", "--api-token-scope", "*",
        "--api-token-scope", "tokens:reveal", env=env,
    )  # fmt: skip
    with sqlite3.connect(f"{env['KEYFOB_DATA_DIR']}/keyfob.db") as db:
        [(scopes,)] = db.execute("select scopes from tokens where kind = 'api'")
    assert json.loads(scopes) == ["*", "tokens:reveal"]
