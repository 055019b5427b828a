"""The operator lets somebody in again who cannot sign in any more."""

import asyncio

import pytest
from support.house import ORIGIN, acting_for

from keyfob import accounts, audit, families, users
from keyfob.accounts import Role
from keyfob.actors import Origin
from keyfob.db import upgrade
from keyfob.errors import Conflict, Forbidden, NotFound

pytestmark = pytest.mark.anyio

ANN = "ann@example.com"
PASSWORD = "a sentence of my own"
NEW = "another sentence of mine"


async def recover(house, email=ANN):
    async with house.transaction() as tx:
        return await accounts.recover(tx, email)


async def sign_in(house, password=PASSWORD, email=ANN):
    return await accounts.sign_in(house.db, ORIGIN, email=email, password=password)


async def accept(house, secret, email=ANN):
    password = await users.new_password(NEW, email=email)
    return await accounts.accept_invitation(
        house.db, Origin(), secret, password=password, full_name="Ann"
    )


async def told(house, account):
    async with house.reader() as conn:
        return [entry.action for entry in await audit.trail(conn, account_id=account.id)]


async def test_a_link_takes_the_place_of_the_password(house):
    main = await house.main()
    ann = await house.member(main, ANN, password=PASSWORD)
    session = (await sign_in(house)).session_id
    made = await recover(house)
    assert made.secret not in repr(made)
    assert (made.expires_at - house.db.now()).days == 7
    async with house.reader() as conn:
        assert await users.resume(conn, session, now=house.db.now()) is None
    with pytest.raises(Forbidden):
        await sign_in(house)
    signed_in = await accept(house, made.secret, ANN)
    assert (signed_in.seat.account.id, signed_in.seat.role) == (main.id, Role.ADMIN)
    assert (await sign_in(house, NEW)).seat.user.id == ann.id


async def test_it_is_on_record_in_every_family_of_theirs_and_in_no_other(house):
    main, other, strange = [await house.main(name) for name in ("One", "Two", "Three")]
    sub = await house.sub(other)
    await house.member(main, ANN, password=PASSWORD)
    await house.member(sub, ANN, Role.REGULAR)
    await recover(house)
    for account in (main, sub):
        assert (await told(house, account))[:2] == ["user.invited", "user.lost_password"]
    for account in (other, strange):
        assert "user.invited" not in await told(house, account)


async def test_where_somebody_is_suspended_it_is_on_record_too(house):
    main, other = await house.main("One"), await house.main("Two")
    await house.member(main, ANN, password=PASSWORD)
    await house.member(main, "bob@example.com")
    await house.member(other, ANN)
    async with house.reader() as conn:
        ann = await users.by_email(conn, ANN)
    async with house.transaction(acting_for(main)) as tx:
        await accounts.members.suspend(tx, ann.id)
    made = await recover(house)
    assert (await told(house, main))[:2] == ["user.invited", "user.lost_password"]
    assert (await accept(house, made.secret)).seat.account.id == other.id


async def test_a_newer_link_ends_the_older_one_whoever_made_it(house):
    main = await house.main()
    ann = await house.member(main, ANN, Role.REGULAR)
    async with house.transaction(acting_for(main)) as tx:
        by_admin = await accounts.members.invite(tx, ann.id)
    first, second = await recover(house), await recover(house)
    for spent in (by_admin, first.secret):
        with pytest.raises(Forbidden):
            await accept(house, spent)
    assert await accept(house, second.secret)


async def test_an_address_that_others_took_is_free_again(house):
    """They invited its owner, used the link themselves, and know the password."""
    thief, main = await house.main("Thief"), await house.main("Main")
    ann = await house.member(thief, ANN, Role.REGULAR)
    async with house.transaction(acting_for(thief)) as tx:
        link = await accounts.members.invite(tx, ann.id)
    await accept(house, link)
    with pytest.raises(Conflict):
        await house.member(main, ANN)
    await accept(house, (await recover(house)).secret)
    await house.member(main, ANN)  # the password is nobody's but theirs
    async with house.reader() as conn:
        user = await users.by_email(conn, ANN)
    assert (user.vouched_by, user.has_password) == (None, True)


async def test_the_link_stays_good_when_its_bearer_is_added_elsewhere(house):
    main, other = await house.main("One"), await house.main("Two")
    await house.member(main, ANN, password=PASSWORD)
    made = await recover(house)
    await house.member(other, ANN)
    assert (await accept(house, made.secret)).seat.account.id == main.id


async def test_the_link_outlives_an_account_that_is_closed(house):
    main = await house.main()
    subs = [await house.sub(main, name) for name in ("First", "Second")]
    for sub in subs:
        await house.member(sub, ANN, Role.REGULAR, PASSWORD)
    made = await recover(house)
    async with house.transaction(acting_for(main)) as tx:
        await families.close(tx, subs[0].id)
    assert (await accept(house, made.secret)).seat.account.id == subs[1].id


async def test_an_address_that_nobody_has_is_not_found(house):
    for address in ("nobody@example.com", "no address", "", "a\0@example.com"):
        with pytest.raises(NotFound) as caught:
            await recover(house, address)
        assert caught.value.code == "users/NOT_FOUND"


async def test_who_could_come_in_nowhere_is_refused_and_keeps_the_password(house):
    main = await house.main()
    await house.member(main, "bob@example.com")
    ann = await house.member(main, ANN, Role.REGULAR, PASSWORD)
    async with house.transaction(acting_for(main)) as tx:
        await accounts.members.suspend(tx, ann.id)
    with pytest.raises(Conflict) as caught:
        await recover(house)
    assert caught.value.code == "users/IN_NO_ACCOUNT"
    async with house.transaction(acting_for(main)) as tx:
        await accounts.members.unsuspend(tx, ann.id)
    assert await sign_in(house)


async def test_who_is_shut_out_meanwhile_does_not_come_in_by_the_link(house):
    main = await house.main()
    await house.member(main, "bob@example.com")
    ann = await house.member(main, ANN, Role.REGULAR, PASSWORD)
    made = await recover(house)
    async with house.transaction(acting_for(main)) as tx:
        await accounts.members.suspend(tx, ann.id)
    with pytest.raises(Forbidden):
        await accept(house, made.secret)


async def test_no_admin_makes_a_link_in_its_place(house):
    main = await house.main()
    ann = await house.member(main, ANN, password=PASSWORD)
    made = await recover(house)
    with pytest.raises(Conflict) as refused:
        await house.act(accounts.members.invite, ann.id, by=acting_for(main))
    assert refused.value.code == "users/INVITED_BY_OPERATOR"
    assert (await accept(house, made.secret)).seat.user.id == ann.id


async def test_whoever_is_left_without_an_account_has_no_use_of_it_later(house):
    main = await house.main()
    await house.member(main, "boss@example.com")
    ann = await house.member(main, ANN, password=PASSWORD)
    made = await recover(house)
    await house.act(accounts.members.suspend, ann.id, by=acting_for(main))
    await house.act(accounts.members.unsuspend, ann.id, by=acting_for(main))
    with pytest.raises(Forbidden):
        await accept(house, made.secret)


async def test_nobody_but_the_operator_may(house):
    main = await house.main()
    await house.member(main, ANN, password=PASSWORD)
    with pytest.raises(Forbidden) as caught:
        async with house.transaction(acting_for(main)) as tx:
            await accounts.recover(tx, ANN)
    assert caught.value.code == "auth/OPERATOR_ONLY"


async def test_of_several_at_once_one_link_is_good(house):
    main = await house.main()
    await house.member(main, ANN, password=PASSWORD)
    made = await asyncio.gather(*(recover(house) for _ in range(4)))
    async with house.reader() as conn:
        found = [await users.invited(conn, each.secret, now=house.db.now()) for each in made]
    assert len([each for each in found if each]) == 1


async def test_invitations_of_before_survive_the_upgrade(house):
    """SQLite makes the table anew."""
    main = await house.main()
    ann = await house.member(main, ANN, Role.REGULAR)
    async with house.transaction(acting_for(main)) as tx:
        link = await accounts.members.invite(tx, ann.id)
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("update alembic_version set version_num = '0004'")
        await tx.conn.exec_driver_sql("drop index ix_tokens_deleted")  # which 0006 makes
    await upgrade(house.db)
    assert (await accept(house, link)).seat.account.id == main.id
