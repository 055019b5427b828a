"""A sub account is closed while a request is under way in it: a clear answer, nothing half done."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select
from support.house import ORIGIN, House, acting_for

from keyfob import accounts, families, markers, requests, tokens, users
from keyfob.accounts import Account, Role, Seat
from keyfob.accounts.groups import Group
from keyfob.actors import OPERATOR, Actor
from keyfob.db import Transaction, schema
from keyfob.errors import Forbidden, NotFound
from keyfob.tokens import Draft, FiltersOperator, shared, shipping
from keyfob.users import Session

pytestmark = pytest.mark.anyio

CAROL = "carol@example.com"
PASSWORD = "a sentence of my own"
KEPT = {"audit_entries", "closed_accounts"}  # what stays of an account that is closed


@dataclass
class Scene:
    """Carol asks for a token in the sub account, and works in another one, too."""

    house: House
    main: Account
    sub: Account
    seat: Seat
    session: Session

    def actor(self, who: str) -> Actor:
        return {
            "main": acting_for(self.main),
            "sub": acting_for(self.sub),
            "carol": self.seat.actor(ORIGIN),
            "operator": OPERATOR,
        }[who]


@pytest.fixture
async def scene(house):
    main = await house.main()
    sub = await house.sub(main)
    carol = await house.member(sub, CAROL, Role.REGULAR)
    await house.member(sub, "dave@example.com")
    await house.member(await house.sub(main, "Other"), CAROL, Role.REGULAR)
    async with house.reader() as conn:
        seat = await accounts.seat(conn, carol.id, sub.id)
    async with house.transaction(seat.actor(ORIGIN)) as tx:
        session_id = await users.start(tx, carol, account_id=main.id)
    async with house.reader() as conn:
        session = await users.resume(conn, session_id, now=house.db.now())
    return Scene(house, main, sub, seat, session)


async def make_token(scene: Scene, tx: Transaction) -> Any:
    draft = Draft(name="Late", retrievable=True)
    await tokens.create(tx, scene.house.instance, draft, account_id=scene.sub.id)


async def make_token_for_sub(scene: Scene, tx: Transaction) -> Any:
    await tokens.create_for_sub_account(
        tx, scene.house.instance, Draft(name="Late"), account_id=scene.sub.id
    )


async def make_token_to_hand_over(scene: Scene, tx: Transaction) -> Any:
    await tokens.create_to_hand_over(
        tx, scene.house.instance, Draft(name="Late", retrievable=False), account_id=scene.sub.id
    )


async def make_shipping_token(scene: Scene, tx: Transaction) -> Any:
    await shipping.create(tx, scene.house.instance, name="Late", enabled=True)


async def make_shared_token(scene: Scene, tx: Transaction) -> Any:
    await shared.create(
        tx, scene.house.instance, name="Late", filters=(), operator=FiltersOperator.AND
    )


async def make_filter(_: Scene, tx: Transaction) -> Any:
    await shared.create_filter(tx, field="a", value="b", description="Late")


async def mark(_: Scene, tx: Transaction) -> Any:
    await markers.create(tx, [markers.Draft(title="Late", description="Late")])


async def replace_groups(_: Scene, tx: Transaction) -> Any:
    await accounts.groups.replace(tx, [Group(name="Late", role=Role.REGULAR)])


async def add_group(_: Scene, tx: Transaction) -> Any:
    await accounts.groups.add(tx, Group(name="Late", role=Role.REGULAR))


async def ask_for_token(_: Scene, tx: Transaction) -> Any:
    await requests.make(tx, name="Late", reason="Late")


async def add_user(scene: Scene, tx: Transaction) -> Any:
    email = "late@example.com"
    await accounts.members.create(
        tx, email=email, full_name="Late", role=Role.REGULAR, account_id=scene.sub.id
    )


async def add_known_user(scene: Scene, tx: Transaction) -> Any:
    await accounts.add_member(tx, scene.sub, email="late@example.com", role=Role.ADMIN)


async def invite(scene: Scene, tx: Transaction) -> Any:
    await accounts.members.invite(tx, scene.seat.user.id)


async def start_session(scene: Scene, tx: Transaction) -> Any:
    await users.start(tx, scene.seat.user, account_id=scene.sub.id)


async def enter(scene: Scene, tx: Transaction) -> Any:
    await users.enter(tx, scene.session, account_id=scene.sub.id)


GONE = {NotFound}
SHUT = {NotFound, Forbidden}  # whoever speaks for it alone is refused like a token of it
RACES = [
    (make_token, "sub", GONE),
    (make_token, "main", GONE),
    (make_token, "operator", GONE),
    (make_token_for_sub, "main", GONE),
    (make_token_to_hand_over, "sub", GONE),
    (make_shipping_token, "sub", SHUT),
    (make_shared_token, "sub", SHUT),
    (make_filter, "sub", SHUT),
    (mark, "sub", GONE),
    (replace_groups, "sub", GONE),
    (add_group, "sub", GONE),
    (ask_for_token, "carol", GONE),
    (add_user, "main", SHUT),
    (add_user, "sub", SHUT),
    (add_known_user, "operator", GONE),
    (invite, "sub", GONE),
    (start_session, "carol", GONE),
    (enter, "carol", GONE),
]


async def close_under(scene: Scene, *under_way: Any) -> list[Any]:
    """What becomes of what was asked while the account was being closed, but was there still."""
    async with scene.house.transaction(acting_for(scene.main)) as tx:
        await families.close(tx, scene.sub.id)
        tasks = [asyncio.create_task(each) for each in under_way]
        await asyncio.sleep(0.1)  # they look at the account, and wait for its row
    return await asyncio.gather(*tasks, return_exceptions=True)


async def left_of(scene: Scene) -> dict[str, int]:
    """How many rows of each table speak of the account."""
    left = {}
    async with scene.house.reader() as conn:
        for name, table in schema.metadata.tables.items():
            if "account_id" in table.c:
                query = select(func.count()).where(table.c.account_id == scene.sub.id)
                left[name] = (await conn.execute(query)).scalar_one()
        left["users"] = (
            await conn.execute(select(func.count()).select_from(schema.users))
        ).scalar_one()
    return left


@pytest.mark.parametrize(
    ("act", "who", "refusals"), RACES, ids=[f"{act.__name__} by {who}" for act, who, _ in RACES]
)
async def test_what_comes_too_late_is_told_so_and_leaves_nothing(scene, act, who, refusals):
    before = await left_of(scene)

    async def attempt():
        async with scene.house.transaction(scene.actor(who)) as tx:
            await act(scene, tx)

    (error,) = await close_under(scene, attempt())
    assert type(error) in refusals, repr(error)
    if isinstance(error, NotFound):
        assert error.code in {"accounts/NOT_FOUND", "user-management/USER_NOT_FOUND"}
    after = await left_of(scene)
    assert after.pop("users") == before["users"]
    assert after.pop("audit_entries") == before["audit_entries"]
    assert {name for name, rows in after.items() if rows} <= KEPT


async def test_who_signs_in_begins_in_what_is_left_to_them(scene):
    new = await users.new_password(PASSWORD, email=CAROL)
    async with scene.house.transaction(scene.seat.actor(ORIGIN)) as tx:
        await users.set_password(tx, scene.seat.user, new)
    attempt = accounts.sign_in(scene.house.db, ORIGIN, email=CAROL, password=PASSWORD)
    (signed_in,) = await close_under(scene, attempt)
    assert signed_in.seat.account.name == "Other"


async def test_of_many_at_once_each_is_told(scene):
    async def attempt(number):
        async with scene.house.transaction(scene.actor("sub")) as tx:
            draft = Draft(name=f"Late {number}")
            await tokens.create(tx, scene.house.instance, draft, account_id=scene.sub.id)

    errors = await close_under(scene, *(attempt(number) for number in range(5)))
    assert {type(error) for error in errors} == {NotFound}


async def test_signing_in_and_being_suspended_at_once_end_nothing_halfway(house):
    """On PostgreSQL the two once waited for one another, and one was ended with an error."""
    main = await house.main()
    await house.member(main, "boss@example.com")
    ann = await house.member(main, "ann@example.com", password=PASSWORD)

    async def come_in() -> None:
        with suppress(Forbidden):
            await accounts.sign_in(house.db, ORIGIN, email="ann@example.com", password=PASSWORD)

    async def switch() -> None:
        await house.act(accounts.members.suspend, ann.id, by=acting_for(main))
        await house.act(accounts.members.unsuspend, ann.id, by=acting_for(main))

    for _ in range(4):
        await asyncio.gather(come_in(), switch(), come_in())
