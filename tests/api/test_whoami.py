"""Who am I, as clients of old and of today ask it; and which accounts a token reaches."""

import pytest
from support.calling import error_of
from support.door import Door

from keyfob.accounts import AccountType

pytestmark = pytest.mark.anyio

V1 = "/v1/account-management/whoami"
REFUSAL = {"code": 403, "message": "Insufficient privileges"}


@pytest.fixture
async def main(door):
    return await door.house.main()


async def test_both_addresses_name_the_account_of_the_token(door, main):
    sub = await door.house.sub(main)
    for account in (main, sub):
        _, value = await door.house.token(account)
        for path in ("/v2/whoami", V1):
            answer = await door.ask("GET", path, value)
            assert answer.status_code == 200
            assert answer.json() == {"accountId": account.id, "accountName": account.name}


@pytest.mark.parametrize("header", ["x-api-token", "X-User-Token", "X-API-TOKEN"])
async def test_the_token_may_come_as_each_client_sends_it(door, main, header):
    _, value = await door.house.token(main)
    answer = await door.ask("GET", V1, headers={header: value, "Content-Type": "application/json"})
    assert answer.json()["accountName"] == main.name


async def test_a_bad_token_is_200_on_the_old_address_and_403_on_the_new_one(door, main):
    for value in ("junk", door.stranger()):
        old, new = await door.ask("GET", V1, value), await door.ask("GET", "/v2/whoami", value)
        assert (old.status_code, old.json()) == (200, REFUSAL)
        assert old.headers["content-type"] == "application/json"
        assert new.status_code == 403
        assert error_of(new)["message"] == REFUSAL["message"]


async def test_without_a_token_or_with_two_the_old_address_is_like_all_others(door, main):
    _, value = await door.house.token(main)
    assert (await door.ask("GET", V1)).status_code == 401
    assert (await door.ask_raw("GET", V1, "  ")).status_code == 401
    answer = await door.ask("GET", V1, value, headers={"X-USER-TOKEN": "another"})
    assert error_of(answer)["errorCode"] == "auth/TWO_CREDENTIALS"
    assert answer.status_code == 400


async def test_the_operator_can_end_the_exception(elsewhere, tmp_path, clock):
    async with Door.open(elsewhere, tmp_path / "data", "", clock, legacy_whoami_200=False) as door:
        main = await door.house.main()
        _, value = await door.house.token(main)
        answer = await door.ask("GET", V1, "junk")
        assert answer.status_code == 403
        assert error_of(answer)["message"] == REFUSAL["message"]
        assert (await door.ask("GET", V1, value)).json()["accountId"] == main.id


@pytest.mark.parametrize(
    "path", ["/account-management/whoami", "//account-management//whoami/", "//v1" + V1[3:] + "/"]
)
async def test_the_alias_and_slashes_that_say_nothing_lead_there(door, main, path):
    _, value = await door.house.token(main)
    assert (await door.ask("GET", path, value)).json()["accountId"] == main.id


@pytest.mark.parametrize("path", ["/v1/nothing", "/account-management/nothing", "/v2/markers"])
async def test_a_browser_that_asks_the_api_for_nothing_gets_the_apis_error(door, path):
    answer = await door.ask("GET", path, headers={"Accept": "text/html"})
    assert error_of(answer)["errorCode"] == "request/UNKNOWN_PATH"


async def test_main_reaches_itself_first_and_then_every_account_below(door, main):
    second = await door.house.main("Second")
    subs = [await door.house.sub(main, name) for name in ("B", "A")]
    await door.house.sub(second, "Not theirs")
    kind = AccountType.METRICS
    await door.house.sql(f"UPDATE accounts SET type = '{kind}' WHERE id = {subs[1].id}")  # noqa: S608
    _, value = await door.house.token(main)
    answer = await door.ask("GET", "/v1/associated-accounts", value)
    assert answer.json() == [
        {"accountId": main.id, "accountName": main.name, "type": "OWNER_ACCOUNT"},
        {"accountId": subs[0].id, "accountName": "B", "type": "SUB_ACCOUNT"},
        {"accountId": subs[1].id, "accountName": "A", "type": "METRICS_ACCOUNT"},
    ]


async def test_any_other_account_reaches_exactly_itself(door, main):
    sub = await door.house.sub(main)
    await door.house.sub(main, "Sibling")
    _, value = await door.house.token(sub)
    answer = await door.ask("GET", "/v1/associated-accounts", value)
    assert answer.json() == [{"accountId": sub.id, "accountName": sub.name, "type": "SUB_ACCOUNT"}]


async def test_main_alone_reaches_one(door, main):
    _, value = await door.house.token(main)
    answer = await door.ask("GET", "/v1/associated-accounts/", value)
    assert [each["accountId"] for each in answer.json()] == [main.id]
