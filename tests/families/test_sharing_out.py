"""How a plan is shared out, in numbers, and what goes with an account that is closed."""

from datetime import timedelta

import pytest
from families.test_plans import CONSUMPTION, FLEXIBLE, family_of, founded
from support.house import acting_for

from keyfob import families, tokens
from keyfob.accounts import Plan
from keyfob.db import milliseconds
from keyfob.errors import Forbidden, NotFound
from keyfob.families import LastUsed, MetricsAccount
from keyfob.tokens import FiltersOperator, LastUse, TokenKind
from keyfob.tokens import store as token_store

pytestmark = pytest.mark.anyio


def shares(family):
    return [family.own_gb(each) for each in family.members]


async def test_a_fixed_plan_is_shared_out_whole(house):
    main = await founded(house, Plan(volume_gb=10))
    await house.sub(main, "One", max_daily_gb=2.5)
    await house.sub(main, "Two")
    family = await family_of(house, main)
    assert shares(family) == [7.5, 2.5, 0]
    assert family.free_gb == 0
    assert [family.room_gb(each) for each in family.subs] == [10, 7.5]
    assert family.room_gb() == 7.5


async def test_what_a_flexible_plan_has_not_reserved_is_free(house):
    main = await founded(house, FLEXIBLE)
    await house.sub(main, "One", reserved_gb=0.1, max_daily_gb=5)
    await house.sub(main, "Two", max_daily_gb=2)
    family = await family_of(house, main)
    assert shares(family) == [0.5, 0.1, 0]
    assert family.free_gb == family.shared_gb == 9.4
    assert [family.room_gb(each) for each in family.subs] == [9.5, 9.4]
    assert family.room_gb() == 9.4


async def test_a_consumption_plan_is_shared_out_by_soft_caps(house):
    main = await founded(house, CONSUMPTION)
    await house.sub(main, "One", soft_limit_gb=200, max_daily_gb=1)
    await house.sub(main, "Two")
    family = await family_of(house, main)
    assert shares(family) == [0, 200, 0]
    assert family.free_gb == 100
    assert family.room_gb(family.subs[0]) == 300
    assert family.room_gb() == 100


async def test_what_goes_with_an_account(house, clock):
    main = await house.main()
    sub = await house.sub(main)
    await house.member(sub, "carol@example.com")
    first, _ = await house.token(sub, "First")
    second, _ = await house.token(sub, "Second")
    gone, _ = await house.token(sub, "Gone")
    await house.token(main, "Of another account")
    async with house.transaction(acting_for(sub)) as tx:
        for name in ("Link", "Link"):
            await tokens.shared.create(
                tx, house.instance, name=name, filters=(), operator=FiltersOperator.OR
            )
        now = milliseconds(clock.now)
        used = [(first.id, now - 9000), (second.id, now - 5000), (gone.id, now)]
        await token_store.set_last_used(tx, [LastUse(each, at, "", "") for each, at in used])
        await tokens.revoke(tx, gone.id)
    async with house.reader() as conn:
        goes = await families.belongings(conn, acting_for(main), sub.id)
    assert goes.tokens == {TokenKind.API: 2, TokenKind.SHIPPING: 1, TokenKind.SHARED: 2}
    assert goes.people == 1
    assert goes.last_used == LastUsed(name="Second", at=clock.now - timedelta(seconds=5))


async def test_what_goes_with_an_account_that_nobody_has_used(house):
    main = await house.main()
    sub = await house.sub(main)
    async with house.reader() as conn:
        goes = await families.belongings(conn, acting_for(main), sub.id)
    assert (goes.people, goes.last_used) == (0, None)


async def test_what_goes_with_an_account_is_for_its_main_account_alone(house):
    main, other = await house.main(), await house.main("Another family")
    sub = await house.sub(main)
    async with house.reader() as conn:
        with pytest.raises(NotFound):
            await families.belongings(conn, acting_for(other), sub.id)
        with pytest.raises(NotFound):
            await families.belongings(conn, acting_for(main), 2_999_999)
        with pytest.raises(Forbidden) as caught:
            await families.belongings(conn, acting_for(sub), sub.id)
    assert caught.value.code == "auth/MAIN_ACCOUNT_ONLY"


async def test_each_account_sees_its_own_settings(house):
    main = await house.main()
    await house.member(main, "ann@example.com")
    sub = await house.sub(main, "Sub", max_daily_gb=3, retention_days=9, sharing=(main.id,))
    async with house.transaction(acting_for(main)) as tx:
        metrics, _ = await families.metrics.open_metrics(
            tx, house.instance, email="ann@example.com", name="", plan_uts=200, authorized=()
        )
    async with house.reader() as conn:
        of_main = await families.own(conn, acting_for(main))
        of_sub = await families.own(conn, acting_for(sub, "account:read"))
        of_metrics = await families.own(conn, acting_for(metrics.account))
        with pytest.raises(Forbidden):
            await families.own(conn, acting_for(sub, "tokens:read"))
    assert of_main.account == main
    assert of_sub.account == sub
    assert (of_sub.settings.max_daily_gb, of_sub.settings.retention_days) == (3, 9)
    assert of_sub.settings.sharing == (main.id,)
    assert of_metrics == metrics
    assert isinstance(of_metrics, MetricsAccount)


async def test_the_default_token_is_the_oldest_that_is_enabled(house, clock):
    main = await house.main()
    sub = await house.sub(main)
    actor = acting_for(sub)
    async with house.transaction(actor) as tx:
        second, _ = await tokens.shipping.create(tx, house.instance, name="Second", enabled=True)
    async with house.reader() as conn:
        before = await families.default_tokens(conn, acting_for(main), [main, sub])
    assert {*before} == {main.id, sub.id}
    assert before[sub.id].name == "Default"
    async with house.transaction(actor) as tx:
        await tokens.shipping.update(
            tx, house.instance, before[sub.id].id, name=None, enabled=False
        )
    async with house.reader() as conn:
        after = await families.default_tokens(conn, acting_for(main), [sub])
        unseen = await families.default_tokens(conn, acting_for(main, "account:read"), [sub])
    assert after[sub.id].id == second.id
    assert unseen == {}
