"""Metrics accounts over HTTP: a row for each rule of contract 11."""

import pytest
from support.calling import error_of

from keyfob import accounts
from keyfob.accounts import Role

pytestmark = pytest.mark.anyio

PATH = "/v1/account-management/metrics-accounts"
BOSS = "boss@example.com"


@pytest.fixture
async def ask(door):
    main = await door.house.main()
    await door.house.member(main, BOSS)
    _, value = await door.house.token(main)

    async def asked(method, path="", **more):
        return await door.ask(method, PATH + path, value, **more)

    return asked


async def made(ask, **more):
    answer = await ask("POST", json={"email": BOSS} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_was_sent_reads_back(ask, clock):
    account = await made(
        ask, accountName="Team A", planUts="250", authorizedAccountsIds=[2_000_001]
    )
    assert account == {
        "id": 2_000_002,
        "accountName": "Team A",
        "token": account["token"],
        "createdAt": int(clock.now.timestamp()) * 1000,
        "planUts": 250,
        "authorizedAccountsIds": [2_000_001],
    }
    assert account["token"].startswith("kf_ship_")
    assert (await ask("GET", f"/{account['id']}")).json() == account
    assert (await ask("GET")).json() == [account]


async def test_a_name_and_a_plan_need_not_be_given(ask):
    for sent in ({}, {"accountName": "", "planUts": None, "authorizedAccountsIds": None}):
        account = await made(ask, **sent)
        assert account["accountName"] == "Workshop o11y_metrics"
        assert account["planUts"] == 100
        assert account["authorizedAccountsIds"] == []


async def test_there_are_none_at_first(ask):
    answer = await ask("GET")
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"email": None}, "email"),
        ({"email": "no address"}, "email"),
        ({"accountName": "a/b"}, "accountName"),
        ({"accountName": 3}, "accountName"),
        ({"planUts": 99}, "planUts"),
        ({"planUts": "many"}, "planUts"),
        ({"planUts": 2**31}, "planUts"),
        ({"authorizedAccountsIds": [2_000_099]}, "authorizedAccountsIds"),
        ({"authorizedAccountsIds": "2000001"}, "authorizedAccountsIds"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(ask, sent, field):
    for method, path in (("POST", ""), ("PUT", f"/{(await made(ask))['id']}")):
        if method == "PUT" and field == "email":
            continue  # ignored there
        answer = await ask(method, path, json={"email": BOSS} | sent)
        assert answer.status_code == 400
        assert error_of(answer)["parameters"]["field"] == field


async def test_an_address_of_nobody_in_the_family_is_refused_in_the_words_that_clients_know(
    ask, door
):
    stranger = await door.house.main("Other")
    await door.house.member(stranger, "elsewhere@example.com")
    for email in ("nobody@example.com", "elsewhere@example.com"):
        body = error_of(await ask("POST", json={"email": email}))
        assert body["message"] == "There is no registered user for the passed email"


async def test_any_member_of_the_family_can_become_admin_of_it(ask, door):
    (main,) = await door.house.read(accounts.family, accounts.AccountId(2_000_001))
    await door.house.member(main, "user@example.com", Role.REGULAR)
    assert (await ask("POST", json={"email": "user@example.com"})).status_code == 200


async def test_a_put_changes_what_is_named(ask):
    account = await made(ask, accountName="Team A", planUts=200, authorizedAccountsIds=[2_000_001])
    where = f"/{account['id']}"
    for sent, changed in (
        ({}, {}),
        ({"accountName": "", "email": "x"}, {}),
        ({"planUts": 300}, {"planUts": 300}),
        ({"accountName": "Else"}, {"accountName": "Else"}),
        ({"authorizedAccountsIds": []}, {"authorizedAccountsIds": []}),
        ({"accountName": None, "planUts": None, "authorizedAccountsIds": None}, {}),
    ):
        account |= changed
        answer = await ask("PUT", where, json=sent)
        assert (answer.status_code, answer.json()) == (200, account)
        assert (await ask("GET", where)).json() == account


async def test_a_deleted_one_is_gone(ask):
    account = await made(ask)
    where = f"/{account['id']}"
    answer = await ask("DELETE", where)
    assert (answer.status_code, answer.json()) == (200, {})
    for method in ("GET", "DELETE", "PUT"):
        answer = await ask(method, where, json={} if method == "PUT" else None)
        assert answer.status_code == 404
        error_of(answer)
    assert (await ask("GET")).json() == []


async def test_a_log_account_is_no_metrics_account(ask):
    for account_id in (2_000_001, 2_000_099, 0, 2**40):
        assert (await ask("GET", f"/{account_id}")).status_code == 404


async def test_an_api_token_can_be_made_for_a_metrics_account(ask, door):
    account = await made(ask)
    main_value = (await ask("GET")).request.headers["x-api-token"]
    answer = await door.ask(
        "POST", "/v1/api-tokens/sub-account", main_value,
        json={"name": "For metrics", "accountId": account["id"]},
    )  # fmt: skip
    assert answer.status_code == 200
    who = await door.ask("GET", "/v2/whoami", answer.json()["token"])
    assert who.json() == {"accountId": account["id"], "accountName": "Workshop o11y_metrics"}
