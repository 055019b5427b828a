"""One example of each operation: it is in the description, and a test runs it as it stands."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

SERVER: Final = "http://127.0.0.1:8420"
TOKEN: Final = "kf_api_h7QmZ2rT9xLc04Vb7nq0ZRkW5tYc1uJdE8sXg3PvA6mHf9LoB2iTzQ4wNyK1zaeqa"  # noqa: S105 -- nobody's
REQUEST_ID: Final = "5b0f5b0e-6a0e-4a53-9d43-0f5f4a6f5c1d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`query` is as in an address, without the question mark; `body` None sends none."""

    answer: Any
    body: Any = None
    query: str = ""

    def curl(self, method: str, path: str, *, with_token: bool) -> str:
        """The line for a terminal in which LOGZ_IO_API_TOKEN holds the caller's token."""
        words = ["curl", *([f"-X {method}"] if method != "GET" else [])]
        if with_token:
            words.append('-H "X-API-TOKEN: $LOGZ_IO_API_TOKEN"')
        if self.body is not None:
            words.append('-H "Content-Type: application/json"')
            words.append(f"-d {shlex.quote(json.dumps(self.body))}")
        address = f"{SERVER}{path.replace('{id}', str(ID))}" + f"?{self.query}" * bool(self.query)
        return " ".join([*words, shlex.quote(address)])


ID: Final = 2000002

_API_TOKEN: Final[dict[str, Any]] = {
    "id": ID,
    "accountId": 2000001,
    "name": "Workshop API Token",
    "description": "",
    "tags": ["workshop"],
    "hint": "kf_api_h7QmZ2rT9xLc04Vb",
    "state": "active",
    "enabled": True,
    "scopes": ["*"],
    "restrictions": {"ipAllow": [], "methods": [], "paths": []},
    "createdAt": 1795471200,
    "createdBy": "admin@example.com",
    "expiresAt": None,
    "notBefore": None,
    "lastUsedAt": None,
    "retrievable": True,
    "rotation": None,
}
_NEW: Final[dict[str, Any]] = {
    "name": "Nightly search",
    "description": "Counts yesterday's errors.",
    "tags": ["ci", "team:o11y"],
    "scopes": ["logs:search"],
    "restrictions": {
        "ipAllow": ["203.0.113.0/24"],
        "methods": ["GET", "POST"],
        "paths": ["/v1/search/**"],
    },
    "expiresAt": 4102444800,
    "notBefore": 1767225600,
    "retrievable": False,
}

EXAMPLES: Final[Mapping[str, Example]] = {
    "GET /v2/whoami": Example(answer={"accountId": 2000001, "accountName": "Workshop o11y"}),
    "GET /v1/api-tokens": Example(
        query="q=workshop&state=active&sort=name&limit=10",
        answer={"items": [_API_TOKEN], "total": 1, "nextCursor": None},
    ),
    "POST /v1/api-tokens": Example(
        body=_NEW,
        answer=_API_TOKEN | _NEW | {"id": 2000003, "token": TOKEN},
    ),
    "POST /v1/api-tokens/sub-account": Example(
        body={"name": "Workshop API Token", "accountId": 2000002},
        answer={
            "id": 2000004, "name": "Workshop API Token", "token": TOKEN, "createdAt": 1795471200
        },
    ),
    "GET /v1/api-tokens/{id}": Example(answer=_API_TOKEN),
    "PATCH /v1/api-tokens/{id}": Example(
        body={"name": "Workshop API Token 2", "description": "For the second day."},
        answer=_API_TOKEN | {"name": "Workshop API Token 2", "description": "For the second day."},
    ),
    "POST /v1/api-tokens/{id}/reveal": Example(answer={"token": TOKEN}),
    "POST /v1/verify": Example(
        body={
            "token": TOKEN,
            "scopes": ["logs:search"],
            "clientIp": "203.0.113.7",
            "method": "GET",
            "path": "/v1/search",
        },
        answer={
            "valid": True,
            "tokenId": ID,
            "tokenName": "Workshop API Token 2",
            "accountId": 2000001,
            "accountName": "Workshop o11y",
            "accountType": "MAIN",
            "mainAccountId": 2000001,
            "kind": "api",
            "scopes": ["*"],
            "expiresAt": None,
            "tags": ["workshop"],
        },
    ),
    "DELETE /v1/api-tokens/{id}": Example(answer=None),
    "GET /healthz": Example(answer={"status": "ok"}),
    "GET /readyz": Example(answer={"status": "ok"}),
}  # fmt: skip

ERRORS: Final[Mapping[int, tuple[str, str, Mapping[str, Any]]]] = {
    400: ("request/INVALID", "name must be text", {"field": "name"}),
    401: ("auth/NO_CREDENTIAL", "An API token is required: send it in the header X-API-TOKEN.", {}),
    403: ("auth/BAD_TOKEN", "Insufficient privileges", {}),
    404: ("tokens/NOT_FOUND", "Token 2000009 does not exist.", {"id": 2000009}),
    409: (
        "tokens/NAME_TAKEN",
        'The account has a token named "Workshop API Token" already. Choose another name.',
        {"field": "name", "id": 2000002, "hint": "kf_api_h7QmZ2rT9xLc04Vb"},
    ),
    413: ("request/TOO_LARGE", "A body may have at most 65536 bytes.", {"field": "body"}),
    503: (
        "server/UNAVAILABLE",
        "The database cannot be reached now; nothing is half done. Try again soon.",
        {"retryAfter": 1},
    ),
}


def error(status: int) -> dict[str, Any]:
    """A body of this status, as it could come."""
    code, message, parameters = ERRORS[status]
    body = {
        "errorCode": code,
        "message": message,
        "requestId": REQUEST_ID,
        "parameters": dict(parameters),
    }
    return body | ({"code": status} if status in {401, 403} else {})
