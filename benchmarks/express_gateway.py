"""
express-gateway with key-auth in memory: of the whole servers that people use, the fastest here.

`benchmarks/express-gateway.sh` fetches it. Where it is not, `path` is None, and its rows are
missing: the script has said then what to install.
"""

import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from serving import free_port, serving

SYSTEM = {
    "db": {"redis": {"emulate": True, "namespace": "EG"}},
    "crypto": {"cipherKey": "a benchmark's", "algorithm": "aes256", "saltRounds": 10},
    "session": {"secret": "a benchmark's", "resave": False, "saveUninitialized": False},
    "accessTokens": {"timeToExpiry": 7_200_000},
    "refreshTokens": {"timeToExpiry": 7_200_000},
    "authorizationCodes": {"timeToExpiry": 300_000},
}


def path() -> Path | None:
    """Where it is installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    found = cache / "keyfob-bench/express-gateway/node_modules/express-gateway"
    return found if found.exists() and shutil.which("node") else None


@contextmanager
def express_gateway(folder: Path, *, on: list[str]) -> Generator[tuple[str, str]]:
    """Its address, and an `Authorization` that it answers with 200; with 401 any other."""
    installed = path()
    assert installed is not None
    port, admin = free_port(), free_port()
    shutil.copytree(installed / "lib/config/models", folder / "models")
    (folder / "system.config.json").write_text(json.dumps(SYSTEM))
    (folder / "gateway.config.json").write_text(json.dumps(_gateway(port, admin)))
    settings = [f"EG_CONFIG_DIR={folder}", "EG_DISABLE_CONFIG_WATCH=true", "LOG_LEVEL=error"]
    node = ["env", *settings, "NODE_ENV=production", "node", str(installed / "lib/index.js")]
    with serving([*on, *node], admin, "/users"):
        yield f"http://127.0.0.1:{port}/", _key(f"http://127.0.0.1:{admin}")


def _gateway(port: int, admin: int) -> dict[str, object]:
    """Whose key is good is told so, as we tell it: nothing stands behind the gateway."""
    good = {"terminate": {"action": {"statusCode": 200, "message": "good"}}}
    return {
        "http": {"port": port, "hostname": "127.0.0.1"},
        "admin": {"port": admin, "host": "127.0.0.1"},
        "apiEndpoints": {"all": {"host": "*"}},
        "policies": ["key-auth", "terminate"],
        "pipelines": {"all": {"apiEndpoints": ["all"], "policies": [{"key-auth": {}}, good]}},
    }


def _key(admin: str) -> str:
    user = {"username": "benchmark", "firstname": "Bench", "lastname": "Mark"}
    httpx2.post(f"{admin}/users", json=user).raise_for_status()
    wanted = {"credential": {}, "consumerId": "benchmark", "type": "key-auth"}
    made = httpx2.post(f"{admin}/credentials", json=wanted).raise_for_status().json()
    return f"apiKey {made['keyId']}:{made['keySecret']}"
