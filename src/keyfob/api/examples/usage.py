"""Examples: how much tokens are used."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import Example
from keyfob.api.examples.tokens import ID

_DAYS: Final[dict[str, Any]] = {
    "bucket": "day",
    "from": 1795392000,
    "to": 1795564800,
    "items": [
        {"at": 1795392000, "valid": 1204, "refused": {}},
        {"at": 1795478400, "valid": 310, "refused": {"EXPIRED": 3}},
    ],
    "total": {"valid": 1514, "refused": {"EXPIRED": 3}},
}
_VARIES: Final = ("from", "to", "items", "total")

EXAMPLES: Final[Mapping[str, Example]] = {
    "GET /v1/api-tokens/{id}/usage": Example(
        id=ID,
        query="bucket=day",
        varies=(*_VARIES, "lastUsedAt", "lastUsedIp", "lastUsedAgent"),
        answer={
            "tokenId": ID,
            "lastUsedAt": 1795530000,
            "lastUsedIp": "203.0.113.7",
            "lastUsedAgent": "python-httpx/0.28.1",
            **_DAYS,
        },
    ),
    "GET /v1/usage": Example(
        query="bucket=day&limit=3",
        varies=(*_VARIES, "mostUsed"),
        answer={
            "accountId": 2000001,
            **_DAYS,
            "mostUsed": [
                {
                    "tokenId": ID,
                    "name": "Workshop API Token",
                    "kind": "api",
                    "hint": "kf_api_h7QmZ2rT9xLc04Vb",
                    "lastUsedAt": 1795530000,
                    "valid": 1514,
                    "refused": 3,
                }
            ],
        },
    ),
}
