"""Time-based accounts over HTTP, changed, shown and deleted: contract 4.3 to 4.5."""

from functools import partial
from typing import Any

import pytest
from support.accounts import BOSS, CONSUMPTION, FIXED, FLEXIBLE, NOT_SENT, PATH, Asking
from support.calling import error_of

pytestmark = pytest.mark.anyio


WARM = "TimeBasedAccount/INVALID_WARM_RETENTION"


@pytest.fixture
def asking(door):
    return partial(Asking.with_plan, door)


async def test_sharing_keeps_the_order_that_was_sent(asking):
    ask = await asking()
    one, two, three = [(await ask.make())["accountId"] for _ in range(3)]
    order = [three, ask.main.id, two]
    body = {"accountName": "One", "sharingObjectsAccounts": order}
    assert (await ask("PUT", f"/{one}", json=body)).status_code == 204
    found = (await ask.account(one))["sharingObjectsAccounts"]
    assert [each["accountId"] for each in found] == order
    detail = (await ask("GET", f"/detailed/{one}")).json()
    assert [each["accountId"] for each in detail["sharingObjectsAccounts"]] == order
    assert (await ask("DELETE", f"/{two}")).status_code == 204
    found = (await ask.account(one))["sharingObjectsAccounts"]
    assert [each["accountId"] for each in found] == [three, ask.main.id]


async def test_a_put_replaces_everything_but_the_retention(asking):
    ask = await asking(**FIXED)
    sent = {
        "maxDailyGB": 1,
        "searchable": True,
        "accessible": True,
        "docSizeSetting": True,
        "sharingObjectsAccounts": [ask.main.id],
        "utilizationSettings": {"frequencyMinutes": 5, "utilizationEnabled": True},
        "snapSearchRetentionDays": 3,
        "retentionDays": 9,
    }
    account_id = (await ask.make(**sent))["accountId"]
    answer = await ask("PUT", f"/{account_id}", json={"accountName": "Else", "isFlexible": "true"})
    assert (answer.status_code, answer.content) == (204, b"")
    basic = {"accountId": account_id, "accountName": "Else", "retentionDays": 9}
    assert await ask.account(account_id) == NOT_SENT | basic


async def test_fields_that_a_put_does_not_know_are_ignored(asking):
    ask = await asking()
    account_id = (await ask.make())["accountId"]
    body = {"accountName": "Else", "email": "x", "isFlexible": True, "softLimitGB": 7, "x": []}
    assert (await ask("PUT", f"/{account_id}", json=body)).status_code == 204
    assert (await ask.account(account_id))["softLimitGB"] is None


async def test_a_soft_limit_can_change_on_a_consumption_plan(asking):
    ask = await asking(**CONSUMPTION)
    account_id = (await ask.make(softLimitGB=1))["accountId"]
    body = {"accountName": "Team A", "softLimitGB": 2.5}
    assert (await ask("PUT", f"/{account_id}", json=body)).status_code == 204
    assert (await ask.account(account_id))["softLimitGB"] == 2.5
    assert error_of(await ask("PUT", f"/{account_id}", json=body | {"softLimitGB": 400}))


MAIN_PUT: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({}, {}, None),
    ({}, {"retentionDays": 30}, None),
    ({}, {"retentionDays": 31}, "retentionDays"),
    ({}, {"maxDailyGB": 99}, None),
    ({}, {"maxDailyGB": 98}, "maxDailyGB"),
    ({}, {"reservedDailyGB": 0}, None),
    ({}, {"reservedDailyGB": 1}, "reservedDailyGB"),
    ({}, {"searchable": True, "docSizeSetting": "true"}, None),
    (FLEXIBLE, {"reservedDailyGB": 2, "maxDailyGB": 5}, None),
    (FLEXIBLE, {"reservedDailyGB": 11}, "reservedDailyGB"),
    (FLEXIBLE, {"snapSearchRetentionDays": 4}, None),
    (FLEXIBLE, {"snapSearchRetentionDays": 0}, "snapSearchRetentionDays"),
    ({}, {"snapSearchRetentionDays": 4}, "snapSearchRetentionDays"),
]


@pytest.mark.parametrize(("plan", "sent", "field"), MAIN_PUT)
async def test_what_may_change_of_the_main_account(asking, plan, sent, field):
    ask = await asking(**plan)
    flexible = plan is FLEXIBLE
    await ask.make(**({} if flexible else {"maxDailyGB": 1}))
    answer = await ask("PUT", f"/{ask.main.id}", json={"accountName": "New name"} | sent)
    if field is not None:
        assert error_of(answer)["parameters"]["field"] == field
        return
    assert answer.status_code == 204, answer.text
    found = await ask.account(ask.main.id)
    assert found["accountName"] == "New name"
    assert found["retentionDays"] == 30
    for name, value in sent.items():
        shown = {"reservedDailyGB": None, "docSizeSetting": True} if not flexible else {}
        assert found[name] == shown.get(name, value), name


async def test_a_main_account_cannot_have_less_warm_days_than_a_sub_account(asking):
    ask = await asking(warm_days=5)
    await ask.make(snapSearchRetentionDays=4)
    body = {"accountName": "Main", "snapSearchRetentionDays": 3}
    assert error_of(await ask("PUT", f"/{ask.main.id}", json=body))["errorCode"] == WARM


async def test_a_deleted_account_is_gone_with_all_that_was_its(asking):
    ask = await asking(volume_gb=10)
    account_id = (await ask.make(maxDailyGB=4))["accountId"]
    house = ask.door.house
    made = await ask.door.ask(
        "POST", "/v1/api-tokens/sub-account", ask.value,
        json={"name": "Its token", "accountId": account_id},
    )  # fmt: skip
    value = made.json()["token"]
    assert (await ask.door.ask("GET", "/v2/whoami", value)).status_code == 200
    answer = await ask("DELETE", f"/{account_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ask.door.ask("GET", "/v2/whoami", value)).status_code == 403
    for path in (f"/{account_id}", f"/detailed/{account_id}"):
        assert error_of(await ask("GET", path))["errorCode"] == "TimeBasedAccount/ACCOUNT_NOT_FOUND"
    assert (await ask("DELETE", f"/{account_id}")).status_code == 404
    assert (await ask.account(ask.main.id))["maxDailyGB"] == 10
    for table in ("tokens", "memberships", "account_settings", "account_links"):
        found = await house.sql(f"select 1 from {table} where account_id = {account_id}")  # noqa: S608
        assert found == [], table


async def test_the_main_account_cannot_be_deleted(asking):
    ask = await asking()
    answer = await ask("DELETE", f"/{ask.main.id}")
    assert answer.status_code == 400
    assert "main account cannot be deleted" in error_of(answer)["message"]


UNKNOWN = (1, 0, -1, 2_000_099, 2**31, 2**63)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/{}", None),
        ("GET", "/detailed/{}", None),
        ("PUT", "/{}", {"accountName": "x"}),
        ("PUT", "/{}/retention-details", {"snapSearchRetentionDays": 1}),
        ("DELETE", "/{}", None),
    ],
)
async def test_an_account_of_another_family_is_like_one_that_is_not_there(
    asking, method, path, body
):
    ask, other = await asking(), await asking()
    foreign = (await other.make())["accountId"]
    metrics = (
        await ask.door.ask(
            "POST", "/v1/account-management/metrics-accounts", ask.value, json={"email": BOSS}
        )
    ).json()["id"]
    for account_id in (*UNKNOWN, foreign, other.main.id, metrics):
        answer = await ask(method, path.format(account_id), json=body)
        found = error_of(answer)
        assert answer.status_code == 404, (account_id, answer.text)
        assert found["errorCode"] == "TimeBasedAccount/ACCOUNT_NOT_FOUND"
        assert found["message"] == f"Account {account_id} does not exist."
        assert found["parameters"]["accountId"] == account_id


async def test_details_of_every_account(asking, clock):
    ask = await asking()
    made = await ask.make(maxDailyGB=1.5, sharingObjectsAccounts=[ask.main.id])
    clock.forward(hours=1)
    body = {"accountName": "Else", "maxDailyGB": 1.5, "searchable": "true"}
    await ask("PUT", f"/{made['accountId']}", json=body)
    main, sub = (await ask("GET", "/detailed")).json()
    created = int(clock.now.timestamp() - 3600) * 1000
    assert sub["subAccountRelation"] == {
        "ownerAccountId": ask.main.id,
        "subAccountId": made["accountId"],
        "searchable": True,
        "accessible": False,
        "createdDate": created,
        "lastUpdatedDate": created + 3_600_000,
        "lastUpdaterUserId": 0,
        "type": "SUB_ACCOUNT",
    }
    assert sub["account"] == {
        "accountId": made["accountId"],
        "accountName": "Else",
        "accountToken": made["accountToken"],
        "active": True,
        "esIndexPrefix": f"account-{made['accountId']}",
        "isFlexible": False,
        "reservedDailyGB": None,
        "maxDailyGB": 1.5,
        "retentionDays": 5,
        "softLimitGB": None,
    }
    assert sub["dailyUsagesList"] == {"usage": []}
    assert {"isCapped", "softLimitGB", "docSizeSetting", "utilizationSettings"} <= sub.keys()
    relation = main["subAccountRelation"]
    assert relation["ownerAccountId"] == relation["subAccountId"] == ask.main.id
    assert relation["type"] == "OWNER_ACCOUNT"
    assert (await ask("GET", f"/detailed/{ask.main.id}")).json() == main


async def test_warm_retention_is_set_and_ended(asking, clock):
    ask = await asking(warm_days=5)
    account_id = (await ask.make())["accountId"]
    now = int(clock.now.timestamp())
    rows = [("3", 3, now), (0, None, now), (5.0, 5, now)]
    for sent, days, warm in rows:
        answer = await ask(
            "PUT", f"/{account_id}/retention-details", json={"snapSearchRetentionDays": sent}
        )
        assert answer.status_code == 200, answer.text
        main, sub = answer.json()
        assert sub == {
            "accountId": account_id,
            "retentionDays": 5,
            "snapSearchRetentionDays": days,
            "lastWarmDate": warm,
        }
        assert main == {
            "accountId": ask.main.id,
            "retentionDays": 30,
            "snapSearchRetentionDays": 5,
            "lastWarmDate": None,
        }


@pytest.mark.parametrize(
    ("plan", "who", "days"),
    [({}, "sub", 1), ({}, "sub", 0), (FIXED, "sub", 11), (FIXED, "sub", -1), (FIXED, "main", 0)],
)
async def test_a_warm_retention_that_cannot_be(asking, plan, who, days):
    ask = await asking(**plan)
    account_id = (await ask.make())["accountId"] if who == "sub" else ask.main.id
    answer = await ask(
        "PUT", f"/{account_id}/retention-details", json={"snapSearchRetentionDays": days}
    )
    assert answer.status_code == 400
    assert error_of(answer)["errorCode"] == WARM


async def test_the_unversioned_and_untidy_addresses_work(asking):
    ask = await asking()
    for path in (PATH + "/", "/v1/account-management//time-based-accounts"):
        assert (await ask.door.ask("GET", path, ask.value)).status_code == 200
