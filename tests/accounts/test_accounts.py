import math

import pytest
from support.house import ORIGIN, acting_for

from keyfob import accounts, audit, families, users
from keyfob.accounts import AccountType, Operation, Plan, Role
from keyfob.accounts.model import account_name
from keyfob.actors import OPERATOR, visitor
from keyfob.errors import Conflict, Forbidden, Invalid, NotFound
from keyfob.scopes import EVERYTHING, REVEAL, TOKENS_READ

pytestmark = pytest.mark.anyio


async def reach(house, actor, account_id):
    async with house.reader() as conn:
        return await accounts.require_reach(conn, actor, account_id)


async def test_a_family_is_a_main_account_and_those_below_it_in_order(house):
    main, other = await house.main("Main"), await house.main("Other")
    first, second = await house.sub(main, "First"), await house.sub(main, "Second")
    async with house.reader() as conn:
        assert await accounts.family(conn, main.id) == [main, first, second]
        assert await accounts.family(conn, other.id) == [other]
        assert await accounts.first_main(conn) == main
    assert (main.type, first.type) == (AccountType.MAIN, AccountType.SUB)
    assert main.is_main
    assert not first.is_main


async def test_a_sub_account_has_no_sub_accounts(house):
    sub = await house.sub(await house.main())
    with pytest.raises(Invalid) as caught:
        await house.sub(sub)
    assert caught.value.field == "accountId"


async def test_nobody_has_been_here_until_there_is_a_main_account(house):
    async with house.reader() as conn:
        assert await accounts.is_empty(conn)
        assert await accounts.first_main(conn) is None
    await house.main()
    async with house.reader() as conn:
        assert not await accounts.is_empty(conn)


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\tb", "x" * 101, "<b>", "a\u200bb", "a\0b"])
def test_an_account_name_has_letters_digits_and_few_signs(name):
    with pytest.raises(Invalid) as caught:
        account_name(name)
    assert caught.value.field == "accountName"


def test_an_account_name_is_trimmed_and_may_be_in_any_script():
    assert account_name("  Größe-2 東京_a.b ") == "Größe-2 東京_a.b"


@pytest.mark.parametrize(
    ("field", "plan"),
    [
        ("volumeGb", Plan(volume_gb=0)),
        ("volumeGb", Plan(volume_gb=math.nan)),
        ("volumeGb", Plan(volume_gb=math.inf)),
        ("reservedGb", Plan(reserved_gb=-1)),
        ("reservedGb", Plan(reserved_gb=101, flexible=True)),
        ("reservedGb", Plan(reserved_gb=math.nan, flexible=True)),
        ("reservedGb", Plan(reserved_gb=10)),
        ("warmDays", Plan(warm_days=-1)),
        ("warmDays", Plan(warm_days=2**31)),
        ("retentionDays", Plan(retention_days=0)),
        ("retentionDays", Plan(retention_days=2**31)),
        ("maxShippingTokens", Plan(max_shipping_tokens=0)),
        ("maxShippingTokens", Plan(max_shipping_tokens=2**31)),
    ],
)
def test_a_plan_that_cannot_be_is_refused(field, plan):
    with pytest.raises(Invalid) as caught:
        plan.check()
    assert caught.value.field == field


async def test_a_main_account_is_not_made_with_a_plan_that_cannot_be(house):
    with pytest.raises(Invalid):
        async with house.transaction() as tx:
            await families.found(tx, house.instance, name="Main", plan=Plan(volume_gb=0))
    async with house.reader() as conn:
        assert await accounts.is_empty(conn)


async def test_an_admin_of_the_main_account_is_admin_of_those_below_it(house):
    main = await house.main()
    sub = await house.sub(main)
    user = await house.member(main, "ann@example.com", Role.ADMIN)
    async with house.reader() as conn:
        seats = await accounts.seats(conn, user.id)
        assert [(seat.account, seat.role) for seat in seats] == [
            (main, Role.ADMIN),
            (sub, Role.ADMIN),
        ]
        assert await accounts.seat(conn, user.id, sub.id) == seats[1]


async def test_being_admin_through_the_main_account_is_more_than_a_lesser_role_below(house):
    main = await house.main()
    sub = await house.sub(main)
    user = await house.member(main, "ann@example.com", Role.ADMIN)
    await house.member(sub, "ann@example.com", Role.READ_ONLY)
    async with house.reader() as conn:
        seat = await accounts.seat(conn, user.id, sub.id)
    assert seat is not None
    assert seat.role is Role.ADMIN


@pytest.mark.parametrize("role", [Role.REGULAR, Role.READ_ONLY])
async def test_any_other_member_of_the_main_account_has_no_seat_below_it(house, role):
    main = await house.main()
    sub = await house.sub(main)
    user = await house.member(main, "bob@example.com", role)
    async with house.reader() as conn:
        assert [seat.account for seat in await accounts.seats(conn, user.id)] == [main]
        assert await accounts.seat(conn, user.id, sub.id) is None


@pytest.mark.parametrize("role", [Role.REGULAR, Role.READ_ONLY])
async def test_where_it_is_accessible_they_come_in_as_what_they_are_there(house, role):
    main = await house.main()
    sub = await house.sub(main, accessible=True)
    user = await house.member(main, "bob@example.com", role)
    async with house.reader() as conn:
        assert [(seat.account, seat.role) for seat in await accounts.seats(conn, user.id)] == [
            (main, role),
            (sub, role),
        ]


async def test_a_role_of_ones_own_goes_before_that_of_the_main_account(house):
    main = await house.main()
    sub = await house.sub(main, accessible=True)
    user = await house.member(main, "bob@example.com", Role.REGULAR)
    await house.member(sub, "bob@example.com", Role.ADMIN)
    async with house.reader() as conn:
        seat = await accounts.seat(conn, user.id, sub.id)
    assert seat is not None
    assert seat.role is Role.ADMIN


async def test_being_accessible_lets_in_nobody_who_is_suspended_and_nobody_of_others(house):
    main, other = await house.main(), await house.main("Other")
    sub = await house.sub(main, accessible=True)
    here = await house.member(main, "bob@example.com", Role.REGULAR)
    await house.member(sub, "bob@example.com", Role.REGULAR)
    above = await house.member(main, "cid@example.com", Role.REGULAR)
    for account in (main, sub):
        await house.member(account, "kept@example.com")
    for account, user in ((sub, here), (main, above)):
        async with house.transaction(acting_for(account)) as tx:
            await accounts.members.suspend(tx, user.id)
    strangers = [await house.member(other, "eve@example.com", Role.REGULAR)]
    strangers.append(await house.member(await house.sub(main, "Sister"), "sis@example.com"))
    async with house.reader() as conn:
        for user in (here, above, *strangers):
            assert await accounts.seat(conn, user.id, sub.id) is None


async def test_an_admin_of_a_sub_account_has_no_seat_above_or_beside_it(house):
    main, other = await house.main(), await house.main("Other")
    sub, sister = await house.sub(main, "Sub"), await house.sub(main, "Sister")
    user = await house.member(sub, "eve@example.com", Role.ADMIN)
    async with house.reader() as conn:
        for account in (main, sister, other):
            assert await accounts.seat(conn, user.id, account.id) is None
        assert [seat.account for seat in await accounts.seats(conn, user.id)] == [sub]


def test_only_admins_hold_more_than_reading_the_account():
    assert Role.ADMIN.scopes == (EVERYTHING, REVEAL)
    assert Role.REGULAR.scopes == Role.READ_ONLY.scopes == ("account:read",)
    assert [role.title for role in Role] == ["Read only", "User", "Admin"]


async def test_a_seat_acts_as_its_user_for_its_account(house):
    main = await house.main()
    sub = await house.sub(main)
    user = await house.member(sub, "ann@example.com")
    async with house.reader() as conn:
        seat = await accounts.seat(conn, user.id, sub.id)
    assert seat is not None
    actor = seat.actor(ORIGIN)
    assert (actor.id, actor.name, actor.origin) == (user.id, "ann@example.com", ORIGIN)
    assert (actor.account_id, actor.main_id, actor.is_main) == (sub.id, main.id, False)


async def test_those_to_ask_are_the_own_admins_and_then_those_of_the_main_account(house):
    main = await house.main()
    sub = await house.sub(main)
    above = await house.member(main, "zoe@example.com", Role.ADMIN)
    own = await house.member(sub, "bob@example.com", Role.ADMIN)
    both = await house.member(main, "ann@example.com", Role.ADMIN)
    await house.member(sub, "ann@example.com", Role.ADMIN)
    await house.member(sub, "eve@example.com", Role.REGULAR)
    async with house.reader() as conn:
        found = await accounts.admins(conn, sub)
    assert [(admin.user_id, admin.of_main) for admin in found] == [
        (both.id, False),
        (own.id, False),
        (above.id, True),
    ]


async def test_a_known_user_joins_with_the_name_and_password_they_have(house):
    main = await house.main()
    sub = await house.sub(main)
    first = await house.member(main, "ann@example.com", password="a sentence of my own")
    again = await house.member(sub, "Ann@Example.com", password="quite another sentence")
    async with house.reader() as conn:
        stored = await users.password_hash(conn, first.id)
    assert again == first
    assert await users.verify_password(stored, "a sentence of my own")


async def test_a_member_is_not_added_twice(house):
    main = await house.main()
    await house.member(main, "ann@example.com")
    with pytest.raises(Conflict) as caught:
        await house.member(main, "ANN@example.com")
    assert caught.value.code == "users/ALREADY_EXISTS"


async def test_an_account_suspended_twice_is_audited_once_and_can_be_resumed(house, clock):
    main = await house.main()
    for action in (accounts.suspend, accounts.suspend):
        async with house.transaction() as tx:
            await action(tx, main.id)
        clock.forward(hours=1)
    async with house.reader() as conn:
        suspended = await accounts.by_id(conn, main.id)
    assert suspended is not None
    assert suspended.suspended_at is not None
    for action in (accounts.resume, accounts.resume):
        async with house.transaction() as tx:
            await action(tx, main.id)
    async with house.reader() as conn:
        assert await accounts.by_id(conn, main.id) == main
        trail = await audit.trail(conn, subject=f"account:{main.id}")
    assert [entry.action for entry in trail] == [
        "account.resumed",
        "account.suspended",
        "account.created",
    ]


async def test_only_the_operator_suspends_and_only_what_exists(house):
    main = await house.main()
    with pytest.raises(Forbidden) as caught:
        async with house.transaction(acting_for(main)) as tx:
            await accounts.suspend(tx, main.id)
    assert caught.value.code == "auth/OPERATOR_ONLY"
    with pytest.raises(NotFound):
        async with house.transaction() as tx:
            await accounts.resume(tx, 2_999_999)


async def test_everybody_reaches_their_own_account(house):
    main = await house.main()
    sub = await house.sub(main)
    assert await reach(house, acting_for(main), main.id) == main
    assert await reach(house, acting_for(sub), sub.id) == sub


async def test_a_main_account_reaches_those_below_it(house):
    main = await house.main()
    sub = await house.sub(main)
    assert await reach(house, acting_for(main), sub.id) == sub


async def test_for_a_main_account_a_foreign_account_is_like_none(house):
    main, other = await house.main(), await house.main("Other")
    foreign = await house.sub(other)
    said = set()
    for account_id in (other.id, foreign.id, 2_999_999, 1, 0, -1, 2**31, -(2**40)):
        with pytest.raises(NotFound) as caught:
            await reach(house, acting_for(main), account_id)
        said.add((caught.value.code, caught.value.message.replace(str(account_id), "N")))
    assert said == {("accounts/NOT_FOUND", "Account N does not exist.")}


async def test_a_sub_account_may_name_no_other_whether_it_exists_or_not(house):
    main = await house.main()
    sub, sister = await house.sub(main), await house.sub(main, "Sister")
    said = set()
    for account_id in (main.id, sister.id, 2_999_999):
        with pytest.raises(Forbidden) as caught:
            await reach(house, acting_for(sub), account_id)
        said.add((caught.value.code, caught.value.message))
    assert len(said) == 1


async def test_the_operator_reaches_all_and_a_visitor_none(house):
    main = await house.main()
    sub = await house.sub(main)
    assert await reach(house, OPERATOR, sub.id) == sub
    with pytest.raises(Forbidden):
        await reach(house, visitor(ORIGIN), main.id)


async def test_what_is_open_to_main_accounts_only_is_refused_to_a_sub_account_with_the_reason(
    house,
):
    main = await house.main()
    sub = await house.sub(main)
    for operation in accounts.MAIN_ONLY:
        accounts.authorize(acting_for(main), operation)
        with pytest.raises(Forbidden) as caught:
            accounts.authorize(acting_for(sub), operation)
        assert caught.value.code == "auth/MAIN_ACCOUNT_ONLY"
        assert "main account's token" in caught.value.message


@pytest.mark.parametrize("operation", Operation)
async def test_every_operation_needs_its_scope_and_no_more(house, operation):
    main = await house.main()
    scope = accounts.SCOPES[operation]
    accounts.authorize(OPERATOR, operation)
    if scope is None:
        accounts.authorize(acting_for(main, "else:where"), operation)
        return
    accounts.authorize(acting_for(main, scope), operation)
    with pytest.raises(Forbidden) as caught:
        accounts.authorize(acting_for(main, "else:where"), operation)
    assert caught.value.parameters["scope"] == scope


def test_a_visitor_may_do_nothing_that_needs_a_scope():
    with pytest.raises(Forbidden):
        accounts.authorize(visitor(ORIGIN), Operation.LIST_TOKENS)
    assert accounts.SCOPES[Operation.LIST_TOKENS] == TOKENS_READ
