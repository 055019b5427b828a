"""The scene of the product, played with `keyfob` in a real bash and a real fish."""

import json
import subprocess
import threading
from pathlib import Path
from typing import Self

import psutil
import pytest
from support.server import ADMIN, KEYFOB, PASSWORD, keyfob

ACCOUNT = "Workshop o11y"
WHO_AM_I = 'curl -sS -H "X-API-TOKEN: $LOGZ_IO_API_TOKEN" "$KEYFOB_SERVER/v2/whoami"'
KEEP = "printf %s $LOGZ_IO_API_TOKEN > value"

BASH = f"""
set -eu
keyfob whoami
eval "$(keyfob tokens create 'Workshop API Token' --export LOGZ_IO_API_TOKEN)"
{KEEP}
{WHO_AM_I}
echo
keyfob tokens list
printf %s "$LOGZ_IO_API_TOKEN" | keyfob verify -
eval "$(keyfob tokens reveal 'Workshop API Token' --export AGAIN)"
test "$AGAIN" = "$LOGZ_IO_API_TOKEN" && echo shown again
keyfob tokens delete 'Workshop API Token' --yes
{WHO_AM_I}
"""

FISH = f"""
keyfob whoami; or exit 1
keyfob tokens create 'Workshop API Token' --export LOGZ_IO_API_TOKEN | source
{KEEP}
{WHO_AM_I}
echo
keyfob tokens list
printf %s $LOGZ_IO_API_TOKEN | keyfob verify -
keyfob tokens reveal 'Workshop API Token' --export AGAIN | source
test "$AGAIN" = "$LOGZ_IO_API_TOKEN"; and echo shown again
keyfob tokens delete 'Workshop API Token' --yes
{WHO_AM_I}
"""


class Watch(threading.Thread):
    """Notes the arguments of every process, again and again, as `ps` would show them."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[tuple[str, ...]] = set()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.01):
            for process in psutil.process_iter(["cmdline"]):
                self.seen.add(tuple(process.info["cmdline"] or ()))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()

    def of(self, program: str) -> list[tuple[str, ...]]:
        return [words for words in self.seen if any(Path(word).name == program for word in words)]


@pytest.fixture
def scene(new_server):
    """A server with one account, whose admin holds a token that may show others again."""
    done = keyfob(
        "init", "--account-name", ACCOUNT, "--admin-email", ADMIN, "--json",
        "--api-token-name", "The admin's",
        "--api-token-scope", "*", "--api-token-scope", "tokens:reveal",
        env=new_server.env | {"KEYFOB_ADMIN_PASSWORD": PASSWORD},
    )  # fmt: skip
    new_server.made = json.loads(done.stdout)
    return new_server.start()


@pytest.mark.parametrize(("shell", "script"), [("bash", BASH), ("fish", FISH)])
def test_the_scene_with_the_command_line_only(scene, tmp_path, shell, script):
    env = scene.env | {
        "KEYFOB_SERVER": scene.url,
        "KEYFOB_TOKEN": scene.made["apiToken"],
        "PATH": f"{Path(KEYFOB).parent}:{scene.env['PATH']}",
        "HOME": str(tmp_path),
    }
    (tmp_path / "scene").write_text(script)
    with Watch() as watch:
        done = subprocess.run(
            [shell, "scene"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    value = (tmp_path / "value").read_text()
    whoami, answered, *table, verified, again, deleted, refused = done.stdout.splitlines()
    account = scene.made["accountId"]
    assert whoami == f"Account {account}: {ACCOUNT}"
    assert json.loads(answered) == {"accountId": account, "accountName": ACCOUNT}
    assert table[1].split() == ["Name", "Token", "State", "Created", "Expires", "Last", "used"]
    assert table[3].split()[:5] == ["Workshop", "API", "Token", value[:-49], "active"]
    assert verified.startswith(f'Valid: "Workshop API Token" of account {account}, {ACCOUNT}')
    assert again == "shown again"
    assert deleted == f'"Workshop API Token" ({value[:-49]}) is deleted.'
    assert json.loads(refused)["code"] == 403
    assert done.stderr == ""
    assert watch.of("keyfob")
    seen_by_others = [words for words in watch.seen if words[:1] != ("curl",)]
    for secret in (value[-49:], scene.made["apiToken"][-49:]):
        assert not any(secret in word for words in seen_by_others for word in words)
        assert secret not in done.stdout
        assert secret not in scene.log.read_text()
