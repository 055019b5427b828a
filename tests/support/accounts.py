"""A main account with a plan, asked over HTTP by its own token: for the tests of contract 4."""

from dataclasses import dataclass
from typing import Any

from keyfob.accounts import Account, PlanModel
from support.door import Door

PATH = "/v1/account-management/time-based-accounts"
BOSS = "boss@example.com"
LEAST = {"email": BOSS, "accountName": "Team A", "retentionDays": 5}
NOT_SENT = {
    "email": None,
    "isOwner": False,
    "isFlexible": False,
    "reservedDailyGB": None,
    "maxDailyGB": None,
    "softLimitGB": None,
    "isCapped": False,
    "totalTimeBasedDailyGB": None,
    "sharedGB": None,
    "searchable": False,
    "accessible": False,
    "docSizeSetting": False,
    "sharingObjectsAccounts": [],
    "utilizationSettings": {"frequencyMinutes": None, "utilizationEnabled": False},
    "snapSearchRetentionDays": None,
    "snapsearchRetentionDays": None,
}


FLEXIBLE = {"flexible": True, "volume_gb": 10, "reserved_gb": 1, "warm_days": 10}
CONSUMPTION = {"model": PlanModel.CONSUMPTION, "volume_gb": 300}
FIXED = {"volume_gb": 10, "warm_days": 10}


@dataclass
class Asking:
    """BOSS is the account's admin."""

    door: Door
    main: Account
    value: str

    @classmethod
    async def with_plan(cls, door: Door, **plan: Any) -> "Asking":
        main = await door.house.main("Main", **plan)
        await door.house.member(main, BOSS)
        _, value = await door.house.token(main)
        return cls(door, main, value)

    async def __call__(self, method: str, path: str = "", **more: Any):
        return await self.door.ask(method, PATH + path, self.value, **more)

    async def make(self, **more: Any) -> dict[str, Any]:
        answer = await self("POST", json=LEAST | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def account(self, account_id: int) -> dict[str, Any]:
        return (await self("GET", f"/{account_id}")).json()
