"""Authentication groups over HTTP: a row for each rule of contract 9."""

import pytest
from support.calling import error_of
from support.house import ORIGIN

from keyfob import audit, users
from keyfob.actors import visitor

pytestmark = pytest.mark.anyio

PATH = "/v1/authentication/groups"
OPS = {"group": "ops", "userRole": "USER_ROLE_ACCOUNT_ADMIN"}
DEV = {"group": "Dev team / EU", "userRole": "USER_ROLE_REGULAR"}


@pytest.fixture
async def ask(door):
    main = await door.house.main()
    _, value = await door.house.token(main)

    async def asked(method, body=None):
        more = {} if body is None else {"json": body}
        return await door.ask(method, PATH, value, **more)

    return asked


async def test_there_are_none_at_first(ask):
    answer = await ask("GET")
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("groups", [[OPS], [DEV, OPS], [OPS, DEV], []])
async def test_the_whole_set_is_replaced_and_keeps_its_order(ask, groups):
    await ask("POST", [DEV | {"group": "earlier"}])
    answer = await ask("POST", groups)
    assert (answer.status_code, answer.json()) == (200, groups)
    assert (await ask("GET")).json() == groups


async def test_the_other_word_for_an_admin(ask):
    answer = await ask("POST", [OPS | {"userRole": "USER_ROLE_ADMIN"}])
    assert answer.json() == [OPS]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([OPS | {"group": ""}], "0.group"),
        ([OPS | {"group": "  "}], "0.group"),
        ([OPS | {"group": "a\0b"}], "0.group"),
        ([OPS | {"group": "x" * 201}], "0.group"),
        ([OPS | {"group": 3}], "0.group"),
        ([{"group": "ops"}], "0.userRole"),
        ([OPS | {"userRole": "BOSS"}], "0.userRole"),
        ([OPS, OPS | {"userRole": "USER_ROLE_REGULAR"}], "1.group"),
        ({"groups": []}, "body"),
        ("ops", "body"),
        ([3], "0"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_place_and_changes_nothing(ask, body, field):
    await ask("POST", [DEV])
    answer = await ask("POST", body)
    assert answer.status_code == 400
    assert error_of(answer)["parameters"]["field"] == field
    assert (await ask("GET")).json() == [DEV]


async def test_a_change_ends_the_sessions_of_the_account_and_is_on_record(ask, door, clock):
    house = door.house
    main, other = (await house.main("Other")), (await house.main("Third"))
    _, value = await house.token(main)
    user = await house.member(main, "ann@example.com")
    sessions = [
        await house.act(users.start, user, account_id=account.id, by=visitor(ORIGIN))
        for account in (main, other)
    ]

    async def alive():
        found = [await house.read(users.resume, each, now=clock.now) for each in sessions]
        return [each is not None for each in found]

    await door.ask("POST", PATH, value, json=[])
    assert await alive() == [True, True]  # nothing changed
    await door.ask("POST", PATH, value, json=[OPS])
    assert await alive() == [False, True]
    (entry,) = await house.read(audit.trail, account_id=main.id, limit=1)
    assert entry.action == "groups.replaced"
    assert entry.changes == {"groups": ([], ["ops: USER_ROLE_ACCOUNT_ADMIN"])}


async def test_nobody_hands_out_more_than_they_hold(door):
    main = await door.house.main()
    _, part = await door.house.token(main, scopes=("users:write",))
    answer = await door.ask("POST", PATH, part, json=[OPS])
    assert (answer.status_code, error_of(answer)["errorCode"]) == (403, "auth/SCOPE_NOT_HELD")
    assert (await door.ask("POST", PATH, part, json=[DEV])).status_code == 200
