"""Examples: users and authentication groups."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import Example

USERS: Final = "/v1/user-management"
GROUPS: Final = "/v1/authentication/groups"
ZOE: Final = 2000002
ANN: Final = 2000003

_ANN: Final[dict[str, Any]] = {
    "id": ANN,
    "username": "ann@example.com",
    "fullName": "Ann",
    "accountID": 2000001,
    "role": "USER_ROLE_REGULAR",
    "roles": [2],
    "active": True,
}
_GROUPS: Final = [{"group": "ops", "userRole": "USER_ROLE_ACCOUNT_ADMIN"}]


def _told(doing: str, user_id: int = ANN) -> dict[str, str]:
    return {"message": f"Finished {doing} user {user_id} from accounts."}


EXAMPLES: Final[Mapping[str, Example]] = {
    f"POST {USERS}": Example(
        body={
            "username": "ann@example.com",
            "fullName": "Ann",
            "role": "USER_ROLE_REGULAR",
            "accountID": 2000001,
        },
        answer={"id": ANN},
    ),
    f"GET {USERS}": Example(query="accountId=2000001", answer=[_ANN]),
    f"GET {USERS}/recursive": Example(answer=[_ANN]),
    f"GET {USERS}/{{id}}": Example(id=ANN, answer=_ANN),
    f"PUT {USERS}/{{id}}": Example(
        id=ANN, body={"fullName": "Ann B", "role": "USER_ROLE_READONLY"}, answer={"id": ANN}
    ),
    f"POST {USERS}/suspend/{{id}}": Example(id=ANN, answer={}),
    f"POST {USERS}/unsuspend/{{id}}": Example(id=ANN, answer={}),
    f"PUT {USERS}/{{id}}/suspend/recursive": Example(id=ANN, answer=_told("suspending")),
    f"PUT {USERS}/{{id}}/unsuspend/recursive": Example(id=ANN, answer=_told("unsuspending")),
    f"DELETE {USERS}/{{id}}": Example(id=ANN, query="accountId=2000001", answer={}),
    f"DELETE {USERS}/{{id}}/recursive": Example(id=ZOE, answer=_told("deleting", ZOE)),
    f"GET {GROUPS}": Example(answer=[]),
    f"POST {GROUPS}": Example(body=_GROUPS, answer=_GROUPS),
}
