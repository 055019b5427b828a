"""The sums that a plan must hold, and how the operator changes a plan."""

import asyncio

import pytest
from support.house import acting_for

from keyfob import accounts, audit, families
from keyfob.accounts import Plan, PlanModel
from keyfob.errors import Conflict, Forbidden, Invalid, NotFound
from keyfob.families import Wanted

pytestmark = pytest.mark.anyio

FLEXIBLE = Plan(flexible=True, volume_gb=10, reserved_gb=0.5)
CONSUMPTION = Plan(model=PlanModel.CONSUMPTION, volume_gb=300)


async def founded(house, plan):
    async with house.transaction() as tx:
        return await families.found(tx, house.instance, name="Workshop o11y", plan=plan)


async def family_of(house, main):
    async with house.reader() as conn:
        return await families.family(conn, acting_for(main))


async def set_plan(house, account, **changes):
    async with house.transaction() as tx:
        return await families.set_plan(tx, account.id, changes)


async def test_what_is_shared_is_the_plan_without_what_is_reserved(house):
    main = await founded(house, FLEXIBLE)
    await house.sub(main, "One", reserved_gb=0.5)
    await house.sub(main, "None", max_daily_gb=2)
    family = await family_of(house, main)
    assert family.shared_gb == 9
    assert [family.reserved_gb(each) for each in family.members] == [0.5, 0.5, None]
    assert [family.is_capped(each) for each in family.members] == [False, False, True]


async def test_tenths_add_up_without_a_rest(house):
    main = await founded(house, Plan(flexible=True, volume_gb=1))
    for number in range(10):
        await house.sub(main, f"Sub {number}", reserved_gb=0.1)
    assert (await family_of(house, main)).shared_gb == 0
    with pytest.raises(Invalid) as caught:
        await house.sub(main, "One more", reserved_gb=0.1)
    assert caught.value.field == "reservedDailyGB"


async def test_the_main_account_of_a_fixed_plan_has_what_the_others_leave(house):
    main = await founded(house, Plan(volume_gb=10))
    await house.sub(main, "One", max_daily_gb=2.5)
    await house.sub(main, "Two")
    family = await family_of(house, main)
    assert [family.max_daily_gb(each) for each in family.members] == [7.5, 2.5, None]
    assert family.shared_gb is None
    with pytest.raises(Invalid) as caught:
        await house.sub(main, "Three", max_daily_gb=7.6)
    assert (caught.value.field, caught.value.code) == (
        "maxDailyGB",
        "TimeBasedAccount/VOLUME_EXCEEDED",
    )
    assert "10.1 GB a day together; the plan has 10" in caught.value.message


async def test_soft_caps_together_are_at_most_the_hard_one(house):
    main = await founded(house, CONSUMPTION)
    await house.sub(main, "One", soft_limit_gb=200, max_daily_gb=1000)
    with pytest.raises(Invalid) as caught:
        await house.sub(main, "Two", soft_limit_gb=100.5)
    assert caught.value.field == "softLimitGB"
    await house.sub(main, "Two", soft_limit_gb=100)


async def test_a_cap_is_at_most_what_an_account_could_ever_use(house):
    main = await founded(house, FLEXIBLE)
    with pytest.raises(Invalid) as caught:
        await house.sub(main, "One", reserved_gb=1, max_daily_gb=9.6)
    assert caught.value.field == "maxDailyGB"
    await house.sub(main, "One", reserved_gb=1, max_daily_gb=9.5)


async def test_at_most_200_accounts_share_a_flexible_plan(house):
    main = await founded(house, FLEXIBLE)
    for number in range(200):
        await house.sub(main, f"Sub {number}")
    with pytest.raises(Invalid) as caught:
        await house.sub(main, "Sub 201")
    assert caught.value.field == "isFlexible"


async def test_a_sub_account_has_no_sub_accounts_and_no_plan(house):
    sub = await house.sub(await house.main())
    with pytest.raises(Invalid):
        await house.sub(sub)
    with pytest.raises(Invalid):
        await set_plan(house, sub, volume_gb=1)


async def test_two_at_once_cannot_both_have_the_last_of_the_volume(house):
    main = await founded(house, Plan(volume_gb=10))
    made = await asyncio.gather(
        *(house.sub(main, f"Sub {number}", max_daily_gb=6) for number in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Invalid) for each in made) == 3
    family = await family_of(house, main)
    assert [family.max_daily_gb(each) for each in family.members] == [4, 6]


async def test_the_operator_changes_what_is_named_and_nothing_else(house):
    main = await founded(house, FLEXIBLE)
    changed = await set_plan(house, main, volume_gb=20, warm_days=5, shared_tokens=False)
    expected = Plan(flexible=True, volume_gb=20, reserved_gb=0.5, warm_days=5, shared_tokens=False)
    assert changed == expected
    async with house.reader() as conn:
        assert await accounts.plan(conn, main.id) == expected
        (entry,) = await audit.trail(conn, account_id=main.id, limit=1)
    assert (entry.action, entry.actor_kind) == ("plan.changed", "operator")
    assert entry.changes == {
        "volume_gb": (10, 20),
        "warm_days": (0, 5),
        "shared_tokens": (True, False),
    }


async def test_a_plan_that_stays_as_it_is_is_not_on_record(house):
    main = await founded(house, FLEXIBLE)
    assert await set_plan(house, main, volume_gb=10) == FLEXIBLE
    async with house.reader() as conn:
        assert "plan.changed" not in {entry.action for entry in await audit.trail(conn)}


async def test_a_plan_too_small_for_its_accounts_is_refused(house):
    main = await founded(house, Plan(volume_gb=10, warm_days=5))
    await house.sub(main, max_daily_gb=8, warm_days=4)
    for changes in ({"volume_gb": 7}, {"warm_days": 3}, {"warm_days": 0}):
        with pytest.raises(Conflict) as caught:
            await set_plan(house, main, **changes)
        assert caught.value.code == "plans/TOO_SMALL"
    async with house.reader() as conn:
        assert await accounts.plan(conn, main.id) == Plan(volume_gb=10, warm_days=5)


async def test_a_plan_is_changed_by_the_operator_alone_and_only_where_there_is_one(house):
    main = await house.main()
    async with house.transaction(acting_for(main)) as tx:
        with pytest.raises(Forbidden):
            await families.set_plan(tx, main.id, {"volume_gb": 1000})
    for account_id in (2_009_999, 0, 2**40):
        with pytest.raises(NotFound):
            async with house.transaction() as tx:
                await families.set_plan(tx, accounts.AccountId(account_id), {})


async def test_a_new_account_begins_with_one_token_to_ship_data(house):
    main = await house.main()
    async with house.transaction() as tx:
        sub, value = await families.open_sub(
            tx, house.instance, Wanted(name="Sub", retention_days=1), main_id=main.id, email=None
        )
    async with house.reader() as conn:
        found = await families.account_tokens(conn, house.instance, acting_for(main), (main, sub))
        hidden = await families.account_tokens(
            conn, house.instance, acting_for(main, "account:read", "tokens:read"), (main, sub)
        )
    assert found[sub.id] == value
    assert str(found[main.id]).startswith("kf_ship_")
    assert hidden == {main.id: None, sub.id: None}
