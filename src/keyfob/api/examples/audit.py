"""Examples: the audit trail."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import Example

_CALLER: Final[dict[str, Any]] = {
    "id": 2000003, "fullName": "The caller", "deleted": False, "userToken": True
}  # fmt: skip
_NAME: Final = "Nightly search"

EXAMPLES: Final[Mapping[str, Example]] = {
    "POST /v1/audit-trail": Example(
        body={
            "size": 20,
            "auditEventUser": {"id": 2000003, "userToken": True},
            "auditEventType": "User created a token",
            "sortDescending": True,
            "includeFiltersData": True,
        },
        varies=("total",),
        answer={
            "pageSize": 20,
            "from": 0,
            "total": 1,
            "results": [
                {
                    "auditEventUser": _CALLER,
                    "date": 1795471200000,
                    "auditEventTypeTitle": "User created a token",
                    "ip": "127.0.0.1",
                    "geoLocation": None,
                    "extraDataList": [
                        {"fieldName": "token", "oldValue": _NAME, "newValue": _NAME},
                        {"fieldName": "name", "oldValue": "", "newValue": _NAME},
                        {"fieldName": "scopes", "oldValue": "", "newValue": '["logs:search"]'},
                    ],
                    "valid": True,
                }
            ],
            "auditEventUsersList": [_CALLER],
            "auditEventTypesList": [
                {"auditEventType": "ADD_USER", "auditEventTypeTitle": "Added user"},
                {"auditEventType": "CREATE_TOKEN", "auditEventTypeTitle": "User created a token"},
            ],
        },
    ),
    "POST /v1/audit-trail/event-types": Example(
        answer={"eventTypes": ["Added user", "User created a token"]}
    ),
}
