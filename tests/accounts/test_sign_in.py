import asyncio

import pytest
from support.house import ORIGIN, acting_for

from keyfob import accounts, audit, users
from keyfob.accounts import Role
from keyfob.actors import Origin, visitor
from keyfob.errors import Forbidden, Invalid, TooManyAttempts
from keyfob.users import Attempts

pytestmark = pytest.mark.anyio

PASSWORD = "a sentence of my own"


async def sign_in(house, email="ann@example.com", password=PASSWORD, ip="203.0.113.7"):
    return await accounts.sign_in(house.db, Origin(ip=ip), email=email, password=password)


async def test_the_right_password_opens_a_session_in_the_first_account(house):
    main = await house.main()
    user = await house.member(main, "ann@example.com", password=PASSWORD)
    signed_in = await sign_in(house, " Ann@Example.COM ")
    async with house.reader() as conn:
        session = await users.resume(conn, signed_in.session_id, now=house.db.now())
        trail = await audit.trail(conn, subject=f"user:{user.id}", limit=1)
    assert session is not None
    assert (session.user_id, session.account_id) == (user.id, main.id)
    assert (trail[0].action, trail[0].ip, trail[0].actor_name) == (
        "user.signed_in",
        "203.0.113.7",
        "ann@example.com",
    )


async def test_all_that_can_be_wrong_is_answered_with_the_same_words(house):
    main = await house.main()
    await house.member(main, "ann@example.com", password=PASSWORD)
    await house.member(main, "bob@example.com")
    async with house.transaction() as tx:
        secret = await users.new_password(PASSWORD, email="eve@example.com")
        await users.create(
            tx, account_id=0, email="eve@example.com", full_name="Eve", password=secret
        )
    said = set()
    wrong = [
        ("ann@example.com", "not the sentence of mine"),
        ("nobody@example.com", PASSWORD),
        ("bob@example.com", PASSWORD),
        ("eve@example.com", PASSWORD),  # in no account
        ("not an address", PASSWORD),
        ("ann\0@example.com", PASSWORD),
        ("", ""),
    ]
    for number, (email, password) in enumerate(wrong):
        with pytest.raises(Forbidden) as caught:
            await sign_in(house, email, password, ip=f"203.0.113.{number}")
        said.add((caught.value.code, caught.value.message))
    assert said == {("users/SIGN_IN_FAILED", accounts.sign_in.__globals__["WRONG"])}


@pytest.mark.parametrize(
    "typed", ["", " ", "None", "null", "nobody has this password", "$argon2id$", "a\0b"]
)
async def test_nobody_signs_in_as_a_user_without_a_password(house, typed):
    main = await house.main()
    await house.member(main, "bob@example.com")
    with pytest.raises(Forbidden):
        await sign_in(house, "bob@example.com", typed)
    async with house.reader() as conn:
        rows = await conn.exec_driver_sql("select count(*) from sessions")
        assert rows.scalar() == 0


async def test_a_failure_is_on_record_without_what_was_typed(house):
    main = await house.main()
    user = await house.member(main, "ann@example.com", password=PASSWORD)
    for email in ("ann@example.com", "typed-my-password-here@example.com"):
        with pytest.raises(Forbidden):
            await sign_in(house, email, "not the sentence of mine")
    async with house.reader() as conn:
        unknown, known = await audit.trail(conn, limit=2)
    assert known.action == unknown.action == "user.failed_sign_in"
    assert (known.account_id, known.subject) == (main.id, f"user:{user.id}")
    assert (unknown.account_id, unknown.subject, unknown.subject_name) == (0, "user:0", "")
    assert "not the sentence" not in repr((known, unknown))


async def test_the_eleventh_attempt_on_one_address_in_five_minutes_waits(house, clock):
    main = await house.main()
    await house.member(main, "ann@example.com", password=PASSWORD)
    for number in range(10):
        with pytest.raises(Forbidden):
            await sign_in(house, password="not the sentence of mine", ip=f"203.0.113.{number}")
        clock.forward(seconds=10)
    with pytest.raises(TooManyAttempts) as caught:
        await sign_in(house, ip="198.51.100.1")
    assert 0 < caught.value.retry_after <= 201
    clock.forward(seconds=caught.value.retry_after)
    assert await sign_in(house, ip="198.51.100.1")


async def test_the_eleventh_attempt_from_one_place_waits_whatever_the_address(house, clock):
    for number in range(10):
        async with house.transaction(visitor(ORIGIN)) as tx:
            await Attempts.of(email=f"user{number}@example.com", ip="203.0.113.9").count(tx)
    with pytest.raises(TooManyAttempts):
        await sign_in(house, "ann@example.com", ip="203.0.113.9")
    clock.forward(minutes=5)
    with pytest.raises(Forbidden):
        await sign_in(house, "ann@example.com", ip="203.0.113.9")


async def fail(house, *, ip, times, email="ann@example.com"):
    for _ in range(times):
        async with house.transaction(visitor(ORIGIN)) as tx:
            await Attempts.of(email=email, ip=ip).count(tx)


async def test_the_right_password_clears_the_address_but_not_what_failed_at_the_place(house):
    main = await house.main()
    await house.member(main, "ann@example.com", password=PASSWORD)
    await fail(house, ip="203.0.113.9", times=9)
    assert await sign_in(house, ip="203.0.113.9")
    assert await sign_in(house, ip="198.51.100.1")
    await fail(house, ip="203.0.113.9", times=1, email="bob@example.com")
    with pytest.raises(TooManyAttempts):
        await sign_in(house, ip="203.0.113.9")


async def test_colleagues_behind_one_address_do_not_lock_each_other_out(house):
    main = await house.main()
    await house.member(main, "ann@example.com", password=PASSWORD)
    for _ in range(12):
        assert await sign_in(house, ip="203.0.113.9")


async def test_a_whole_network_of_ipv6_is_one_place(house):
    for number in range(10):
        email, ip = f"user{number}@example.com", f"2001:db8:1:2:{number}::{number}"
        await fail(house, ip=ip, times=1, email=email)
    with pytest.raises(TooManyAttempts):
        await fail(house, ip="2001:db8:1:2:ffff::1", times=1, email="ann@example.com")
    await fail(house, ip="2001:db8:1:3::1", times=1, email="ann@example.com")
    await fail(house, ip="", times=1, email="carol@example.com")


@pytest.mark.parametrize("by", ["address", "place"])
async def test_racing_does_not_give_more_than_ten_attempts(house, by):
    async def attempt(number):
        email = "ann@example.com" if by == "address" else f"user{number}@example.com"
        ip = "203.0.113.9" if by == "place" else f"198.51.100.{number}"
        async with house.transaction(visitor(ORIGIN)) as tx:
            await Attempts.of(email=email, ip=ip).count(tx)

    results = await asyncio.gather(*(attempt(n) for n in range(40)), return_exceptions=True)
    assert results.count(None) == 10
    assert sum(isinstance(result, TooManyAttempts) for result in results) == 30


async def test_who_is_in_several_accounts_begins_in_the_first_main_account(house):
    main = await house.main("Main")
    sub = await house.sub(main, "A sub")
    await house.member(sub, "ann@example.com", Role.REGULAR, PASSWORD)
    await house.member(main, "ann@example.com", Role.READ_ONLY)
    signed_in = await sign_in(house)
    assert signed_in.seat.account == main
    assert PASSWORD not in repr(signed_in)


@pytest.fixture
def meanwhile(house, monkeypatch):
    """What is done between the moment a password was found right and the moment that counts."""

    def do(change):
        verify = users.verify_password

        async def verified(password_hash, text):
            right = await verify(password_hash, text)
            monkeypatch.setattr(users, "verify_password", verify)
            await change()
            return right

        monkeypatch.setattr(users, "verify_password", verified)

    return do


async def test_who_knew_the_old_password_does_not_come_in_after_the_change(house, meanwhile):
    user = await house.member(await house.main(), "ann@example.com", password=PASSWORD)
    new = await users.new_password("another sentence of mine", email="ann@example.com")

    async def change():
        async with house.transaction() as tx:
            await users.set_password(tx, user, new)

    meanwhile(change)
    with pytest.raises(Forbidden):
        await sign_in(house)
    assert await sign_in(house, password="another sentence of mine")


async def test_the_old_password_does_not_overwrite_the_new_one(house, meanwhile):
    user = await house.member(await house.main(), "ann@example.com", password=PASSWORD)
    new = await users.new_password("another sentence of mine", email="ann@example.com")
    seat = (await sign_in(house)).seat

    async def change():
        async with house.transaction() as tx:
            await users.set_password(tx, user, new)

    meanwhile(change)
    with pytest.raises(Invalid, match="not your password any more"):
        await accounts.change_password(
            house.db, seat, ORIGIN, current=PASSWORD, new="the sentence of a thief"
        )
    assert await sign_in(house, password="another sentence of mine")


async def test_an_attempt_on_somebody_suspended_everywhere_is_in_the_trail_of_each_family(house):
    """And they read the common sentence, whatever they typed."""
    mains = [await house.main("One"), await house.main("Two")]
    for main in mains:
        await house.member(main, "ann@example.com", password=PASSWORD)
        await house.member(main, "bob@example.com")
        async with house.transaction() as tx:
            ann = await users.by_email(tx.conn, "ann@example.com")
        async with house.transaction(acting_for(main)) as tx:
            await accounts.members.suspend(tx, ann.id)
    for password in (PASSWORD, "not the sentence of mine"):
        with pytest.raises(Forbidden) as caught:
            await sign_in(house, password=password)
        assert caught.value.message == accounts.sign_in.__globals__["WRONG"]
    async with house.reader() as conn:
        for main in mains:
            trail = await audit.trail(conn, account_id=main.id, limit=2)
            assert [entry.action for entry in trail] == ["user.failed_sign_in"] * 2
            assert trail[0].subject_name == "ann@example.com"
        assert all(e.action != "user.failed_sign_in" for e in await audit.trail(conn, account_id=0))


async def test_where_somebody_is_suspended_the_attempt_is_told_where_they_are_not(house):
    main = await house.main()
    sub = await house.sub(main)
    ann = await house.member(main, "ann@example.com", password=PASSWORD)
    await house.member(main, "bob@example.com")
    await house.member(sub, "ann@example.com")
    async with house.transaction(acting_for(main)) as tx:
        await accounts.members.suspend(tx, ann.id, account_id=main.id)
    with pytest.raises(Forbidden):
        await sign_in(house, password="not the sentence of mine")
    async with house.reader() as conn:
        (entry,) = await audit.trail(conn, subject=f"user:{ann.id}", limit=1)
    assert (entry.action, entry.account_id) == ("user.failed_sign_in", sub.id)
