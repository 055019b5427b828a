"""Tokens of other kinds: verify knows them, Keyfob's own doors do not."""

from functools import partial

import pytest
from support.calling import error_of
from support.house import acting_for
from support.kinds import filtered, share, ship

from keyfob import verification
from keyfob.verification import NO_USE, Reason

pytestmark = pytest.mark.anyio

COMMON = {
    "valid", "tokenId", "tokenName", "accountId", "accountName", "accountType", "mainAccountId",
    "kind", "scopes", "expiresAt", "tags",
}  # fmt: skip


@pytest.fixture
async def main(indoors):
    return await indoors.house.main()


@pytest.fixture
async def verify(indoors, main):
    _, caller = await indoors.house.token(main, "Caller")

    async def ask(value: object, **more: object) -> dict[str, object]:
        body = {"token": str(value), **more}
        answer = await indoors.ask("POST", "/v1/verify", caller, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


async def test_filters_and_operator_are_told_of_shared_tokens_alone(indoors, main, verify):
    house, actor = indoors.house, acting_for(main)
    _, api = await house.token(main, "Another")
    one, two = [await filtered(house, actor, f"web-{n}") for n in range(2)]
    token, shipping = await ship(house, actor)
    narrowed = await share(house, actor, two.id, one.id)
    plain = await share(house, actor)
    assert (await verify(api)).keys() == COMMON
    found = await verify(shipping)
    assert found.keys() == COMMON
    told = {"kind": "ship", "tokenId": token.id, "tokenName": "Second", "scopes": []}
    assert told.items() <= found.items()
    found = await verify(narrowed.value)
    assert found.keys() == COMMON | {"filters", "filtersOperator"}
    assert (found["kind"], found["scopes"], found["filtersOperator"]) == ("share", [], "OR")
    assert found["expiresAt"] == int(house.db.now().timestamp()) + 7 * 86_400
    assert found["filters"] == [
        {"id": it.id, "field": "host", "value": it.value, "description": f"of {it.value}"}
        for it in (two, one)
    ]
    assert (await verify(plain.value))["filters"] == []


async def test_they_hold_no_scopes(indoors, main, verify):
    actor = acting_for(main)
    _, shipping = await ship(indoors.house, actor)
    shared = await share(indoors.house, actor)
    for value in (shipping, shared.value):
        answer = await verify(value, scopes=["logs:read"])
        assert answer == {"valid": False, "code": "INSUFFICIENT_SCOPE"}


async def test_they_open_none_of_keyfobs_own_doors(indoors, main):
    house, actor = indoors.house, acting_for(main)
    _, shipping = await ship(house, actor)
    shared = await share(house, actor)
    before = await indoors.dump()
    for value in (shipping, shared.value):
        for method, path in (
            ("GET", "/v2/whoami"),
            ("POST", "/v1/verify"),
            ("GET", "/v1/log-shipping/tokens/limits"),
            ("GET", "/v1/shared-tokens"),
        ):
            answer = await indoors.ask(method, path, str(value), json={"token": str(value)})
            assert (answer.status_code, error_of(answer)["errorCode"]) == (403, "auth/BAD_TOKEN")
        verdict, _ = await house.lookup.patiently(
            partial(verification.authenticate, house.lookup, str(value), NO_USE)
        )
        assert verdict is Reason.NOT_FOUND
    assert await indoors.dump() == before


async def test_the_last_use_of_a_shared_token_is_told(indoors, main, verify):
    house, actor = indoors.house, acting_for(main)
    _, caller = await house.token(main, "Reader")
    made = await share(house, actor)
    path = f"/v1/shared-tokens/{made.token.id}"
    assert (await indoors.ask("GET", path, str(caller))).json()["lastUsed"] is None
    await verify(made.value)
    await indoors.app.state.usage.write(house.db)
    now = int(house.db.now().timestamp())
    assert (await indoors.ask("GET", path, str(caller))).json()["lastUsed"] == now
