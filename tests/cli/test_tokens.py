import json
import time
from datetime import UTC, datetime

import pytest
from support.server import PATIENCE, keyfob

from keyfob.cli import remote
from keyfob_client import token_format


@pytest.fixture
def made(keyfob_here, request):
    """A token, named after the test."""
    done = keyfob_here("tokens", "create", request.node.name[:100], "--json")
    return json.loads(done.out)


def test_a_new_value_stands_alone_on_standard_output(keyfob_here):
    done = keyfob_here("tokens", "create", "Stands alone")
    value = done.out.removesuffix("\n")
    assert token_format.parse(value)
    assert done.err == f'"Stands alone" ({value[:-49]}) is made, and can be used at once:\n'


def test_a_new_token_is_what_was_asked_for(keyfob_here):
    done = keyfob_here(
        "tokens", "create", "Asked for", "--description", "Two words", "--tag", "ci",
        "--tag", "team:x", "--scope", "logs:search", "--scope", "logs:tail", "--expires", "30d",
        "--no-reveal", "--json",
    )  # fmt: skip
    token = json.loads(done.out)
    assert done.err == ""
    assert token["description"] == "Two words"
    assert token["tags"] == ["ci", "team:x"]
    assert token["scopes"] == ["logs:search", "logs:tail"]
    assert abs(token["expiresAt"] - time.time() - 30 * 86400) < 60
    assert token["retrievable"] is False


def test_a_token_without_wishes_speaks_for_its_account_for_ever(keyfob_here, town, made):
    assert made["accountId"] == town.made["accountId"]
    assert made["scopes"] == ["*"]
    assert made["expiresAt"] is None
    assert made["retrievable"] is True


def test_a_main_account_makes_and_finds_a_sub_accounts_token(keyfob_here, town):
    sub = str(town.made["subId"])
    done = keyfob_here("tokens", "create", "Below", "--account", sub, "--json")
    assert json.loads(done.out)["accountId"] == town.made["subId"]
    assert json.loads(keyfob_here("tokens", "show", "Below", "--account", sub, "--json").out)
    assert keyfob_here("tokens", "show", "Below").code == 1
    listed = keyfob_here("tokens", "list", "--account", sub, "--search", "Below", "--json")
    assert json.loads(listed.out)["total"] == 1


def test_a_name_that_is_taken_is_refused_and_names_the_other(keyfob_here, made):
    done = keyfob_here("tokens", "create", made["name"].upper())
    assert (done.code, done.out) == (1, "")
    assert made["hint"] in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("expires", ["soon", "0x", "30", "-1d", "2027-13-01", "99999999w"])
def test_a_time_that_is_none_is_wrong_use(keyfob_here, expires):
    done = keyfob_here("tokens", "create", "No time", f"--expires={expires}")
    assert done.code == 2
    assert done.err.startswith("keyfob: --expires takes 90m, 12h, 30d or 8w, a day")


@pytest.mark.parametrize("expires", ["0m", "2020-01-31", "2020-01-31T12:00+01:00"])
def test_a_time_that_is_over_is_wrong_use_and_names_its_option(keyfob_here, expires):
    done = keyfob_here("tokens", "create", "Too late", f"--expires={expires}")
    assert done.code == 2
    assert done.err == f"keyfob: --expires must be in the future; {expires} is not\n"


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--scope=A B", "scopes must be words of a-z"),
        ("--tag=a b", "tags must have 1 to 50 letters"),
    ],
)
def test_a_refused_field_is_told_in_a_sentence(keyfob_here, option, words):
    done = keyfob_here("tokens", "create", "Never made", option)
    assert done.code == 1
    assert done.err.startswith(f"keyfob: {words}")


def test_a_value_that_is_shown_once_says_so(keyfob_here):
    once = ("tokens", "create", "--no-reveal")
    done = keyfob_here(*once, "Once")
    assert done.err.splitlines()[1:] == ["This is the only time that its value is shown."]
    line = keyfob_here(*once, "Once in a variable", "--export", "A", "--shell", "bash")
    assert line.err == "This is the only time that its value is shown.\n"
    assert line.out.count("\n") == 1


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "export LOGZ_IO_API_TOKEN={}"),
        ("zsh", "export LOGZ_IO_API_TOKEN={}"),
        ("fish", "set -x LOGZ_IO_API_TOKEN {}"),
        ("powershell", '$env:LOGZ_IO_API_TOKEN = "{}"'),
        ("dotenv", "LOGZ_IO_API_TOKEN={}"),
    ],
)
def test_export_prints_the_line_to_evaluate_and_nothing_else(keyfob_here, shell, line):
    name = f"For {shell}"
    done = keyfob_here("tokens", "create", name, "--export", "LOGZ_IO_API_TOKEN", "--shell", shell)
    value = keyfob_here("tokens", "reveal", name).out.removesuffix("\n")
    assert (done.out, done.err) == (f"{line.format(value)}\n", "")
    again = keyfob_here("tokens", "reveal", name, "--export", "LOGZ_IO_API_TOKEN", "--shell", shell)
    assert (again.out, again.err) == (done.out, "")


@pytest.mark.parametrize("variable", ["", "1A", "A B", "A;reboot", "$(reboot)", "A\n"])
def test_a_variable_that_no_shell_takes_is_refused_before_anything_is_made(keyfob_here, variable):
    done = keyfob_here("tokens", "create", "Never made", "--export", variable, "--shell", "bash")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("keyfob: --export: must be letters, digits and '_'")
    assert keyfob_here("tokens", "show", "Never made").code == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--shell", "bash"], "--shell goes with --export NAME"),
        (["--export", "A", "--json"], "--export and --json do not go together"),
        (["--export", "A", "--shell", "tcsh"], "Invalid value for '--shell'"),
    ],
)
def test_options_that_do_not_fit_are_wrong_use(keyfob_here, options, said):
    done = keyfob_here("tokens", "create", "Never made", *options)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1


def test_the_list_shows_each_token_on_one_line(keyfob_here, made, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    done = keyfob_here("tokens", "list", "--search", made["name"])
    _, titles, _, row, *rest = done.out.splitlines()
    assert titles.split() == ["Name", "Token", "State", "Created", "Expires", "Last", "used"]
    created = datetime.fromtimestamp(made["createdAt"], UTC).strftime("%Y-%m-%d %H:%M")
    cells = [cell.strip() for cell in row.split("   ")]
    assert cells[:5] == [made["name"], made["hint"], "active", created, "never"]
    assert "".join(rest).strip() == ""


def test_the_list_is_searched_filtered_and_ordered(keyfob_here):
    for name, tag in (("Order b", "one"), ("Order a", "two"), ("Order c", "one")):
        keyfob_here("tokens", "create", name, "--tag", tag)
    keyfob_here("tokens", "disable", "Order c")

    def names(*options):
        done = keyfob_here("tokens", "list", "--search", "Order", "--json", *options)
        return [token["name"] for token in json.loads(done.out)["items"]]

    assert names() == ["Order c", "Order a", "Order b"]
    assert names("--sort", "createdAt") == ["Order b", "Order a", "Order c"]
    assert names("--sort", "name") == ["Order a", "Order b", "Order c"]
    assert names("--tag", "one") == ["Order c", "Order b"]
    assert names("--state", "active") == ["Order a", "Order b"]
    assert names("--state", "disabled", "--state", "revoked") == ["Order c"]
    keyfob_here("tokens", "delete", "Order a", "--yes")
    assert names() == ["Order c", "Order b"]
    assert names("--all") == ["Order c", "Order a", "Order b"]


def test_all_pages_are_one_list(keyfob_here, monkeypatch):
    for number in range(5):
        keyfob_here("tokens", "create", f"Page {number}")
    monkeypatch.setattr(remote, "PAGE", 2)
    found = json.loads(keyfob_here("tokens", "list", "--search", "Page ", "--json").out)
    assert [token["name"] for token in found["items"]] == [f"Page {n}" for n in (4, 3, 2, 1, 0)]
    assert found["total"] == 5
    assert found["nextCursor"] is None


def test_an_empty_list_says_how_to_begin(keyfob_here):
    done = keyfob_here("tokens", "list", "--search", "nothing is called like this")
    assert (done.code, done.out) == (0, "")
    assert "keyfob tokens create NAME" in done.err


def test_a_token_is_found_by_id_by_hint_and_by_name_in_any_case(keyfob_here, made):
    for reference in (str(made["id"]), made["hint"], made["name"], made["name"].upper()):
        found = json.loads(keyfob_here("tokens", "show", reference, "--json").out)
        assert found["id"] == made["id"]


def test_a_name_of_digits_is_found_when_no_id_is_meant(keyfob_here):
    made = json.loads(keyfob_here("tokens", "create", "404", "--json").out)
    assert json.loads(keyfob_here("tokens", "show", "404", "--json").out)["id"] == made["id"]


def test_a_living_token_is_preferred_to_revoked_ones_of_its_name(keyfob_here):
    for _ in range(2):
        keyfob_here("tokens", "create", "Reborn")
        keyfob_here("tokens", "revoke", "Reborn", "--yes")
    several = keyfob_here("tokens", "show", "Reborn")
    assert several.code == 1
    assert "name one by its hint: kf_api_" in several.err
    living = json.loads(keyfob_here("tokens", "create", "Reborn", "--json").out)
    assert json.loads(keyfob_here("tokens", "show", "Reborn", "--json").out)["id"] == living["id"]


def test_show_tells_all_but_the_value(keyfob_here):
    keyfob_here("tokens", "create", "Show [b]me[/b]", "--description", "What for", "--tag", "ci")
    done = keyfob_here("tokens", "show", "Show [b]me[/b]")
    told = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert told["Name"].strip() == "Show [b]me[/b]"
    assert told["Description"].strip() == "What for"
    assert told["Tags"].strip() == "ci"
    assert told["State"].strip() == "active"
    assert told["Expires"].strip() == "never"
    value = keyfob_here("tokens", "reveal", "Show [b]me[/b]").out.strip()
    assert value[-49:] not in done.out


def test_a_token_gets_another_name(keyfob_here, made):
    done = keyfob_here("tokens", "rename", made["hint"], "Another name")
    assert done.out == f'"Another name" ({made["hint"]}) is active.\n'
    assert keyfob_here("tokens", "show", made["name"]).code == 1


def test_disabled_and_enabled_again(keyfob_here, made):
    done = keyfob_here("tokens", "disable", made["hint"])
    assert done.out == f'"{made["name"]}" ({made["hint"]}) is disabled.\n'
    value = made["token"]
    assert keyfob_here("verify", "-", stdin=value).out == (
        "Not valid (DISABLED): it is switched off; keyfob tokens enable lets it work again.\n"
    )
    done = keyfob_here("tokens", "enable", made["hint"], "--json")
    assert json.loads(done.out)["state"] == "active"
    assert keyfob_here("verify", "-", stdin=value).code == 0


def test_deleted_is_for_good(keyfob_here, made):
    done = keyfob_here("tokens", "delete", made["hint"], "--yes", "--json")
    assert json.loads(done.out)["state"] == "revoked"
    done = keyfob_here("tokens", "enable", made["hint"])
    assert done.code == 1
    assert "revoked for good" in done.err


def test_nothing_is_deleted_when_nobody_can_be_asked(keyfob_here, made):
    done = keyfob_here("tokens", "delete", made["hint"])
    assert (done.code, done.out) == (2, "")
    assert done.err == "keyfob: there is nobody to ask; add --yes to delete it\n"
    assert keyfob_here("tokens", "show", made["hint"]).code == 0


def test_the_token_in_use_is_not_stopped_by_mistake(keyfob_here, made, monkeypatch):
    monkeypatch.setenv("KEYFOB_TOKEN", made["token"])
    done = keyfob_here("tokens", "disable", made["hint"])
    assert (done.code, done.out) == (2, "")
    assert done.err == "keyfob: there is nobody to ask; add --yes to disable it\n"
    assert keyfob_here("whoami").code == 0


def test_the_token_in_use_is_deleted_when_that_is_meant(keyfob_here, made, monkeypatch):
    monkeypatch.setenv("KEYFOB_TOKEN", made["token"])
    done = keyfob_here("tokens", "delete", made["hint"], "--yes", "--json")
    assert (done.code, json.loads(done.out)["state"]) == (0, "revoked")
    assert keyfob_here("whoami").code == 1


def test_the_token_in_use_is_disabled_when_that_is_meant(keyfob_here, made, monkeypatch):
    monkeypatch.setenv("KEYFOB_TOKEN", made["token"])
    done = keyfob_here("tokens", "disable", made["hint"], "--yes")
    assert (done.code, done.out) == (0, f'"{made["name"]}" ({made["hint"]}) is disabled.\n')
    assert keyfob_here("whoami").code == 1


def test_a_value_is_shown_again(keyfob_here, made):
    assert keyfob_here("tokens", "reveal", made["hint"]).out == f"{made['token']}\n"
    as_json = keyfob_here("tokens", "reveal", made["hint"], "--json").out
    assert json.loads(as_json) == {"token": made["token"]}


def test_a_value_is_not_shown_again_without_the_right_to(keyfob_here, made, monkeypatch):
    plain = json.loads(keyfob_here("tokens", "create", "Plain", "--scope", "*", "--json").out)
    monkeypatch.setenv("KEYFOB_TOKEN", plain["token"])
    done = keyfob_here("tokens", "reveal", made["hint"])
    assert (done.code, done.out) == (1, "")
    assert "--api-token-scope makes a first token with it" in done.err
    assert "keyfob tokens create NAME --scope '*' --scope tokens:reveal" in done.err


def test_a_token_that_is_not_there_is_refused_with_a_way_on(keyfob_here):
    done = keyfob_here("tokens", "show", "No such token")
    assert done.code == 1
    assert done.err == (
        "keyfob: there is no token 'No such token'; "
        "see keyfob tokens list, and --account for a sub account's\n"
    )


def test_the_group_alone_says_what_it_can_do(town):
    done = keyfob("tokens", env=town.env, code=2)
    for command in ("create", "list", "show", "rename", "disable", "enable", "delete", "reveal"):
        assert f"\n  {command} " in done.stdout + done.stderr


def test_an_id_is_looked_for_in_the_account_that_was_named(keyfob_here, town, made):
    account = str(town.made["accountId"])
    assert keyfob_here("tokens", "show", str(made["id"]), "--account", account).code == 0
    done = keyfob_here("tokens", "show", str(made["id"]), "--account", str(town.made["subId"]))
    assert (done.code, done.out) == (1, "")
    assert "there is no token" in done.err


def test_a_number_of_thousands_of_digits_is_no_token(keyfob_here):
    done = keyfob_here("tokens", "show", "7" * 5000)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1


def test_the_use_of_a_token_is_told_hour_by_hour(keyfob_here, town, made, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with town.client() as client:
        value = client.post(f"/v1/api-tokens/{made['id']}/reveal").json()["token"]
        for scopes in ([], ["tokens:reveal"], ["tokens:reveal"]):
            question = {"token": value, "scopes": scopes, "clientIp": "203.0.113.7"}
            client.post("/v1/verify", json=question)
    told = wait_for_use(keyfob_here, made)
    assert told["total"] == {"valid": 1, "refused": {"INSUFFICIENT_SCOPE": 2}}
    lines = keyfob_here("tokens", "usage", made["hint"]).out.splitlines()
    used = datetime.fromtimestamp(told["lastUsedAt"], UTC).strftime("%Y-%m-%d %H:%M")
    assert lines[1].split() == ["From", "Valid", "Refused"]
    assert lines[3].split()[2:] == lines[-3].split()[1:] == ["1", "2", "INSUFFICIENT_SCOPE"]
    assert lines[-1] == f"Last used {used}, from 203.0.113.7"
    by_day = keyfob_here("tokens", "usage", made["hint"], "--by", "day", "--from", "2020-01-31")
    assert (by_day.code, by_day.out) == (1, "")
    assert "is too long ago" in by_day.err


def wait_for_use(keyfob_here, token):
    """Within ten seconds it is seen."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        told = json.loads(keyfob_here("tokens", "usage", token["hint"], "--json").out)
        if told["lastUsedAt"] is not None:
            return told
        time.sleep(0.2)
    raise AssertionError(told)
