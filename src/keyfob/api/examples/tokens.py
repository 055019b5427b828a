"""Examples: API tokens, verify."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import TOKEN, Example

ID: Final = 2000004  # of the token that is looked at and, last, deleted

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
    "lastUsedAt": 1795530000,
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

_VALID: Final[dict[str, Any]] = {
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
}
EXAMPLES: Final[Mapping[str, Example]] = {
    "GET /v1/api-tokens": Example(
        query="q=workshop&state=active&sort=name&limit=10",
        answer={"items": [_API_TOKEN], "total": 1, "nextCursor": None},
    ),
    "POST /v1/api-tokens": Example(
        varies=("state",),
        body=_NEW,
        answer=_API_TOKEN | _NEW | {"id": 2000005, "lastUsedAt": None, "token": TOKEN},
    ),
    "POST /v1/api-tokens/sub-account": Example(
        body={"name": "Workshop API Token", "accountId": 2000002},
        answer={
            "id": 2000006, "name": "Workshop API Token", "token": TOKEN, "createdAt": 1795471200
        },
    ),
    "GET /v1/api-tokens/{id}": Example(id=ID, answer=_API_TOKEN),
    "PATCH /v1/api-tokens/{id}": Example(id=ID,
        body={"name": "Workshop API Token 2", "description": "For the second day."},
        answer=_API_TOKEN | {"name": "Workshop API Token 2", "description": "For the second day."},
    ),
    "POST /v1/api-tokens/{id}/reveal": Example(id=ID, answer={"token": TOKEN}),
    "POST /v1/verify": Example(
        body={
            "token": TOKEN,
            "scopes": ["logs:search"],
            "clientIp": "203.0.113.7",
            "method": "GET",
            "path": "/v1/search",
        },
        answer=_VALID,
    ),
    "POST /v1/verify/batch": Example(
        body={"items": [{"token": TOKEN, "scopes": ["logs:search"]}, {"token": "mistyped"}]},
        answer={
            "items": [_VALID, {"valid": False, "code": "NOT_FOUND"}],
        },
    ),
    "GET /auth": Example(
        headers={
            "X-Keyfob-Gateway": "$LOGZ_IO_API_TOKEN",
            "X-API-TOKEN": TOKEN,
            "X-Forwarded-Method": "GET",
            "X-Forwarded-Uri": "/v1/search",
        },
        answer=None,
    ),
    "DELETE /v1/api-tokens/{id}": Example(id=ID, answer=None),
}  # fmt: skip
