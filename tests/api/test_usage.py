"""How much tokens are used: what every door counts, and what can be looked at."""

import pytest
from support.calling import PEER, error_of
from support.door import Door
from support.house import acting_for
from support.indoors import Indoors
from support.kinds import ship

from keyfob import tokens
from keyfob.scopes import Scope

pytestmark = pytest.mark.anyio

HOUR, DAY = 3600, 86_400


@pytest.fixture
async def main(door):
    return await door.house.main()


@pytest.fixture
async def caller(door, main):
    return await door.house.token(main, "The caller")


async def usage(door: Door, token, caller, **params):
    await door.indoors(Indoors.write_usage)
    path = f"/v1/api-tokens/{token.id}/usage"
    answer = await door.ask("GET", path, caller[1], params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def of_account(door: Door, caller, **params):
    await door.indoors(Indoors.write_usage)
    answer = await door.ask("GET", "/v1/usage", caller[1], params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def verify(door, caller, value, **question):
    question = {"token": value} | question
    return (await door.ask("POST", "/v1/verify", caller[1], json=question)).json()


async def test_a_new_token_was_never_used(door, main, caller, clock):
    token, _ = await door.house.token(main)
    now = int(clock.now.timestamp())
    assert await usage(door, token, caller) == {
        "tokenId": token.id,
        "bucket": "hour",
        "from": now - 23 * HOUR,
        "to": now + HOUR,
        "lastUsedAt": None,
        "lastUsedIp": None,
        "lastUsedAgent": None,
        "items": [
            {"at": at, "valid": 0, "refused": {}} for at in range(now - 23 * HOUR, now + HOUR, HOUR)
        ],
        "total": {"valid": 0, "refused": {}},
    }


async def test_what_was_counted_is_told_by_hour_and_by_day(door, main, caller, clock):
    token, value = await door.house.token(main, scopes=(Scope("a:b"),))
    start = int(clock.now.timestamp())
    await verify(door, caller, value)
    clock.forward(hours=1)
    for scopes in (["a:b"], ["c:d"], ["c:d"]):
        await verify(door, caller, value, scopes=scopes)
    by_hour = await usage(door, token, caller)
    assert [each for each in by_hour["items"] if each["valid"] or each["refused"]] == [
        {"at": start, "valid": 1, "refused": {}},
        {"at": start + HOUR, "valid": 1, "refused": {"INSUFFICIENT_SCOPE": 2}},
    ]
    by_day = await usage(door, token, caller, bucket="day")
    assert (len(by_day["items"]), by_day["to"]) == (30, start + DAY)
    assert by_day["items"][-1] == {
        "at": start, "valid": 2, "refused": {"INSUFFICIENT_SCOPE": 2}
    }  # fmt: skip
    for each in (by_hour, by_day):
        assert each["total"] == {"valid": 2, "refused": {"INSUFFICIENT_SCOPE": 2}}
        assert each["lastUsedAt"] == start + HOUR


async def test_a_hot_token_was_last_used_when_it_was(door, main, caller, clock):
    token, value = await door.house.token(main)
    await verify(door, caller, value)
    await door.indoors(Indoors.listen)
    for _ in range(3):
        clock.forward(minutes=7)
        await verify(door, caller, value)
    assert (await door.indoors(Indoors.heard)).reads == 0
    assert (await usage(door, token, caller))["lastUsedAt"] == int(clock.now.timestamp())
    answer = await door.ask("GET", f"/v1/api-tokens/{token.id}", caller[1])
    assert answer.json()["lastUsedAt"] == int(clock.now.timestamp())


async def test_each_door_tells_from_where(door, main, caller):
    async def last(token):
        told = await usage(door, token, caller)
        return told["lastUsedIp"], told["lastUsedAgent"], told["total"]["valid"]

    own, value = await door.house.token(main, "Own")
    agent = {"User-Agent": "a client/1"}
    await door.ask("GET", "/v2/whoami", value, headers=agent)
    assert await last(own) == (PEER, "a client/1", 1)
    asked, presented = await door.house.token(main, "Asked about")
    question = {"token": presented, "clientIp": "2001:db8::1"}
    await door.ask("POST", "/v1/verify", value, json=question, headers={"User-Agent": "other"})
    assert await last(asked) == ("2001:db8::1", None, 1)
    assert await last(own) == (PEER, "other", 2)
    batch = {"items": [question, {"token": presented}]}
    await door.ask("POST", "/v1/verify/batch", value, json=batch, headers=agent)
    assert await last(asked) == (None, None, 3)
    assert await last(own) == (PEER, "a client/1", 3)
    forwarded = agent | {"X-Keyfob-Gateway": str(value), "X-Real-IP": "198.51.100.9"}
    await door.ask("GET", "/auth", presented, headers=forwarded)
    assert await last(asked) == ("198.51.100.9", "a client/1", 4)
    assert await last(own) == (PEER, None, 4)


async def test_to_ask_what_cannot_be_asked_is_a_use_too(door, main, caller):
    token, value = await door.house.token(main, scopes=(Scope("tokens:verify"),))
    other, weak = await door.house.token(main, "Weak", scopes=(Scope("a:b"),))
    for body in ({}, {"token": "x", "scopes": ["A B"]}):
        assert (await door.ask("POST", "/v1/verify", value, json=body)).status_code == 400
    gateway = {"X-Keyfob-Gateway": str(value)}
    assert (await door.ask("GET", "/auth", headers=gateway)).status_code == 401
    answer = await door.ask("POST", "/v1/verify", weak, json={"token": "x"})
    assert answer.status_code == 403
    assert (await usage(door, token, caller))["total"] == {"valid": 3, "refused": {}}
    assert (await usage(door, other, caller))["total"] == {"valid": 1, "refused": {}}


async def test_a_deleted_token_can_still_be_looked_at(door, main, caller):
    token, value = await door.house.token(main)
    await verify(door, caller, value)
    await door.house.act(tokens.revoke, token.id)
    await verify(door, caller, value)
    assert (await usage(door, token, caller))["total"] == {"valid": 1, "refused": {"REVOKED": 1}}


async def test_a_span_is_widened_to_whole_buckets(door, caller, clock):
    now = int(clock.now.timestamp())
    for bucket, since, until, first, after in (
        ("hour", now - 1, now + 1, now - HOUR, now + HOUR),
        ("hour", now - HOUR, now, now - HOUR, now),
        ("day", now - 1, now, now - DAY, now),
        ("day", now - 400 * DAY, now + 1, now - 400 * DAY, now + DAY),
        ("hour", now - 90 * DAY, now, now - 90 * DAY, now),
    ):
        told = await of_account(door, caller, bucket=bucket, **{"from": since, "to": until})
        assert (told["from"], told["to"]) == (first, after)
        length = HOUR if bucket == "hour" else DAY
        assert [each["at"] for each in told["items"]] == [*range(first, after, length)]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": 0}, "from"),
        ({"to": 0}, "to"),
        ({"from": -1}, "from"),
        ({"to": 10**30}, "to"),
        ({"to": 253_402_300_799}, "to"),
        ({"from": "x"}, "from"),
        ({"to": "1.5"}, "to"),
        ({"bucket": "week"}, "bucket"),
        ({"bucket": "DAY"}, "bucket"),
        ({"hours": 3}, "hours"),
        ({"from": 1893456000 + HOUR}, "from"),
        ({"from": 1893456000, "to": 1893456000}, "from"),
        ({"from": 1893456000 - 90 * DAY - 1}, "from"),
        ({"from": 1893456000 - 400 * DAY - 1, "bucket": "day"}, "from"),
        ({"from": 1893456000, "to": 1893456000 + 91 * DAY}, "to"),
    ],
)
async def test_a_span_that_cannot_be_is_refused_and_names_the_field(door, caller, params, field):
    """It is 1893456000 by the clock."""
    for path in ("/v1/usage", f"/v1/api-tokens/{caller[0].id}/usage"):
        answer = await door.ask("GET", path, caller[1], params=params)
        assert answer.status_code == 400, answer.text
        assert error_of(answer)["parameters"]["field"] == field


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x"])
async def test_the_number_of_tokens_named_is_bounded(door, caller, limit):
    answer = await door.ask("GET", "/v1/usage", caller[1], params={"limit": limit})
    assert error_of(answer)["parameters"]["field"] == "limit"


async def test_an_account_sums_its_tokens_and_names_those_used_most(door, main, caller, clock):
    made = [await door.house.token(main, f"Token {n}") for n in range(3)]
    for times, (_, value) in enumerate(made):
        for _ in range(times):
            await verify(door, caller, value)
    await door.house.act(tokens.revoke, made[2][0].id)
    await verify(door, caller, made[2][1])
    told = await of_account(door, caller)
    assert told["accountId"] == main.id
    assert told["total"] == {"valid": 7, "refused": {"REVOKED": 1}}  # 3, and the caller's 4
    assert told["items"][-1] == {"at": int(clock.now.timestamp()), **told["total"]}
    assert [each["name"] for each in told["mostUsed"]] == ["The caller", "Token 2", "Token 1"]
    assert told["mostUsed"][1] == {
        "tokenId": made[2][0].id,
        "name": "Token 2",
        "kind": "api",
        "hint": made[2][0].hint,
        "lastUsedAt": int(clock.now.timestamp()),
        "valid": 2,
        "refused": 1,
    }
    told = await of_account(door, caller, limit=1)
    assert [each["name"] for each in told["mostUsed"]] == ["The caller"]


async def test_an_account_sees_its_own_use_and_a_main_account_that_of_those_below(
    door, main, caller
):
    sub = await door.house.sub(main)
    below = await door.house.token(sub, "Below")
    await door.ask("GET", "/v2/whoami", below[1])
    assert (await of_account(door, below))["total"]["valid"] == 1
    assert "Below" not in str(await of_account(door, caller))
    told = await of_account(door, caller, accountId=sub.id)
    assert (told["accountId"], told["mostUsed"][0]["name"]) == (sub.id, "Below")
    answer = await door.ask("GET", "/v1/usage", below[1], params={"accountId": main.id})
    assert error_of(answer)["errorCode"] == "auth/OTHER_ACCOUNT"
    foreign = await door.house.main("Foreign")
    answer = await door.ask("GET", "/v1/usage", caller[1], params={"accountId": foreign.id})
    assert error_of(answer)["errorCode"] == "accounts/NOT_FOUND"


async def test_tokens_of_other_kinds_are_part_of_the_account_and_have_no_page(door, main, caller):
    shipping, value = await door.inside(ship, acting_for(main), "Ship")
    assert (await verify(door, caller, value))["valid"]
    told = await of_account(door, caller)
    assert {each["kind"] for each in told["mostUsed"]} == {"api", "ship"}
    answer = await door.ask("GET", f"/v1/api-tokens/{shipping.id}/usage", caller[1])
    assert error_of(answer)["errorCode"] == "tokens/NOT_FOUND"
