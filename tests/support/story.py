"""The life of a family as a client of the account API lives it, over one connection."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

ACCOUNTS = "/v1/account-management/time-based-accounts"
METRICS = "/v1/account-management/metrics-accounts"
USERS = "/v1/user-management"
SHIPPING = "/v1/log-shipping/tokens"
SHARED = "/v1/shared-tokens"
GROUPS = "/v1/authentication/groups"
AUDIT = "/v1/audit-trail"

NEVER_SENT = {
    "email": None,
    "isOwner": False,
    "softLimitGB": None,
    "docSizeSetting": False,
    "accessible": False,
    "snapSearchRetentionDays": None,
    "snapsearchRetentionDays": None,
}


@dataclass
class Life:
    """
    One client of a main account whose plan is flexible, called `name` wherever something needs
    one of its own. `boss` is the address of an admin of the main account.
    """

    client: httpx2.AsyncClient
    main_id: int
    name: str
    boss: str
    made: dict[str, Any] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)

    async def ask(
        self, method: str, path: str, body: Any = None, *, status: int = 200, token: str = ""
    ) -> Any:
        """The answer's body; fail unless it has this status."""
        self.asked.add((method, path.partition("?")[0]))
        headers = {"X-API-TOKEN": token} if token else {}
        more = {} if body is None else {"json": body}
        answer = await self.client.request(method, path, headers=headers, **more)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def live(self) -> None:
        await self.open_accounts()
        await self.change_them()
        await self.people_come_and_go()
        await self.tokens_for_a_sub_account()
        await self.shipping_tokens_to_the_limit()
        await self.shared_tokens()
        await self.groups()
        await self.close_accounts()

    async def live_to_the_full(self) -> None:
        """And what one does seldom, so that every operation is asked for."""
        await self.live()
        await self.look_around()
        await self.a_metrics_account()
        await self.a_person_of_two_accounts()
        await self.shared_tokens_change()

    async def open_accounts(self) -> None:
        """Two that share with each other, and with the main account, in an order of their own."""
        first = await self.open(f"{self.name} first", [self.main_id])
        second = await self.open(f"{self.name} second", [first["accountId"], self.main_id])
        self.made["first"], self.made["second"] = first, second
        body = self.wanted(f"{self.name} first", [second["accountId"], self.main_id])
        await self.ask("PUT", f"{ACCOUNTS}/{first['accountId']}", body, status=204)
        found = await self.ask("GET", f"{ACCOUNTS}/{first['accountId']}")
        shared, total = found.pop("sharedGB"), found.pop("totalTimeBasedDailyGB")
        assert 0 <= shared <= total
        assert found == NEVER_SENT | {
            "accountId": first["accountId"],
            "accountName": f"{self.name} first",
            "isFlexible": True,
            "isCapped": True,
            "reservedDailyGB": 0.1,
            "maxDailyGB": 0.2,
            "retentionDays": 5,
            "searchable": True,
            "utilizationSettings": {"frequencyMinutes": 5, "utilizationEnabled": True},
            "sharingObjectsAccounts": [
                {"accountId": second["accountId"], "accountName": f"{self.name} second"},
                {
                    "accountId": self.main_id,
                    "accountName": found["sharingObjectsAccounts"][1]["accountName"],
                },
            ],
        }

    def wanted(self, name: str, sharing: list[int]) -> dict[str, Any]:
        """As the Go client writes it: booleans as text."""
        return {
            "accountName": name,
            "isFlexible": "true",
            "reservedDailyGB": 0.1,
            "maxDailyGB": 0.2,
            "retentionDays": 5,
            "searchable": "true",
            "docSizeSetting": "",
            "sharingObjectsAccounts": sharing,
            "utilizationSettings": {"frequencyMinutes": 5, "utilizationEnabled": "true"},
        }

    async def open(self, name: str, sharing: list[int]) -> dict[str, Any]:
        made = await self.ask("POST", ACCOUNTS, {"email": self.boss} | self.wanted(name, sharing))
        detail = await self.ask("GET", f"{ACCOUNTS}/detailed/{made['accountId']}")
        assert detail["account"]["accountToken"] == made["accountToken"]
        return made

    async def change_them(self) -> None:
        """A PUT replaces all: what it leaves out is gone."""
        account_id = self.made["second"]["accountId"]
        await self.ask(
            "PUT", f"{ACCOUNTS}/{account_id}",
            {"accountName": f"{self.name} changed", "sharingObjectsAccounts": []}, status=204,
        )  # fmt: skip
        found = await self.ask("GET", f"{ACCOUNTS}/{account_id}")
        assert (found["accountName"], found["retentionDays"]) == (f"{self.name} changed", 5)
        assert (found["sharingObjectsAccounts"], found["maxDailyGB"]) == ([], None)
        assert (found["reservedDailyGB"], found["searchable"]) == (None, False)

    async def people_come_and_go(self) -> None:
        account_id = self.made["first"]["accountId"]
        email = f"{self.name.lower().replace(' ', '.')}@example.com"
        body = {
            "username": email, "fullName": "Ann", "role": "USER_ROLE_REGULAR",
            "accountID": account_id,
        }  # fmt: skip
        user_id = (await self.ask("POST", USERS, body))["id"]
        self.made["user"] = user_id
        again = await self.ask("POST", USERS, body, status=400)
        assert again["message"] == f"User {email} already exists."
        found = await self.ask("GET", f"{USERS}/{user_id}")
        assert (found["accountID"], found["active"], found["roles"]) == (account_id, True, [2])
        await self.ask(
            "PUT", f"{USERS}/{user_id}",
            {"fullName": "Ann B", "role": "USER_ROLE_ACCOUNT_ADMIN", "accountID": account_id},
        )  # fmt: skip
        await self.ask("POST", f"{USERS}/suspend/{user_id}")
        assert (await self.ask("GET", f"{USERS}/{user_id}"))["active"] is False
        await self.ask("POST", f"{USERS}/unsuspend/{user_id}")
        found = await self.ask("GET", f"{USERS}/{user_id}")
        assert (found["active"], found["fullName"], found["roles"]) == (True, "Ann B", [3])
        listed = await self.ask("GET", f"{USERS}?accountId={account_id}")
        assert user_id in {each["id"] for each in listed}
        await self.ask("DELETE", f"{USERS}/{user_id}?accountId={account_id}")
        await self.ask("GET", f"{USERS}/{user_id}", status=404)
        await self.ask("DELETE", f"{USERS}/{user_id}", status=401)

    async def tokens_for_a_sub_account(self) -> None:
        account_id = self.made["first"]["accountId"]
        body = {"name": "Workshop API Token", "accountId": account_id}
        token = (await self.ask("POST", "/v1/api-tokens/sub-account", body))["token"]
        self.made["token"] = token
        who = await self.ask("GET", "/v2/whoami", token=token)
        assert who == {"accountId": account_id, "accountName": f"{self.name} first"}
        (alone,) = await self.ask("GET", "/v1/associated-accounts", token=token)
        assert alone["type"] == "SUB_ACCOUNT"
        refused = await self.ask("GET", ACCOUNTS, status=403, token=token)
        assert refused["errorCode"] == "auth/MAIN_ACCOUNT_ONLY"

    async def shipping_tokens_to_the_limit(self) -> None:
        """As the first sub account; its first token is the account's own."""
        token = self.made["token"]
        limits = await self.ask("GET", f"{SHIPPING}/limits", token=token)
        assert limits == {"maxAllowedTokens": 15, "numOfEnabledTokens": 1}
        made = [
            await self.ask("POST", SHIPPING, {"name": f"Token {n}"}, status=201, token=token)
            for n in range(14)
        ]
        await self.ask("POST", SHIPPING, {"name": "One more"}, status=400, token=token)
        body = {"name": "Token 0", "enabled": "false"}
        off = await self.ask("PUT", f"{SHIPPING}/{made[0]['id']}", body, token=token)
        assert off["enabled"] is False
        await self.ask("POST", SHIPPING, {"name": "One more"}, status=201, token=token)
        search = {"filter": {"enabled": "true"}, "sort": None, "pagination": {"pageSize": 10}}
        page = await self.ask("POST", f"{SHIPPING}/search", search, token=token)
        assert (page["total"], len(page["results"])) == (15, 10)
        for each in made:
            await self.ask("DELETE", f"{SHIPPING}/{each['id']}", token=token)
        valid = {"token": made[0]["token"]}
        refused = await self.ask("POST", "/v1/verify", valid, token=token)
        assert refused == {"valid": False, "code": "REVOKED"}

    async def shared_tokens(self) -> None:
        token = self.made["token"]
        body = {"field": "kubernetes.namespace", "value": "production", "description": "Ours"}
        filter_id = (await self.ask("POST", f"{SHARED}/filters", body, token=token))["id"]
        body = {"tokenName": "For the partner", "filters": [filter_id], "filtersOperator": "AND"}
        made = await self.ask("POST", SHARED, body, token=token)
        assert (made["name"], made["filters"]) == ("For the partner", [filter_id])
        found = await self.ask("POST", "/v1/verify", {"token": made["token"]}, token=token)
        assert (found["kind"], found["filtersOperator"]) == ("share", "AND")
        assert [each["value"] for each in found["filters"]] == ["production"]
        await self.ask("DELETE", f"{SHARED}/filters/{filter_id}", token=token)
        assert (await self.ask("GET", f"{SHARED}/{made['id']}", token=token))["filters"] is None
        await self.ask("DELETE", f"{SHARED}/{made['id']}", status=204, token=token)
        await self.ask("GET", f"{SHARED}/{made['id']}", status=400, token=token)

    async def groups(self) -> None:
        """Replaced, and emptied."""
        token = self.made["token"]
        assert await self.ask("GET", GROUPS, token=token) == []
        for groups in (
            [{"group": "ops", "userRole": "USER_ROLE_ACCOUNT_ADMIN"}],
            [
                {"group": "dev", "userRole": "USER_ROLE_REGULAR"},
                {"group": "audit", "userRole": "USER_ROLE_READONLY"},
            ],
            [],
        ):
            assert await self.ask("POST", GROUPS, groups, token=token) == groups
            assert await self.ask("GET", GROUPS, token=token) == groups

    async def close_accounts(self) -> None:
        for name in ("first", "second"):
            account_id = self.made[name]["accountId"]
            await self.ask("DELETE", f"{ACCOUNTS}/{account_id}", status=204)
            await self.ask("GET", f"{ACCOUNTS}/{account_id}", status=404)
        await self.ask("GET", "/v2/whoami", status=403, token=self.made["token"])

    async def look_around(self) -> None:
        main = {"accountId": self.main_id}
        who = await self.ask("GET", "/v1/account-management/whoami")
        assert who["accountId"] == self.main_id
        (detail,) = await self.ask("GET", f"{ACCOUNTS}/detailed")
        assert detail["account"].items() >= main.items()
        path = f"{ACCOUNTS}/{self.main_id}/retention-details"
        (kept,) = await self.ask("PUT", path, {"snapSearchRetentionDays": 3})
        assert kept["accountId"] == self.main_id
        marker = {"title": "Released", "description": "2.4.1", "tag": "DEPLOYMENT"}
        markers = {"markers": [marker | {"timestamp": 1795471200000}]}
        await self.ask("POST", "/v2/markers/create-markers", markers, status=204)

    async def a_metrics_account(self) -> None:
        body = {"email": self.boss, "planUts": 200, "authorizedAccountsIds": [self.main_id]}
        made = await self.ask("POST", METRICS, body)
        listed = await self.ask("GET", METRICS)
        assert [each["id"] for each in listed] == [made["id"]]
        body = {"accountName": "Metrics", "authorizedAccountsIds": []}
        await self.ask("PUT", f"{METRICS}/{made['id']}", body)
        found = await self.ask("GET", f"{METRICS}/{made['id']}")
        assert (found["accountName"], found["authorizedAccountsIds"]) == ("Metrics", [])
        await self.ask("DELETE", f"{METRICS}/{made['id']}")
        assert await self.ask("GET", METRICS) == []

    async def a_person_of_two_accounts(self) -> None:
        body = {
            "username": "bea@example.com", "fullName": "Bea", "role": "USER_ROLE_REGULAR",
            "accountID": self.main_id,
        }  # fmt: skip
        user_id = (await self.ask("POST", USERS, body))["id"]
        sub = await self.open(f"{self.name} third", [])
        await self.ask("POST", USERS, body | {"accountID": sub["accountId"]})
        listed = await self.ask("GET", f"{USERS}/recursive")
        assert [each["accountID"] for each in listed if each["id"] == user_id]
        for doing in ("suspend", "unsuspend"):
            told = await self.ask("PUT", f"{USERS}/{user_id}/{doing}/recursive")
            assert told["message"] == f"Finished {doing}ing user {user_id} from accounts."
        await self.ask("DELETE", f"{USERS}/{user_id}/recursive")
        await self.ask("GET", f"{USERS}/{user_id}", status=404)
        await self.ask("DELETE", f"{ACCOUNTS}/{sub['accountId']}", status=204)

    async def shared_tokens_change(self) -> None:
        body = {"field": "host", "value": "web-1"}
        filter_id = (await self.ask("POST", f"{SHARED}/filters", body))["id"]
        assert (await self.ask("GET", f"{SHARED}/filters/{filter_id}"))["value"] == "web-1"
        assert [each["id"] for each in await self.ask("GET", f"{SHARED}/filters")] == [filter_id]
        made = await self.ask("POST", SHARED, {"tokenName": "Partner"})
        changed = await self.ask("PUT", f"{SHARED}/{made['id']}", {"filters": [filter_id]})
        assert changed["filters"] == [filter_id]
        assert made["id"] in {each["id"] for each in await self.ask("GET", SHARED)}
        await self.ask("DELETE", f"{SHARED}/{made['id']}", status=204)
