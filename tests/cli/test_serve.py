import errno
import http.client
import json
import re
import signal
import socket
import subprocess
import time

import httpx2
import psutil
import pytest
from support import postgres
from support.server import KEYFOB, PATIENCE, Server, environment, free_port, keyfob

from keyfob.cli.server import why_not
from keyfob.config import Config

MOST_MEMORY = 120  # MB, idle


@pytest.fixture
def env(tmp_path):
    return environment(DATA_DIR=tmp_path / "data", PORT=free_port(), GATE_PORT=0)


def events(server: Server) -> list[dict]:
    return [json.loads(line) for line in server.log.read_text().splitlines() if line[0] == "{"]


def told_of(server: Server, **fields: str) -> dict:
    """The last event with these fields; it is written after the answer has left."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [each for each in events(server) if fields.items() <= each.items()]
        if found:
            return found[-1]
        time.sleep(0.02)
    raise AssertionError(server.log.read_text())


def test_on_an_empty_database_it_prints_a_link_that_is_good_once_for_15_minutes(new_server):
    new_server.settings["PUBLIC_URL"] = "http://keyfob.example.com"
    new_server.start()
    said = new_server.log.read_text()
    assert "Keyfob is at http://keyfob.example.com\n" in said
    assert re.search(r"\nhttp://keyfob\.example\.com/setup\?link=[\w-]{43}\n", said)
    assert "within 15 minutes, once" in said


def test_once_set_up_it_prints_no_link(server):
    said = server.log.read_text()
    assert said.startswith(f"Keyfob is at {server.url}\n")
    assert "/setup" not in said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_does_and_that_is_success(new_server, how):
    assert new_server.start().stop(how) == 0
    assert events(new_server)[-1]["event"] == "stopped"


def test_told_to_stop_it_lets_go_of_connections_that_are_kept_alive(new_server):
    new_server.init().start()
    with new_server.client() as client:
        assert client.get("/v2/whoami").status_code == 200
        assert new_server.stop() == 0
    assert not new_server.gave_up_waiting()


def test_a_port_in_use_is_named_with_the_setting(env):
    with socket.create_server(("127.0.0.1", int(env["KEYFOB_PORT"]))):
        said = keyfob("serve", env=env, code=1).stderr
    assert said == (
        f"keyfob: port {env['KEYFOB_PORT']} of 127.0.0.1 is in use; stop what uses it, "
        "or choose another one with --port or KEYFOB_PORT\n"
    )


def test_an_address_that_is_not_this_machine_is_named_with_the_setting(env):
    said = keyfob("serve", "--host", "203.0.113.7", env=env, code=1).stderr
    assert said.startswith("keyfob: cannot listen on 203.0.113.7, port ")
    assert "KEYFOB_HOST" in said


def test_a_port_that_needs_rights_is_named_with_the_setting():
    said = why_not(PermissionError(errno.EACCES, "Permission denied"), "127.0.0.1", 80)
    assert said == (
        "port 80 needs rights that you do not have; "
        "choose one above 1023 with --port or KEYFOB_PORT"
    )


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "DATABASEURL",
            "there is no setting KEYFOB_DATABASEURL; did you mean KEYFOB_DATABASE_URL?",
        ),
        ("PORT", "KEYFOB_PORT: Input should be a valid integer"),
        ("WORKERS", "KEYFOB_WORKERS: Input should be a valid integer"),
    ],
)
def test_a_wrong_setting_stops_the_start_in_one_line(env, setting, said):
    done = keyfob("serve", env=env | {f"KEYFOB_{setting}": "x"}, code=1)
    assert done.stderr.startswith(f"keyfob: {said}")
    assert done.stderr.count("\n") == 1


def test_more_workers_need_postgresql(env):
    said = keyfob("serve", "--workers", "2", env=env, code=1).stderr
    assert said == "keyfob: KEYFOB_WORKERS above 1 needs PostgreSQL: set KEYFOB_DATABASE_URL\n"


def test_a_root_key_that_is_gone_stops_the_start_in_one_line(env, tmp_path):
    keyfob(
        "init", "--account-name", "A", "--admin-email", "a@example.com",
        env=env | {"KEYFOB_ADMIN_PASSWORD": "correct horse battery staple"},
    )  # fmt: skip
    (tmp_path / "data" / "root.key").unlink()
    said = keyfob("serve", env=env, code=1).stderr
    assert "root.key" in said
    assert said.count("\n") == 1


def test_a_second_process_on_the_same_data_is_told_which_one_has_it(server):
    said = keyfob("serve", "--port", str(free_port()), env=server.env, code=1).stderr
    assert f"pid {server.process.pid}" in said
    assert said.count("\n") == 1


def test_settings_come_from_file_then_environment_then_options(env, tmp_path):
    (tmp_path / "keyfob.toml").write_text('host = "203.0.113.1"\ntoken_brand = "NO"\n')
    run = {"env": env, "cwd": tmp_path, "capture_output": True, "text": True}
    by_file = subprocess.run([KEYFOB, "serve"], check=False, **run)
    assert by_file.stderr.startswith("keyfob: keyfob.toml: token_brand: ")
    run["env"] = env | {"KEYFOB_TOKEN_BRAND": "acme"}
    by_environment = subprocess.run([KEYFOB, "serve"], check=False, **run)
    assert "203.0.113.1" in by_environment.stderr
    by_option = subprocess.run([KEYFOB, "serve", "--host", "203.0.113.2"], check=False, **run)
    assert "203.0.113.2" in by_option.stderr


def test_a_file_that_was_named_and_is_not_there_is_an_error(env):
    said = keyfob("serve", "--config", "/nowhere.toml", env=env, code=1).stderr
    assert said == "keyfob: /nowhere.toml: No such file or directory\n"


def test_every_setting_is_an_option(env):
    said = keyfob("serve", "--help", env=env).stdout
    for setting in Config.model_fields:
        assert f"--{setting.replace('_', '-')}" in said, setting


def test_what_is_not_used_yet_says_so(env):
    said = " ".join(keyfob("serve", "--help", env=env).stdout.split())
    assert re.search(r"--redis-url URL Not used yet", said)


def test_each_event_is_one_line_of_json(server):
    with server.client() as client:
        client.get("/v2/whoami?a=b")
    told = told_of(server, path="/v2/whoami")
    assert told["event"] == "request"
    assert told["level"] == "info"
    assert (told["method"], told["status"], told["ip"]) == ("GET", 200, "127.0.0.1")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", told["timestamp"])


def test_a_token_is_never_in_the_log_wherever_somebody_puts_it(server):
    value = server.made["apiToken"]
    with server.client() as client:
        client.get(f"/v1/api-tokens/{value}")
        client.get(f"/v2/whoami?token={value}")
        client.get("/v2/whoami", headers={"Authorization": f"Bearer {value}"})
        client.post("/v1/verify", json={"token": value})
        for length in range(24, len(value)):
            client.get(f"/nothing/{value[:length]}")
        client.get(f"/nothing/{value}{value}x")
        client.get(f"/nothing/{value[:30]}-{value[30:]}")
    log = server.log.read_text()
    assert value[-49:] not in log
    assert value[:24] not in log
    assert f"/v1/api-tokens/{value[:-49]}…" in log


def test_nonsense_on_the_socket_is_logged_like_everything_else(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        connection.recv(1000)
    told = told_of(server, logger="uvicorn.error")
    assert told["event"] == "Invalid HTTP request received."
    assert told["level"] == "warning"


def test_an_idle_connection_stays_open(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    first = connection.sock
    time.sleep(6)  # one more than uvicorn's own default
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    assert connection.sock is first
    connection.close()


def test_an_idle_server_is_small(new_server, monkeypatch):
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    new_server.init().start()
    with new_server.client() as client:
        client.get("/v2/whoami")
    assert psutil.Process(new_server.process.pid).memory_info().rss < MOST_MEMORY * 2**20


@pytest.mark.anyio
async def test_several_processes_serve_one_postgresql(new_server):
    url = await postgres.create_database()
    new_server.settings |= {"DATABASE_URL": url, "WORKERS": 2}
    try:
        new_server.init().start()
        with new_server.client() as client:
            assert client.get("/v2/whoami").status_code == 200
        workers = psutil.Process(new_server.process.pid).children()
        assert sum("spawn_main" in " ".join(each.cmdline()) for each in workers) == 2
        assert "postgresql://" not in " ".join(word for each in workers for word in each.cmdline())
        assert new_server.stop() == 0
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{new_server.url}/healthz")
    finally:
        await postgres.drop_database(url)
