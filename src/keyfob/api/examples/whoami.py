"""Examples: who am I, and which accounts are mine."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import Example

_MAIN: Final[dict[str, Any]] = {"accountId": 2000001, "accountName": "Workshop o11y"}

EXAMPLES: Final[Mapping[str, Example]] = {
    "GET /v2/whoami": Example(answer=_MAIN),
    "GET /v1/account-management/whoami": Example(answer=_MAIN),
    "GET /v1/associated-accounts": Example(
        answer=[
            _MAIN | {"type": "OWNER_ACCOUNT"},
            {"accountId": 2000002, "accountName": "Sub account", "type": "SUB_ACCOUNT"},
        ]
    ),
}
