"""Examples: log shipping tokens."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import SHIP_TOKEN, Example

PATH: Final = "/v1/log-shipping/tokens"
ID: Final = 2000009

_TOKEN: Final[dict[str, Any]] = {
    "name": "staging eu",
    "id": ID,
    "token": SHIP_TOKEN,
    "updatedAt": 1795471200,
    "updatedBy": "admin@example.com",
    "createdAt": 1795471200,
    "createdBy": "admin@example.com",
    "enabled": True,
}

EXAMPLES: Final[Mapping[str, Example]] = {
    f"POST {PATH}": Example(body={"name": "staging eu", "enabled": True}, answer=_TOKEN),
    f"GET {PATH}/limits": Example(answer={"maxAllowedTokens": 15, "numOfEnabledTokens": 2}),
    f"POST {PATH}/search": Example(
        body={
            "filter": {"enabled": True},
            "sort": [{"field": "name", "descending": True}],
            "pagination": {"pageNumber": 1, "pageSize": 25},
        },
        answer={
            "total": 2,
            "results": [_TOKEN, _TOKEN | {"name": "Default", "id": 2000001}],
            "pagination": {"pageNumber": 1, "pageSize": 25},
        },
    ),
    f"GET {PATH}/{{id}}": Example(id=ID, answer=_TOKEN),
    f"PUT {PATH}/{{id}}": Example(
        id=ID,
        body={"name": "production eu", "enabled": False},
        answer=_TOKEN | {"name": "production eu", "enabled": False},
    ),
    f"DELETE {PATH}/{{id}}": Example(
        id=ID, answer=_TOKEN | {"name": "production eu", "enabled": False}
    ),
}
