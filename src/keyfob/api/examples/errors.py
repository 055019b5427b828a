"""Examples: a body of each error status, as it could come."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import REQUEST_ID

ERRORS: Final[Mapping[int, tuple[str, str, Mapping[str, Any]]]] = {
    400: ("request/INVALID", "name must be text", {"field": "name"}),
    401: ("auth/NO_CREDENTIAL", "An API token is required: send it in the header X-API-TOKEN.", {}),
    403: ("auth/BAD_TOKEN", "Insufficient privileges", {}),
    404: ("tokens/NOT_FOUND", "Token 2000009 does not exist.", {"id": 2000009}),
    409: (
        "tokens/NAME_TAKEN",
        'The account has a token named "Workshop API Token" already. Choose another name.',
        {"field": "name", "id": 2000004, "hint": "kf_api_h7QmZ2rT9xLc04Vb"},
    ),
    413: ("request/TOO_LARGE", "A body may have at most 65536 bytes.", {"field": "body"}),
    429: (
        "auth/TOO_MANY_AT_ONCE",
        "At most 100 requests of one account may run at once. Try again in a second.",
        {"retryAfter": 1},
    ),
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
