import json

import pytest
from support.server import free_port, keyfob

from keyfob.cli.asking import WHAT_NOW
from keyfob.verification import Reason


def test_who_am_i_names_the_account(keyfob_here, town):
    account = town.made["accountId"]
    assert keyfob_here("whoami").out == f"Account {account}: Workshop o11y\n"
    as_json = json.loads(keyfob_here("whoami", "--json").out)
    assert as_json == {"accountId": account, "accountName": "Workshop o11y"}


def test_a_sub_accounts_token_is_a_sub_account(keyfob_here, town, monkeypatch):
    monkeypatch.setenv("KEYFOB_TOKEN", town.made["subToken"])
    assert keyfob_here("whoami").out == f"Account {town.made['subId']}: Sub account\n"


def test_a_good_token_is_valid_and_says_whose_it_is(keyfob_here, town):
    done = keyfob_here("verify", "-", stdin=town.made["subToken"] + "\n")
    assert done.code == 0
    assert done.out == (
        f'Valid: "The sub account\'s" of account {town.made["subId"]}, Sub account; scopes *\n'
    )


def test_a_good_token_as_json(keyfob_here, town):
    done = keyfob_here("verify", "-", "--json", stdin=town.made["subToken"])
    assert json.loads(done.out)["accountType"] == "SUB"


def test_what_it_is_used_for_is_asked_too(keyfob_here):
    made = json.loads(keyfob_here("tokens", "create", "Asked", "--scope", "logs:*", "--json").out)
    use = ["--client-ip", "203.0.113.7", "--method", "GET", "--path", "/v1/search"]
    good = keyfob_here("verify", "-", "--scope", "logs:search", *use, stdin=made["token"])
    assert good.code == 0
    lacking = keyfob_here("verify", "-", "--scope", "users:read", stdin=made["token"])
    assert lacking.code == 1
    assert lacking.out == f"Not valid (INSUFFICIENT_SCOPE): {WHAT_NOW['INSUFFICIENT_SCOPE']}.\n"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_what_it_means(reason):
    assert reason in WHAT_NOW


def test_a_reason_of_a_newer_server_is_told_too(keyfob_here, town, monkeypatch):
    monkeypatch.delitem(WHAT_NOW, "NOT_FOUND")
    assert keyfob_here("verify", "-", stdin="x").out == (
        "Not valid (NOT_FOUND): ask an admin of the account.\n"
    )


def test_a_bad_token_is_an_answer_on_standard_output_and_exit_code_1(keyfob_here):
    done = keyfob_here("verify", "-", "--json", stdin="kf_api_nonsense")
    assert done.code == 1
    assert json.loads(done.out) == {"valid": False, "code": "NOT_FOUND"}
    assert done.err == ""


def test_without_a_token_on_standard_input_it_is_wrong_use(keyfob_here):
    done = keyfob_here("verify", "-", stdin="\n")
    assert (done.code, done.err) == (2, "keyfob: there is no token on standard input\n")


def test_only_standard_input_is_read(keyfob_here):
    done = keyfob_here("verify", "token.txt")
    assert done.code == 2
    assert "standard input" in done.err


def test_a_token_as_an_argument_is_refused_and_not_repeated(keyfob_here, town):
    value = town.made["apiToken"]
    for arguments in (
        ["verify", value],
        ["tokens", "show", value],
        ["tokens", "list", f"--search={value}"],
        ["tokens", "create", f"my {value[:-1]}"],
        ["whoami", "--token", value],
    ):
        done = keyfob_here(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "an argument looks like a token" in done.err
        assert done.err.count("\n") == 1
        assert value[30:60] not in done.err


def test_without_a_token_of_ones_own_it_says_what_to_set(keyfob_here, monkeypatch):
    monkeypatch.setenv("KEYFOB_TOKEN", " ")
    done = keyfob_here("whoami")
    assert done.code == 2
    assert done.err == "keyfob: KEYFOB_TOKEN is not set; put an API token of your account there\n"


def test_a_token_of_ones_own_that_was_not_copied_whole_never_leaves(keyfob_here, town, monkeypatch):
    monkeypatch.setenv("KEYFOB_TOKEN", town.made["apiToken"][:-1])
    monkeypatch.setenv("KEYFOB_SERVER", "http://127.0.0.1:1")
    done = keyfob_here("whoami")
    assert done.code == 1
    assert "characters are missing or changed" in done.err
    assert town.made["apiToken"][30:60] not in done.err


def test_a_token_of_ones_own_that_is_no_good_any_more_is_named_as_such(keyfob_here, monkeypatch):
    made = json.loads(keyfob_here("tokens", "create", "Short-lived", "--json").out)
    keyfob_here("tokens", "delete", made["hint"], "--yes")
    monkeypatch.setenv("KEYFOB_TOKEN", made["token"])
    done = keyfob_here("whoami")
    assert done.code == 1
    assert done.err.startswith("keyfob: the token in KEYFOB_TOKEN is not good at 127.0.0.1")


def test_a_server_that_is_not_there_is_exit_code_3(keyfob_here):
    where = f"http://127.0.0.1:{free_port()}"
    done = keyfob_here("whoami", "--server", where)
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"keyfob: no answer from {where}: connection refused; is Keyfob running there? "
        "KEYFOB_SERVER or --server says where to look\n"
    )


def test_an_address_that_is_none_is_wrong_use(keyfob_here):
    for address in ("127.0.0.1:8420", "ftp://keyfob.example.com", "http://", "https://[::1"):
        done = keyfob_here("whoami", "--server", address)
        assert done.code == 2, address
        assert "KEYFOB_SERVER" in done.err


def test_the_program_answers_like_this_as_a_process_too(town):
    env = town.env | {"KEYFOB_SERVER": town.url, "KEYFOB_TOKEN": town.made["apiToken"]}
    assert keyfob("whoami", env=env).stdout.startswith("Account ")
    refused = keyfob("verify", "-", env=env, stdin="x", code=1).stdout
    assert refused == f"Not valid (NOT_FOUND): {WHAT_NOW['NOT_FOUND']}.\n"
    assert keyfob("verify", env=env, code=2).stdout == ""
