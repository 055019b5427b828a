"""Examples: shared tokens and their filters."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import SHARE_TOKEN, Example

PATH: Final = "/v1/shared-tokens"
FILTERS: Final = PATH + "/filters"
ID: Final = 2000010
FILTER: Final = 2000001

_FILTER: Final[dict[str, Any]] = {
    "id": FILTER,
    "field": "kubernetes.namespace",
    "value": "shop",
    "description": "The shop's logs",
}
_TOKEN: Final[dict[str, Any]] = {
    "id": ID,
    "name": "Support team token",
    "token": SHARE_TOKEN,
    "filters": [FILTER],
    "filtersOperator": "OR",
    "lastUsed": None,
    "expirationDate": 1796076000,
}

EXAMPLES: Final[Mapping[str, Example]] = {
    f"POST {FILTERS}": Example(
        body={name: _FILTER[name] for name in ("field", "value", "description")}, answer=_FILTER
    ),
    f"GET {FILTERS}": Example(answer=[_FILTER]),
    f"GET {FILTERS}/{{id}}": Example(id=FILTER, answer=_FILTER),
    f"POST {PATH}": Example(
        body={"tokenName": "Support team token", "filters": [FILTER], "filtersOperator": "OR"},
        answer=_TOKEN,
    ),
    f"GET {PATH}": Example(answer=[_TOKEN]),
    f"GET {PATH}/{{id}}": Example(id=ID, answer=_TOKEN),
    f"PUT {PATH}/{{id}}": Example(
        id=ID,
        body={"filters": [FILTER], "filtersOperator": "AND"},
        answer=_TOKEN | {"filtersOperator": "AND"},
    ),
    f"DELETE {PATH}/{{id}}": Example(id=ID, answer=None),
    f"DELETE {FILTERS}/{{id}}": Example(id=FILTER, answer={}),
}
