"""Making time-based accounts over HTTP: a row for each rule of contract 4.2."""

from functools import partial
from typing import Any

import pytest
from support.accounts import CONSUMPTION, FIXED, FLEXIBLE, LEAST, NOT_SENT, Asking
from support.calling import error_of

from keyfob.accounts import Role

pytestmark = pytest.mark.anyio


@pytest.fixture
def asking(door):
    return partial(Asking.with_plan, door)


# The plan, what is sent beside LEAST, and what reads back other than NOT_SENT.
CREATED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {}),
    ({}, {"sharingObjectsAccounts": None, "isFlexible": None, "utilizationSettings": None}, {}),
    ({}, {"reservedDailyGB": None}, {}),
    ({}, {"reservedDailyGB": 0}, {}),
    ({}, {"isFlexible": "false", "docSizeSetting": "", "searchable": ""}, {}),
    ({}, {"unknown": {"a": 1}, "softLimitGB": None}, {}),
    ({}, {"maxDailyGB": 0.5}, {"maxDailyGB": 0.5}),
    ({}, {"maxDailyGB": 3}, {"maxDailyGB": 3}),
    ({}, {"searchable": True, "accessible": "true"}, {"searchable": True, "accessible": True}),
    ({}, {"docSizeSetting": "true"}, {"docSizeSetting": True}),
    (
        {},
        {"utilizationSettings": {"frequencyMinutes": 0, "utilizationEnabled": "true"}},
        {"utilizationSettings": {"frequencyMinutes": 0, "utilizationEnabled": True}},
    ),
    (
        {},
        {"utilizationSettings": {"frequencyMinutes": "3", "utilizationEnabled": ""}},
        {"utilizationSettings": {"frequencyMinutes": 3, "utilizationEnabled": False}},
    ),
    ({}, {"retentionDays": "6"}, {"retentionDays": 6}),
    ({}, {"retentionDays": 6.0}, {"retentionDays": 6}),
    ({}, {"accountName": "  Größe 2-b_c.d "}, {"accountName": "Größe 2-b_c.d"}),
    (
        FIXED,
        {"snapSearchRetentionDays": 10},
        {"snapSearchRetentionDays": 10, "snapsearchRetentionDays": 10},
    ),
    (
        FIXED,
        {"snapsearchRetentionDays": 2, "retentionDays": 4},
        {"snapSearchRetentionDays": 2, "snapsearchRetentionDays": 2, "retentionDays": 4},
    ),
    (
        FLEXIBLE,
        {"isFlexible": "true", "reservedDailyGB": 0},
        {
            "isFlexible": True,
            "reservedDailyGB": 0,
            "totalTimeBasedDailyGB": 10,
            "sharedGB": 9,
        },
    ),
    (
        FLEXIBLE,
        {"isFlexible": True, "reservedDailyGB": 0.5, "maxDailyGB": 2},
        {
            "isFlexible": True,
            "reservedDailyGB": 0.5,
            "maxDailyGB": 2,
            "isCapped": True,
            "totalTimeBasedDailyGB": 10,
            "sharedGB": 8.5,
        },
    ),
    (
        CONSUMPTION,
        {"softLimitGB": 1.5, "maxDailyGB": 0.001},
        {"softLimitGB": 1.5, "maxDailyGB": 0.001},
    ),
]


@pytest.mark.parametrize(("plan", "sent", "told"), CREATED)
async def test_what_was_sent_reads_back_and_nothing_leaks_in(asking, plan, sent, told):
    ask = await asking(**plan)
    made = await ask.make(**sent)
    assert made.keys() == {"accountId", "accountToken"}
    found = await ask.account(made["accountId"])
    basic = {"accountId": made["accountId"], "accountName": "Team A", "retentionDays": 5}
    assert found == NOT_SENT | basic | told
    assert type(found["retentionDays"]) is int
    detail = (await ask("GET", f"/detailed/{made['accountId']}")).json()
    assert detail["account"]["accountToken"] == made["accountToken"]
    listed = (await ask("GET")).json()
    assert listed[1] == found
    assert (listed[0]["accountId"], listed[0]["isOwner"]) == (ask.main.id, True)


WARM = "TimeBasedAccount/INVALID_WARM_RETENTION"
REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"email": ""}, "email"),
    ({}, {"email": "no address"}, "email"),
    ({}, {"email": None}, "email"),
    ({}, {"email": "user@example.com"}, "email"),
    *[({}, {"accountName": name}, "accountName") for name in ("", "  ", None, 3, "x" * 101)],
    *[({}, {"accountName": f"a{sign}b"}, "accountName") for sign in '<>:"/\\|?*\n'],
    *[({}, {"retentionDays": days}, "retentionDays") for days in (0, -1, 1.5, "x", None, True)],
    ({}, {"isFlexible": True}, "isFlexible"),
    ({}, {"isFlexible": "yes"}, "isFlexible"),
    ({}, {"isFlexible": 1}, "isFlexible"),
    ({}, {"reservedDailyGB": 0.5}, "reservedDailyGB"),
    ({}, {"maxDailyGB": -1}, "maxDailyGB"),
    ({}, {"maxDailyGB": "1"}, "maxDailyGB"),
    ({}, {"maxDailyGB": True}, "maxDailyGB"),
    ({}, {"maxDailyGB": 101}, "maxDailyGB"),
    ({}, {"maxDailyGB": 1e300}, "maxDailyGB"),
    ({}, {"softLimitGB": 1}, "softLimitGB"),
    (CONSUMPTION, {"softLimitGB": 0}, "softLimitGB"),
    (CONSUMPTION, {"softLimitGB": 301}, "softLimitGB"),
    (FLEXIBLE, {"isFlexible": True, "softLimitGB": 1}, "softLimitGB"),
    (FLEXIBLE, {"isFlexible": True, "reservedDailyGB": 9.5}, "reservedDailyGB"),
    (FLEXIBLE, {"isFlexible": True, "maxDailyGB": 9.5}, "maxDailyGB"),
    ({}, {"sharingObjectsAccounts": [2_000_002, 2_000_099]}, "sharingObjectsAccounts"),
    ({}, {"sharingObjectsAccounts": [2**40]}, "sharingObjectsAccounts"),
    ({}, {"sharingObjectsAccounts": ["x"]}, "sharingObjectsAccounts.0"),
    ({}, {"sharingObjectsAccounts": 3}, "sharingObjectsAccounts"),
    ({}, {"searchable": "maybe"}, "searchable"),
    ({}, {"accessible": 0}, "accessible"),
    ({}, {"docSizeSetting": "1"}, "docSizeSetting"),
    ({}, {"utilizationSettings": []}, "utilizationSettings"),
    (
        {},
        {"utilizationSettings": {"frequencyMinutes": -1}},
        "utilizationSettings.frequencyMinutes",
    ),
    (
        {},
        {"utilizationSettings": {"utilizationEnabled": "on"}},
        "utilizationSettings.utilizationEnabled",
    ),
    ({}, {"snapSearchRetentionDays": 1}, WARM),
    (FIXED, {"snapSearchRetentionDays": 0}, WARM),
    (FIXED, {"snapSearchRetentionDays": 11}, WARM),
    (FIXED, {"snapSearchRetentionDays": 1, "retentionDays": 3}, WARM),
]


@pytest.mark.parametrize(("plan", "sent", "field"), REFUSED)
async def test_what_cannot_be_is_refused_by_name_and_changes_nothing(asking, plan, sent, field):
    ask = await asking(**plan)
    await ask.door.house.member(ask.main, "user@example.com", Role.REGULAR)
    before = await ask.door.dump()
    answer = await ask("POST", json=LEAST | sent)
    body = error_of(answer)
    assert answer.status_code == 400
    assert field in {body["parameters"]["field"], body["errorCode"]}
    assert await ask.door.dump() == before


async def test_an_address_of_nobody_is_refused_in_the_words_that_clients_know(asking):
    ask = await asking()
    stranger = await ask.door.house.main("Other family")
    await ask.door.house.member(stranger, "elsewhere@example.com")
    for email in ("nobody@example.com", "elsewhere@example.com"):
        body = error_of(await ask("POST", json=LEAST | {"email": email}))
        assert body["message"] == "Email must belong to an existing user"


async def test_a_bad_warm_retention_is_told_in_the_words_that_clients_know(asking):
    ask = await asking(warm_days=5)
    account_id = (await ask.make())["accountId"]
    body = error_of(await ask("PUT", f"/{account_id}", json=LEAST | {"snapSearchRetentionDays": 6}))
    assert body["message"].startswith(f"Invalid warm retention for account {account_id}. Reason: ")
    assert body["parameters"]["accountId"] == account_id


async def test_the_one_who_is_named_is_admin_of_the_new_account(asking):
    ask = await asking()
    made = await ask.make()
    found = await ask.door.house.sql(
        f"select role, active from memberships where account_id = {made['accountId']}"  # noqa: S608
    )
    assert found == [(Role.ADMIN, True)]
