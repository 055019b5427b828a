"""Examples: time-based accounts and metrics accounts."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob.api.examples.example import SHIP_TOKEN, Example

ACCOUNTS: Final = "/v1/account-management/time-based-accounts"
METRICS: Final = "/v1/account-management/metrics-accounts"
MAIN: Final = 2000001
SUB: Final = 2000002
NEW: Final = 2000003
NEW_METRICS: Final = 2000004

_SETTINGS: Final[dict[str, Any]] = {
    "retentionDays": 7,
    "maxDailyGB": 5,
    "searchable": True,
    "accessible": False,
    "docSizeSetting": True,
    "sharingObjectsAccounts": [MAIN],
    "utilizationSettings": {"frequencyMinutes": 10, "utilizationEnabled": True},
}
_ACCOUNT: Final[dict[str, Any]] = {
    "accountId": NEW,
    "email": None,
    "accountName": "Team A",
    "isOwner": False,
    "isFlexible": False,
    "reservedDailyGB": None,
    "maxDailyGB": 5.0,
    "softLimitGB": None,
    "isCapped": False,
    "totalTimeBasedDailyGB": None,
    "sharedGB": None,
    "retentionDays": 7,
    "searchable": True,
    "accessible": False,
    "docSizeSetting": True,
    "sharingObjectsAccounts": [{"accountId": MAIN, "accountName": "Workshop o11y"}],
    "utilizationSettings": {"frequencyMinutes": 10, "utilizationEnabled": True},
    "snapSearchRetentionDays": None,
    "snapsearchRetentionDays": None,
}
_OWNER: Final[dict[str, Any]] = _ACCOUNT | {
    "accountId": MAIN,
    "accountName": "Workshop o11y",
    "isOwner": True,
    "maxDailyGB": 95.0,
    "retentionDays": 30,
    "searchable": False,
    "docSizeSetting": False,
    "sharingObjectsAccounts": [],
    "utilizationSettings": {"frequencyMinutes": None, "utilizationEnabled": False},
    "snapSearchRetentionDays": 5,
    "snapsearchRetentionDays": 5,
}
_IN_DETAIL: Final[dict[str, Any]] = {
    "accountId": NEW,
    "accountName": "Team A",
    "accountToken": SHIP_TOKEN,
    "active": True,
    "esIndexPrefix": f"account-{NEW}",
    "isFlexible": False,
    "reservedDailyGB": None,
    "maxDailyGB": 5.0,
    "retentionDays": 7,
    "softLimitGB": None,
}
_DETAILED: Final[dict[str, Any]] = {
    "subAccountRelation": {
        "ownerAccountId": MAIN,
        "subAccountId": NEW,
        "searchable": True,
        "accessible": False,
        "createdDate": 1795471200000,
        "lastUpdatedDate": 1795471200000,
        "lastUpdaterUserId": 2000001,
        "type": "SUB_ACCOUNT",
    },
    "account": _IN_DETAIL,
    "sharingObjectsAccounts": [
        _IN_DETAIL
        | {
            "accountId": MAIN,
            "accountName": "Workshop o11y",
            "esIndexPrefix": f"account-{MAIN}",
            "maxDailyGB": 95.0,
            "retentionDays": 30,
        }
    ],
    "utilizationSettings": {"frequencyMinutes": 10, "utilizationEnabled": True},
    "dailyUsagesList": {"usage": []},
    "docSizeSetting": True,
    "snapSearchRetentionDays": None,
    "snapsearchRetentionDays": None,
    "isCapped": False,
    "softLimitGB": None,
}
_OWNER_DETAILED: Final[dict[str, Any]] = _DETAILED | {
    "account": _IN_DETAIL | {"accountId": MAIN, "accountName": "Workshop o11y"},
    "sharingObjectsAccounts": [],
    "utilizationSettings": {"frequencyMinutes": None, "utilizationEnabled": False},
    "snapSearchRetentionDays": 5,
    "snapsearchRetentionDays": 5,
}
_METRICS: Final[dict[str, Any]] = {
    "id": NEW_METRICS,
    "accountName": "Workshop o11y_metrics",
    "token": SHIP_TOKEN,
    "createdAt": 1795471200000,
    "planUts": 200,
    "authorizedAccountsIds": [MAIN],
}

EXAMPLES: Final[Mapping[str, Example]] = {
    f"POST {ACCOUNTS}": Example(
        body={"email": "admin@example.com", "accountName": "Team A"} | _SETTINGS,
        answer={"accountId": NEW, "accountToken": SHIP_TOKEN},
    ),
    f"GET {ACCOUNTS}": Example(answer=[_OWNER, _ACCOUNT]),
    f"GET {ACCOUNTS}/{{id}}": Example(id=NEW, answer=_ACCOUNT),
    f"GET {ACCOUNTS}/detailed": Example(answer=[_OWNER_DETAILED, _DETAILED]),
    f"GET {ACCOUNTS}/detailed/{{id}}": Example(id=NEW, answer=_DETAILED),
    f"PUT {ACCOUNTS}/{{id}}": Example(
        id=NEW,
        body={"accountName": "Team A and B"} | _SETTINGS | {"snapSearchRetentionDays": 2},
        answer=None,
    ),
    f"PUT {ACCOUNTS}/{{id}}/retention-details": Example(
        id=NEW,
        body={"snapSearchRetentionDays": 3},
        answer=[
            {
                "accountId": MAIN,
                "retentionDays": 30,
                "snapSearchRetentionDays": 5,
                "lastWarmDate": None,
            },
        ],
    ),
    f"DELETE {ACCOUNTS}/{{id}}": Example(id=NEW, answer=None),
    f"POST {METRICS}": Example(
        body={
            "email": "admin@example.com",
            "planUts": 200,
            "authorizedAccountsIds": [MAIN],
        },
        answer=_METRICS,
    ),
    f"GET {METRICS}": Example(answer=[_METRICS]),
    f"GET {METRICS}/{{id}}": Example(id=NEW_METRICS, answer=_METRICS),
    f"PUT {METRICS}/{{id}}": Example(
        id=NEW_METRICS,
        body={"accountName": "Metrics", "authorizedAccountsIds": [MAIN]},
        answer=_METRICS | {"accountName": "Metrics"},
    ),
    f"DELETE {METRICS}/{{id}}": Example(id=NEW_METRICS, answer={}),
}
