"""Nobody hands out more than they hold: by making, by changing, by being shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.house import acting_for

from keyfob import audit, tokens
from keyfob.errors import Forbidden, Invalid
from keyfob.limits import Limits, Restrictions
from keyfob.scopes import EVERYTHING, REVEAL, Scope

pytestmark = pytest.mark.anyio

HELD = Restrictions(ip_allow=("10.0.0.0/8", "192.0.2.0/24"), methods=("GET", "POST"))


@pytest.fixture
async def main(house):
    return await house.main()


@pytest.fixture
def limited(main, clock):
    """A token that may do everything, for a day, from two networks, with two methods."""
    limits = Limits(expires_at=clock.now + timedelta(days=1), restrictions=HELD)
    return replace(acting_for(main, EVERYTHING, REVEAL), limits=limits)


async def update(house, actor, token, **changes):
    async with house.transaction(actor) as tx:
        return await tokens.update(tx, token.id, changes)


async def reveal(house, actor, token):
    async with house.transaction(actor) as tx:
        return (await tokens.reveal(tx, house.instance, token.id))[1]


async def actions_on(house, token):
    async with house.reader() as conn:
        return [entry.action for entry in await audit.trail(conn, subject=token.subject)]


async def test_a_limited_token_makes_tokens_with_its_own_limits(house, main, limited):
    sub = await house.sub(main)
    made, _ = await house.token(main, "Made", limited)
    async with house.transaction(limited) as tx:
        below, _ = await tokens.create_for_sub_account(
            tx, house.instance, tokens.Draft(name="Below"), account_id=sub.id
        )
    assert made.limits == below.limits == limited.limits


async def test_a_limited_token_makes_tokens_of_less(house, main, limited, clock):
    soon = clock.now + timedelta(hours=1)
    narrow = Restrictions(ip_allow=("10.0.0.0/8",), paths=("/v1/**",))
    made, _ = await house.token(main, "Less", limited, expires_at=soon, restrictions=narrow)
    assert made.limits == Limits(
        expires_at=soon, restrictions=replace(narrow, methods=HELD.methods)
    )


@pytest.mark.parametrize(
    ("field", "days", "restrictions"),
    [
        ("expiresAt", 2, Restrictions()),
        ("restrictions.ipAllow", None, Restrictions(ip_allow=("10.0.0.0/8", "0.0.0.0/0"))),
        ("restrictions.methods", None, Restrictions(methods=("DELETE",))),
    ],
)
async def test_a_limited_token_makes_none_of_more(
    house, main, limited, clock, field, days, restrictions
):
    expires_at = clock.now + timedelta(days=days) if days else None
    with pytest.raises(Forbidden) as caught:
        await house.token(main, "More", limited, expires_at=expires_at, restrictions=restrictions)
    assert caught.value.code == "auth/LIMITS_NOT_HELD"
    assert caught.value.parameters == {"fields": [field]}


async def test_a_limited_token_cannot_lift_its_own_limits(house, main, limited, clock):
    mine, _ = await house.token(main, "Mine", limited)
    for change in (
        {"expires_at": None},
        {"expires_at": clock.now + timedelta(days=2)},
        {"restrictions": Restrictions()},
        {"restrictions": replace(HELD, methods=())},
        {"restrictions": replace(HELD, ip_allow=(*HELD.ip_allow, "::/0"))},
    ):
        with pytest.raises(Forbidden) as caught:
            await update(house, limited, mine, **change)
        assert caught.value.code == "auth/LIMITS_NOT_HELD", change
    assert await actions_on(house, mine) == ["token.created"]


async def test_a_limited_token_may_rename_and_narrow_itself(house, main, limited, clock):
    mine, _ = await house.token(main, "Mine", limited)
    for change in (
        {"name": "Still mine", "description": "new", "tags": ("a",)},
        {"expires_at": clock.now + timedelta(hours=1)},
        {"restrictions": replace(HELD, methods=("GET",))},
        {"scopes": (Scope("logs:read"),)},
        {"enabled": False},
    ):
        mine = await update(house, limited, mine, **change)
    assert len(await actions_on(house, mine)) == 6


async def test_a_limited_token_gains_nothing_from_one_without_limits(house, main, limited, clock):
    """It may take away from it, and call it something else; no more."""
    free, _ = await house.token(main, "Free")
    for change in (
        {"scopes": (Scope("logs:read"),)},
        {"enabled": False},
        {"restrictions": Restrictions(methods=("GET",))},
        {"name": "Called something else"},
    ):
        await update(house, limited, free, **change)
    for change in (
        {"enabled": True},
        {"scopes": (EVERYTHING,)},
        {"restrictions": Restrictions()},
        {"not_before": clock.now},
    ):
        with pytest.raises(Forbidden) as caught:
            await update(house, limited, free, **change)
        assert caught.value.code == "auth/LIMITS_NOT_HELD", change
    with pytest.raises(Forbidden):
        await reveal(house, limited, free)


async def test_whoever_has_no_limits_sets_and_lifts_them(house, main, limited, clock):
    mine, _ = await house.token(main, "Mine", limited)
    changed = await update(
        house, acting_for(main), mine, expires_at=None, restrictions=Restrictions()
    )
    assert changed.limits == Limits()


async def test_only_who_holds_all_that_a_token_may_do_is_shown_it(house, main):
    whole, _ = await house.token(main, "Whole")
    part, value = await house.token(main, "Part", scopes=(Scope("logs:read"),))
    shower, _ = await house.token(main, "Shower", scopes=(Scope("logs:read"), REVEAL))
    for actor, token, lacking in (
        (acting_for(main, REVEAL), whole, ["*"]),
        (acting_for(main, REVEAL), part, ["logs:read"]),
        (acting_for(main, REVEAL, "users:*"), shower, ["logs:read"]),
    ):
        with pytest.raises(Forbidden) as caught:
            await reveal(house, actor, token)
        assert caught.value.code == "auth/SCOPE_NOT_HELD"
        assert caught.value.parameters["scopes"] == lacking
        assert await actions_on(house, token) == ["token.created"]
    assert await reveal(house, acting_for(main, REVEAL, "logs:*"), part) == value
    await reveal(house, acting_for(main, REVEAL, "*"), shower)


async def test_only_who_holds_all_that_a_token_may_do_lets_it_do_so_again(house, main, clock):
    whole, _ = await house.token(main, "Whole", expires_at=clock.now + timedelta(days=1))
    part = acting_for(main, "tokens:*")
    await update(house, part, whole, enabled=False)
    for change in ({"enabled": True}, {"expires_at": None}):
        with pytest.raises(Forbidden) as caught:
            await update(house, part, whole, **change)
        assert caught.value.parameters["scopes"] == ["*"]
    await update(house, acting_for(main), whole, enabled=True)


async def test_a_change_of_nothing_is_no_way_to_look_at_a_token(house, main):
    token, _ = await house.token(main, scopes=("tokens:write",))
    writer = acting_for(main, "tokens:write")
    with pytest.raises(Forbidden) as caught:
        await update(house, writer, token, name=token.name)
    assert caught.value.parameters == {"scope": "tokens:read"}
    await update(house, writer, token, description="a new one")


async def test_a_change_of_nothing_is_no_change(house, main):
    token, _ = await house.token(main)
    with pytest.raises(Invalid) as caught:
        await update(house, acting_for(main), token)
    assert (caught.value.field, caught.value.message) == ("body", "must name a field to change")


async def test_a_tokens_own_limits_are_those_of_its_record(door, clock):
    """From the header of a request to what it may make."""
    main = await door.house.main()
    end = int((clock.now + timedelta(days=1)).timestamp())
    restrictions = Restrictions(methods=("POST", "PATCH"))
    mine, value = await door.house.token(
        main, "Mine", expires_at=clock.now + timedelta(days=1), restrictions=restrictions
    )
    made = await door.ask("POST", "/v1/api-tokens", value, json={"name": "Sibling"})
    assert (made.status_code, made.json()["expiresAt"]) == (201, end)
    assert made.json()["restrictions"]["methods"] == ["POST", "PATCH"]
    for body, fields in (
        ({"expiresAt": None}, ["expiresAt"]),
        ({"restrictions": {}}, ["restrictions.methods"]),
    ):
        answer = await door.ask("PATCH", f"/v1/api-tokens/{mine.id}", value, json=body)
        assert answer.status_code == 403
        assert answer.json()["errorCode"] == "auth/LIMITS_NOT_HELD"
        assert answer.json()["parameters"] == {"fields": fields}
    empty = await door.ask("PATCH", f"/v1/api-tokens/{mine.id}", value, json={})
    assert empty.json()["message"] == "body must name a field to change"
