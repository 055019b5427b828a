"""`keyfob users …`, on the host, as the operator types it."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from support.server import PASSWORD, keyfob

ADMIN = "admin@example.com"


@pytest.fixture
def env(new_server):
    new_server.init()
    return new_server.env


def sign_in(client, password):
    form = {"email": ADMIN, "password": password}
    return client.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"})


def test_the_last_admin_comes_in_again_by_a_link(new_server):
    new_server.init()
    told = keyfob("users", "invite", ADMIN.upper(), env=new_server.env).stdout.splitlines()
    assert told[0].startswith(f"{ADMIN} chooses a new password with this link, once, until 20")
    assert told[2] == "Their old password, earlier links and sessions are no good any more."
    path = re.fullmatch(r"https?://[^/]+(/invitation\?link=[\w-]{43})", told[1])[1]
    new_server.start()
    with new_server.client() as client:
        assert sign_in(client, PASSWORD).status_code == 403
        assert ADMIN in client.get(path).text
        new = {
            "link": path.partition("=")[2], "fullName": "Ann", "password": "another long sentence",
        }  # fmt: skip
        ours = {"Sec-Fetch-Site": "same-origin"}
        assert client.post("/invitation", data=new, headers=ours).status_code == 303
        assert client.post("/invitation", data=new, headers=ours).status_code == 403
        assert sign_in(client, "another long sentence").status_code == 303


def test_a_program_reads_json(env):
    made = json.loads(keyfob("users", "invite", ADMIN, "--json", env=env).stdout)
    assert {*made} == {"userId", "email", "link", "expiresAt"}
    assert (made["userId"], made["email"]) == (2000001, ADMIN)
    week = datetime.fromtimestamp(made["expiresAt"], UTC) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < week <= timedelta(days=7)


@pytest.mark.parametrize("address", ["nobody@example.com", "no address", "a@example.com\t"])
def test_an_address_that_nobody_has_is_refused(env, address):
    done = keyfob("users", "invite", address, env=env, code=1)
    assert done.stderr == f"keyfob: nobody here has the address {address.strip()}\n"
    assert done.stdout == ""


def test_beside_a_server_on_sqlite_it_says_so(new_server):
    new_server.init().start()
    said = keyfob("users", "invite", ADMIN, env=new_server.env, code=1).stderr
    assert said.count("\n") == 1
    assert "another" in said
