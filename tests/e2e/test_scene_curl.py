"""The scene of the product, played with curl and a shell, nothing of ours but the server."""

import json
import subprocess

SCRIPT = r"""
set -eu
ask() { curl -sS -H "X-API-TOKEN: $ADMIN_TOKEN" -H "Content-Type: application/json" "$@"; echo; }
value() { sed -E 's/.*"token":"([0-9A-Za-z_]+)".*/\1/'; }

LOGZ_IO_API_TOKEN=$(ask "$SERVER/v1/api-tokens" -d '{"name": "Token made by curl"}' | value)
export LOGZ_IO_API_TOKEN
curl -sS -H "X-API-TOKEN: $LOGZ_IO_API_TOKEN" "$SERVER/v2/whoami"; echo
curl -sS -H "Authorization: Bearer $LOGZ_IO_API_TOKEN" "$SERVER/v2/whoami"; echo
ask "$SERVER/v1/api-tokens?q=made+by+curl"
ask "$SERVER/v1/verify" -d "{\"token\": \"$LOGZ_IO_API_TOKEN\"}"
id=$(ask "$SERVER/v1/api-tokens?q=made+by+curl" | sed -E 's/.*"items":\[\{"id":([0-9]+).*/\1/')
curl -sS -o /dev/null -w '%{http_code}\n' -X DELETE -H "X-API-TOKEN: $ADMIN_TOKEN" \
  "$SERVER/v1/api-tokens/$id"
curl -sS -w ' %{http_code}\n' -H "X-API-TOKEN: $LOGZ_IO_API_TOKEN" "$SERVER/v2/whoami"
ask "$SERVER/v1/verify" -d "{\"token\": \"$LOGZ_IO_API_TOKEN\"}"
"""


def test_the_scene_with_curl_only(server):
    env = server.env | {"SERVER": server.url, "ADMIN_TOKEN": server.made["apiToken"]}
    done = subprocess.run(
        ["bash", "-c", SCRIPT], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    whoami, as_bearer, listed, verified, gone, refused, ended = done.stdout.splitlines()
    account = server.made["accountId"]
    assert json.loads(whoami) == {"accountId": account, "accountName": "Workshop o11y"}
    assert as_bearer == whoami
    [token] = json.loads(listed)["items"]
    assert token["name"] == "Token made by curl"
    assert token["state"] == "active"
    assert "token" not in token
    assert json.loads(verified)["valid"] is True
    assert json.loads(verified)["tokenId"] == token["id"]
    assert gone == "204"
    assert refused.endswith(" 403")
    assert json.loads(ended) == {"valid": False, "code": "REVOKED"}
