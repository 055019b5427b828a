"""Somebody asks for a token, an admin decides, it is shown once."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from support.house import ORIGIN, House, acting_for

from keyfob import accounts, audit, families, requests, tokens
from keyfob.accounts import Account, Role
from keyfob.actors import OPERATOR, Actor
from keyfob.db.schema import sealed_tokens
from keyfob.errors import Conflict, Forbidden, Invalid, NotFound
from keyfob.requests import MOST_OPEN, State
from keyfob.users import User

pytestmark = pytest.mark.anyio

BECAUSE = "the nightly report\nneeds it"


@dataclass
class Scene:
    """Bob works in the sub account, Carol is its admin, Ann that of the main account."""

    house: House
    main: Account
    sub: Account
    bob: User
    carol: User
    ann: User

    async def as_(self, user: User, account: Account | None = None) -> Actor:
        async with self.house.reader() as conn:
            seat = await accounts.seat(conn, user.id, (account or self.sub).id)
        assert seat
        return seat.actor(ORIGIN)

    async def ask(self, name="Report", reason=BECAUSE, by=None):
        async with self.house.transaction(await self.as_(by or self.bob)) as tx:
            return await requests.make(tx, name=name, reason=reason)

    async def approve(self, request_id, name="Report", by=None, at=None):
        async with self.house.transaction(await self.as_(by or self.carol, at)) as tx:
            return await requests.approve(tx, self.house.instance, request_id, name=name)

    async def decline(self, request_id, answer="Use the shared one", by=None):
        async with self.house.transaction(await self.as_(by or self.carol)) as tx:
            await requests.decline(tx, request_id, answer=answer)

    async def withdraw(self, request_id, by=None):
        async with self.house.transaction(await self.as_(by or self.bob)) as tx:
            await requests.withdraw(tx, request_id)

    async def collect(self, request_id, actor=None):
        async with self.house.transaction(actor or await self.as_(self.bob)) as tx:
            return await requests.collect(tx, self.house.instance, request_id)

    async def mine(self):
        async with self.house.reader() as conn:
            return await requests.mine(conn, await self.as_(self.bob))

    async def waiting(self, user, account=None):
        async with self.house.reader() as conn:
            return await requests.waiting(conn, await self.as_(user, account))

    async def sealed(self, token_id):
        async with self.house.reader() as conn:
            query = select(sealed_tokens.c.sealed).where(sealed_tokens.c.token_id == token_id)
            return (await conn.execute(query)).scalar()

    async def said_of(self, request_id):
        async with self.house.reader() as conn:
            entries = await audit.trail(conn, subject=f"request:{request_id}")
        return [entry.action for entry in reversed(entries)]


@pytest.fixture
async def scene(house) -> Scene:
    return await furnish(house)


async def furnish(house) -> Scene:
    main = await house.main()
    sub = await house.sub(main, "Team Blue")
    bob = await house.member(sub, "bob@example.com", Role.REGULAR)
    carol = await house.member(sub, "carol@example.com")
    ann = await house.member(main, "ann@example.com")
    return Scene(house, main, sub, bob, carol, ann)


async def test_the_whole_story(scene, clock):
    request_id = await scene.ask()
    assert [each.name for each in (await scene.waiting(scene.carol)).requests] == ["Report"]
    clock.forward(hours=1)
    approved = await scene.approve(request_id, name="Nightly report")
    (mine,) = await scene.mine()
    assert (mine.state, mine.reason, mine.decided_by) == (
        State.APPROVED, BECAUSE, "carol@example.com",
    )  # fmt: skip
    assert (await scene.waiting(scene.carol)).total == 0
    token, value = await scene.collect(request_id)
    assert token.id == approved.token_id
    assert token.name == "Nightly report"
    assert token.description == f"Asked for by bob@example.com: {BECAUSE}"
    assert token.created_by == "carol@example.com"
    assert tokens.parse(str(value)).public_id == token.public_id
    (mine,) = await scene.mine()
    assert (mine.state, mine.collected_at) == (State.COLLECTED, clock.now)
    assert await scene.said_of(request_id) == [
        "request.made", "request.approved", "request.collected",
    ]  # fmt: skip
    async with scene.house.reader() as conn:
        of_token = await audit.trail(conn, subject=token.subject)
    assert [(each.action, each.actor_name) for each in of_token] == [
        ("token.revealed", "bob@example.com"), ("token.created", "carol@example.com"),
    ]  # fmt: skip
    assert str(value) not in repr(of_token)
    with pytest.raises(Conflict, match="there is no token to be shown"):
        await scene.collect(request_id)


async def test_only_people_who_cannot_make_tokens_ask_for_them(scene):
    with pytest.raises(Conflict, match="make tokens yourself"):
        await scene.ask(by=scene.carol)
    for actor in (acting_for(scene.sub, "account:read"), OPERATOR):
        with pytest.raises(Forbidden, match="Only people"):
            async with scene.house.transaction(actor) as tx:
                await requests.make(tx, name="x", reason="y")
    async with scene.house.reader() as conn:
        assert await requests.mine(conn, acting_for(scene.sub)) == []


@pytest.mark.parametrize(
    ("name", "reason", "field"),
    [
        ("", "because", "name"),
        ("x" * 101, "because", "name"),
        ("Report", "  \n ", "reason"),
        ("Report", "x" * 501, "reason"),
        ("Report", "a\u200bb", "reason"),
        ("Report", "kf_api_" + "a" * 65, "reason"),
    ],
)
async def test_what_cannot_be_asked(scene, name, reason, field):
    with pytest.raises(Invalid) as refused:
        await scene.ask(name, reason)
    assert refused.value.field == field
    assert await scene.mine() == []


async def test_ten_are_open_at_most_also_when_all_are_asked_at_once(scene):
    asked = [scene.ask(f"Number {number}") for number in range(MOST_OPEN + 3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in answers) == 3
    ids = [each for each in answers if not isinstance(each, BaseException)]
    assert len(ids) == MOST_OPEN
    await scene.withdraw(ids[0])
    await scene.ask("One more")


async def test_of_two_admins_who_decide_at_once_one_wins_and_the_other_is_told(scene):
    request_id = await scene.ask()
    answers = await asyncio.gather(
        scene.approve(request_id),
        scene.approve(request_id, name="Other", by=scene.ann, at=scene.main),
        scene.decline(request_id),
        return_exceptions=True,
    )
    told = [str(each) for each in answers if isinstance(each, Conflict)]
    assert len(told) == 2
    assert all('The request for "Report" was ' in each for each in told)
    assert all("already by" in each for each in told)
    assert len(await scene.said_of(request_id)) == 2


async def test_a_request_is_declined_with_a_word(scene):
    request_id = await scene.ask()
    with pytest.raises(Invalid, match="is required"):
        await scene.decline(request_id, answer=" ")
    await scene.decline(request_id)
    (mine,) = await scene.mine()
    assert (mine.state, mine.answer) == (State.DECLINED, "Use the shared one")
    with pytest.raises(Conflict, match="was declined"):
        await scene.collect(request_id)
    with pytest.raises(Conflict, match="was declined already by carol"):
        await scene.withdraw(request_id)


async def test_one_that_is_withdrawn_cannot_be_approved(scene):
    request_id = await scene.ask()
    await scene.withdraw(request_id)
    await scene.withdraw(request_id)
    assert await scene.said_of(request_id) == ["request.made", "request.withdrawn"]
    with pytest.raises(Conflict, match="was withdrawn already"):
        await scene.approve(request_id)


async def test_nobody_else_sees_withdraws_or_collects_a_request(scene):
    request_id = await scene.ask()
    dave = await scene.house.member(scene.sub, "dave@example.com", Role.REGULAR)
    with pytest.raises(NotFound):
        await scene.withdraw(request_id, by=dave)
    await scene.approve(request_id)
    for user in (dave, scene.carol, scene.ann):
        with pytest.raises(NotFound):
            await scene.collect(request_id, await scene.as_(user))
    with pytest.raises(Forbidden):
        await scene.decline(request_id, by=dave)


async def test_an_admin_of_main_decides_for_sub_accounts_and_no_other_family_does(scene):
    request_id = await scene.ask()
    of_main = await scene.waiting(scene.ann, scene.main)
    assert [each.account_name for each in of_main.requests] == ["Team Blue"]
    other = await scene.house.main("Other")
    eve = await scene.house.member(other, "eve@example.com")
    sister = await scene.house.sub(scene.main, "Sister")
    sid = await scene.house.member(sister, "sid@example.com")
    for user, account in ((eve, other), (sid, sister)):
        assert (await scene.waiting(user, account)).total == 0
        with pytest.raises(NotFound):
            await scene.approve(request_id, by=user, at=account)
    for number in (0, 2_999_999, 10**30):
        with pytest.raises(NotFound):
            await scene.approve(number)
    approved = await scene.approve(request_id, by=scene.ann, at=scene.main)
    token, _ = await scene.collect(request_id)
    assert token.account_id == scene.sub.id
    assert approved.token_id == token.id


async def test_a_taken_name_decides_nothing(scene):
    await scene.house.token(scene.sub, "Report")
    request_id = await scene.ask()
    with pytest.raises(Conflict, match='has a token named "Report" already'):
        await scene.approve(request_id)
    assert (await scene.waiting(scene.carol)).total == 1
    await scene.approve(request_id, name="Report 2")


async def suspend(scene):
    async with scene.house.transaction(await scene.as_(scene.carol)) as tx:
        await accounts.members.suspend(tx, scene.bob.id)


async def remove(scene):
    async with scene.house.transaction(await scene.as_(scene.carol)) as tx:
        await accounts.members.remove(tx, scene.bob.id, account_id=None)


@pytest.mark.parametrize("leave", [suspend, remove])
async def test_who_is_gone_collects_nothing_and_is_waited_for_no_more(scene, leave):
    request_id, other_id = await scene.ask(), await scene.ask("Other")
    bob = await scene.as_(scene.bob)
    await scene.approve(request_id)
    await leave(scene)
    with pytest.raises(Forbidden, match="any more"):
        await scene.collect(request_id, bob)
    with pytest.raises(Conflict, match="does not work in Team Blue any more"):
        await scene.approve(other_id, name="Other")
    assert (await scene.waiting(scene.carol)).total == 0


async def test_a_user_of_the_main_account_asks_where_it_is_accessible(scene):
    house = scene.house
    opened = await house.sub(scene.main, "Team Green", accessible=True)
    await house.member(scene.main, "dan@example.com", Role.REGULAR)
    scene.bob = await house.member(scene.main, "bob@example.com", Role.REGULAR)
    scene.sub = opened
    first, _ = await scene.ask(), await scene.ask("Other")
    assert (await scene.waiting(scene.ann, opened)).total == 2
    await scene.approve(first, by=scene.ann)
    token, _ = await scene.collect(first)
    assert token.account_id == opened.id
    async with house.transaction(acting_for(scene.main)) as tx:
        await accounts.members.suspend(tx, scene.bob.id)
    assert (await scene.waiting(scene.ann, opened)).total == 0


async def reveal(scene, token_id):
    async with scene.house.transaction(await scene.as_(scene.carol)) as tx:
        return (await tokens.reveal(tx, scene.house.instance, token_id))[1]


async def test_a_token_that_may_be_shown_again_stays_sealed(scene):
    request_id = await scene.ask()
    token_id = (await scene.approve(request_id)).token_id
    _, value = await scene.collect(request_id)
    assert await reveal(scene, token_id) == value


async def test_where_nothing_is_shown_again_it_is_kept_until_it_is_collected(
    database_url, tmp_path, clock
):
    house = await House.open(tmp_path / "data", database_url, clock, reveal=False)
    scene = await furnish(house)
    request_id = await scene.ask()
    token_id = (await scene.approve(request_id)).token_id
    assert await scene.sealed(token_id)
    with pytest.raises(Conflict):
        await reveal(scene, token_id)
    async with house.reader() as conn:
        token = await tokens.get(conn, OPERATOR, token_id)
    assert not token.retrievable
    await house.close()
    # The rule changes: a token that was to be shown once still is not shown to an admin.
    scene.house = await House.open(tmp_path / "data", database_url, clock)
    with pytest.raises(Conflict, match="shown once only"):
        await reveal(scene, token_id)
    await scene.collect(request_id)
    assert await scene.sealed(token_id) is None
    await scene.house.close()


async def test_the_value_goes_when_the_rule_changed_before_it_was_collected(
    database_url, tmp_path, clock
):
    house = await House.open(tmp_path / "data", database_url, clock)
    scene = await furnish(house)
    request_id = await scene.ask()
    token_id = (await scene.approve(request_id)).token_id
    await house.close()
    scene.house = await House.open(tmp_path / "data", database_url, clock, reveal=False)
    await scene.collect(request_id)
    assert await scene.sealed(token_id) is None
    await scene.house.close()


async def lapse(scene, user):
    async with scene.house.transaction(await scene.as_(user)) as tx:
        return await requests.lapse(tx)


@pytest.mark.parametrize("again", [True, False])
async def test_after_fourteen_days_it_is_too_late(scene, clock, again):
    request_id = await scene.ask()
    token_id = (await scene.approve(request_id)).token_id
    if not again:  # as where nothing is shown again
        async with scene.house.transaction() as tx:
            kept = await scene.sealed(token_id)
            await tokens.update(tx, token_id, {"retrievable": False})
            await tx.conn.execute(
                sealed_tokens.insert().values(token_id=token_id, key_id=1, sealed=kept)
            )
    clock.forward(days=14, seconds=-1)
    assert await lapse(scene, scene.bob) == 0
    clock.forward(seconds=1)
    with pytest.raises(Conflict, match="not collected in time"):
        await scene.collect(request_id)
    assert await lapse(scene, scene.carol) == 1
    assert await lapse(scene, scene.carol) == 0
    assert (await scene.mine())[0].state is State.LAPSED
    assert bool(await scene.sealed(token_id)) is again
    assert (await scene.said_of(request_id))[-1] == "request.lapsed"
    with pytest.raises(Conflict, match="not collected in time"):
        await scene.collect(request_id)


async def test_a_token_that_was_deleted_meanwhile_is_not_shown(scene):
    request_id = await scene.ask()
    token_id = (await scene.approve(request_id)).token_id
    async with scene.house.transaction() as tx:
        await tokens.revoke(tx, token_id)
    with pytest.raises(Conflict, match="was deleted since"):
        await scene.collect(request_id)


async def test_requests_go_with_their_account(scene):
    await scene.ask()
    async with scene.house.transaction(await scene.as_(scene.ann, scene.main)) as tx:
        await families.close(tx, scene.sub.id)
    assert (await scene.waiting(scene.ann, scene.main)).total == 0
