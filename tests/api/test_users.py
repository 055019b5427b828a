"""Users over HTTP: a row for each rule of contract 5."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from support.calling import error_of
from support.door import Door
from support.house import ORIGIN

from keyfob import users
from keyfob.accounts import Account, Role
from keyfob.actors import visitor

pytestmark = pytest.mark.anyio

PATH = "/v1/user-management"
ANN = {"username": "ann@example.com", "fullName": "Ann", "role": "USER_ROLE_REGULAR"}


@dataclass
class Family:
    """A main account and two below it, each with an admin of its own, asked by their tokens."""

    door: Door
    main: Account
    one: Account
    two: Account
    tokens: dict[str, str]

    async def ask(self, method: str, path: str = "", who: str = "main", **more: Any):
        return await self.door.ask(method, PATH + path, self.tokens[who], **more)

    async def make(self, who: str = "main", **more: Any) -> int:
        answer = await self.ask("POST", who=who, json=ANN | more)
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"id"}
        return answer.json()["id"]

    async def show(self, user_id: int, who: str = "main") -> dict[str, Any]:
        return (await self.ask("GET", f"/{user_id}", who)).json()


@pytest.fixture
async def family(door) -> Family:
    house = door.house
    main = await house.main()
    one, two = await house.sub(main, "One"), await house.sub(main, "Two")
    tokens = {}
    for name, account in (("main", main), ("one", one), ("two", two)):
        await house.member(account, f"{name}@example.com")
        _, tokens[name] = await house.token(account)
    return Family(door, main, one, two, tokens)


async def test_what_was_sent_reads_back(family):
    user_id = await family.make(accountID=family.one.id)
    assert await family.show(user_id) == {
        "id": user_id,
        "username": "ann@example.com",
        "fullName": "Ann",
        "accountID": family.one.id,
        "role": "USER_ROLE_REGULAR",
        "roles": [2],
        "active": True,
    }


@pytest.mark.parametrize(
    ("sent", "role", "numbers"),
    [
        ({"role": "USER_ROLE_READONLY"}, "USER_ROLE_READONLY", []),
        ({"role": "USER_ROLE_ACCOUNT_ADMIN"}, "USER_ROLE_ACCOUNT_ADMIN", [3]),
        ({"role": ["USER_ROLE_REGULAR"]}, "USER_ROLE_REGULAR", [2]),
        ({"role": None, "roles": [2]}, "USER_ROLE_REGULAR", [2]),
        ({"role": None, "roles": 3}, "USER_ROLE_ACCOUNT_ADMIN", [3]),
        ({"role": "USER_ROLE_READONLY", "roles": [3]}, "USER_ROLE_READONLY", []),
        ({"accountID": None, "x": 1}, "USER_ROLE_REGULAR", [2]),
    ],
)
async def test_a_role_in_every_spelling(family, sent, role, numbers):
    found = await family.show(await family.make(**sent))
    assert (found["role"], found["roles"]) == (role, numbers)
    assert found["accountID"] == family.main.id


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": None}, "username"),
        ({"username": "no address"}, "username"),
        ({"username": "a b@example.com"}, "username"),
        ({"username": 3}, "username"),
        ({"fullName": ""}, "fullName"),
        ({"fullName": " "}, "fullName"),
        ({"fullName": None}, "fullName"),
        ({"fullName": "a\0b"}, "fullName"),
        ({"fullName": "x" * 101}, "fullName"),
        ({"role": "USER_ROLE_BOSS"}, "role"),
        ({"role": None}, "role"),
        ({"role": 1}, "role"),
        ({"role": True}, "role"),
        ({"role": [2, 3]}, "role"),
        ({"role": None, "roles": {}}, "roles"),
        ({"accountID": "x"}, "accountID"),
        ({"accountID": 1.5}, "accountID"),
    ],
)
async def test_what_cannot_be_is_refused_by_name_and_changes_nothing(family, sent, field):
    before = await family.door.dump()
    answer = await family.ask("POST", json=ANN | sent)
    assert answer.status_code == 400
    assert error_of(answer)["parameters"]["field"] == field
    assert await family.door.dump() == before


async def test_a_member_is_a_member_once(family):
    await family.make()
    answer = await family.ask("POST", json=ANN | {"username": "Ann@Example.com"})
    body = error_of(answer)
    assert (answer.status_code, body["errorCode"], body["message"]) == (
        400, "user-management/USER_ALREADY_EXIST", "User ann@example.com already exists.",
    )  # fmt: skip
    assert body["parameters"]["username"] == "ann@example.com"


async def test_one_address_is_one_user_in_all_accounts(family):
    user_id = await family.make()
    assert await family.make(accountID=family.one.id) == user_id
    stranger = await family.door.house.main("Elsewhere")
    _, value = await family.door.house.token(stranger)
    answer = await family.door.ask("POST", PATH, value, json=ANN)
    assert answer.json() == {"id": user_id}


async def test_one_address_added_to_two_accounts_at_once_is_one_user(family):
    ids = await asyncio.gather(
        family.make(accountID=family.main.id),
        family.make(accountID=family.one.id),
        family.make(accountID=family.two.id),
    )
    assert len(set(ids)) == 1


async def test_which_account_may_be_named(family):
    stranger = await family.door.house.main("Elsewhere")
    for who, account_id in (
        ("one", family.main.id),
        ("one", family.two.id),
        ("one", 2_009_999),
        ("main", stranger.id),
        ("main", 2_009_999),
        ("main", 0),
        ("main", 2**40),
    ):
        user_id = 2_000_001
        body = ANN | {"accountID": account_id}
        for method, path, more in (
            ("POST", "", {"json": body}),
            ("GET", f"?accountId={account_id}", {}),
            ("PUT", f"/{user_id}", {"json": body}),
            ("DELETE", f"/{user_id}?accountId={account_id}", {}),
        ):
            answer = await family.ask(method, path, who, **more)
            body = error_of(answer)
            assert (answer.status_code, body["errorCode"]) == (403, "auth/OTHER_ACCOUNT"), (
                who, method, account_id,
            )  # fmt: skip


async def test_the_lists(family):
    user_id = await family.make(accountID=family.one.id)
    await family.make(accountID=family.two.id)

    async def listed(path, who="main"):
        found = (await family.ask("GET", path, who)).json()
        return [(each["username"].partition("@")[0], each["accountID"]) for each in found]

    one, two = family.one.id, family.two.id
    assert await listed("") == [("main", family.main.id)]
    assert await listed("", "one") == [("one", one), ("ann", one)]
    assert await listed(f"?accountId={one}") == [("one", one), ("ann", one)]
    assert await listed(f"?accountId={one}", "one") == [("one", one), ("ann", one)]
    assert await listed("/recursive") == [
        ("main", family.main.id), ("one", one), ("ann", one), ("two", two), ("ann", two),
    ]  # fmt: skip
    assert (await family.ask("GET", "/recursive", "one")).status_code == 403
    assert (await family.show(user_id))["accountID"] == one
    await family.make()
    assert (await family.show(user_id))["accountID"] == family.main.id
    assert (await family.show(user_id, "two"))["accountID"] == two


async def test_somebody_nobody_knows_here(family):
    stranger = await family.door.house.main("Elsewhere")
    foreign = (await family.door.house.member(stranger, "foreign@example.com")).id
    ours = (await family.show(2_000_001))["id"]
    for user_id, who in (
        (foreign, "main"), (2_000_999, "main"), (0, "main"), (2**40, "main"), (ours, "one"),
    ):  # fmt: skip
        for method, path, status in (
            ("GET", f"/{user_id}", 404),
            ("PUT", f"/{user_id}", 404),
            ("POST", f"/suspend/{user_id}", 404),
            ("POST", f"/unsuspend/{user_id}", 404),
            ("DELETE", f"/{user_id}", 401),
            ("DELETE", f"/{user_id}/recursive", 404),
            ("PUT", f"/{user_id}/suspend/recursive", 404),
            ("PUT", f"/{user_id}/unsuspend/recursive", 404),
        ):
            if who != "main" and "recursive" in path:
                continue
            more = {"json": {}} if method == "PUT" and "recursive" not in path else {}
            answer = await family.ask(method, path, who, **more)
            assert answer.status_code == status, (user_id, method, path, answer.text)
            body = error_of(answer)
            if status == 401:
                assert body["errorCode"] == "user-management/UNAUTHORIZED_TO_DELETE_USER"
                assert body["message"] == "Unauthorized to delete this user"


async def test_a_change_changes_what_is_named(family):
    user_id = await family.make(accountID=family.one.id)
    where = {"accountID": str(family.one.id)}
    for sent, changed in (
        ({}, {}),
        ({"username": "else@example.com"}, {}),
        ({"fullName": "Ann B"}, {"fullName": "Ann B"}),
        ({"roles": 3}, {"role": "USER_ROLE_ACCOUNT_ADMIN", "roles": [3]}),
        ({"role": "USER_ROLE_READONLY"}, {"role": "USER_ROLE_READONLY", "roles": []}),
        ({"role": None, "roles": None, "fullName": None}, {}),
    ):
        expected = await family.show(user_id) | changed
        answer = await family.ask("PUT", f"/{user_id}", json=sent | where)
        assert (answer.status_code, answer.json()) == (200, {"id": user_id})
        assert await family.show(user_id) == expected
    answer = await family.ask("PUT", f"/{user_id}", json={"fullName": "x"})
    assert (answer.status_code, error_of(answer)["parameters"]["field"]) == (400, "accountID")
    answer = await family.ask("PUT", f"/{user_id}", json=where | {"fullName": " "})
    assert (answer.status_code, error_of(answer)["parameters"]["field"]) == (400, "fullName")


async def test_an_account_keeps_an_admin(family):
    boss = (await family.ask("GET", "", "one")).json()[0]["id"]
    await family.make(accountID=family.one.id)
    for method, path, more in (
        ("PUT", f"/{boss}", {"json": {"role": "USER_ROLE_REGULAR"}}),
        ("DELETE", f"/{boss}", {}),
        ("POST", f"/suspend/{boss}", {}),
    ):
        answer = await family.ask(method, path, "one", **more)
        assert answer.status_code == 400
        assert error_of(answer)["errorCode"] == "user-management/LAST_ONE"
        assert "the last admin" in error_of(answer)["message"]
    await family.make(username="second@example.com", role=3, accountID=family.one.id)
    assert (await family.ask("DELETE", f"/{boss}", "one")).status_code == 200


async def test_an_account_keeps_its_last_user(door):
    main = await door.house.main()
    _, value = await door.house.token(main)
    user = await door.house.member(main, "only@example.com", Role.REGULAR)
    for method, path in (("DELETE", f"/{user.id}"), ("POST", f"/suspend/{user.id}")):
        answer = await door.ask(method, PATH + path, value)
        assert answer.status_code == 400
        assert "the last user" in error_of(answer)["message"]


@pytest.mark.parametrize("method", ["suspend", "delete", "demote"])
async def test_two_at_once_cannot_both_take_the_last_admins_away(family, method):
    house = family.door.house
    one = (await family.ask("GET", "", "one")).json()[0]["id"]
    two = (await house.member(family.one, "second@example.com")).id
    calls = {
        "suspend": lambda user: family.ask("POST", f"/suspend/{user}", "one"),
        "delete": lambda user: family.ask("DELETE", f"/{user}", "one"),
        "demote": lambda user: family.ask("PUT", f"/{user}", "one", json={"roles": [2]}),
    }
    answers = await asyncio.gather(calls[method](one), calls[method](two))
    assert sorted(answer.status_code for answer in answers) == [200, 400]


async def test_who_is_removed_without_a_named_account(family):
    both = await family.make(accountID=family.one.id)
    await family.make(accountID=family.two.id)
    answer = await family.ask("DELETE", f"/{both}")
    assert (answer.status_code, error_of(answer)["parameters"]["field"]) == (400, "accountId")
    answer = await family.ask("DELETE", f"/{both}?accountId={family.one.id}")
    assert (answer.status_code, answer.json()) == (200, {})
    assert (await family.ask("DELETE", f"/{both}?accountId={family.one.id}")).status_code == 401
    assert (await family.ask("DELETE", f"/{both}")).status_code == 200
    assert (await family.ask("GET", f"/{both}")).status_code == 404


async def test_somebody_suspended_is_locked_out_and_can_come_back(family, clock):
    house = family.door.house
    user_id = await family.make(accountID=family.one.id)
    user = await house.read(users.by_id, users.UserId(user_id))
    session = await house.act(users.start, user, account_id=family.one.id, by=visitor(ORIGIN))
    for path, active in (
        (f"/suspend/{user_id}", False), (f"/suspend/{user_id}", False),
        (f"/unsuspend/{user_id}", True), (f"/unsuspend/{user_id}", True),
    ):  # fmt: skip
        answer = await family.ask("POST", path)
        assert (answer.status_code, answer.json()) == (200, {})
        assert (await family.show(user_id))["active"] is active
    assert await house.read(users.resume, session, now=clock.now) is None
    assert (await family.ask("GET", "", "one")).status_code == 200  # the tokens go on


async def test_everywhere_but_where_somebody_is_needed(family):
    user_id = await family.make(accountID=family.one.id)
    await family.make(accountID=family.two.id)
    await family.make()
    path = f"/{user_id}/suspend/recursive"
    told = f"Finished suspending user {user_id} from accounts."
    for _ in range(2):
        answer = await family.ask("PUT", path)
        assert (answer.status_code, answer.json()) == (200, {"message": told})
    found = (await family.ask("GET", "/recursive")).json()
    assert {each["active"] for each in found if each["id"] == user_id} == {False}
    answer = await family.ask("PUT", f"/{user_id}/unsuspend/recursive")
    assert answer.json() == {"message": f"Finished unsuspending user {user_id} from accounts."}
    found = (await family.ask("GET", "/recursive")).json()
    assert {each["active"] for each in found if each["id"] == user_id} == {True}
    answer = await family.ask("DELETE", f"/{user_id}/recursive")
    assert answer.json() == {"message": f"Finished deleting user {user_id} from accounts."}
    assert (await family.ask("GET", f"/{user_id}")).status_code == 404


async def test_accounts_that_need_somebody_are_told(family):
    boss = (await family.ask("GET", "", "one")).json()[0]["id"]
    await family.make(username="one@example.com", accountID=family.two.id)
    for method, path, doing in (
        ("PUT", f"/{boss}/suspend/recursive", "suspending"),
        ("DELETE", f"/{boss}/recursive", "deleting"),
    ):
        message = (await family.ask(method, path)).json()["message"]
        assert message == (
            f"Finished {doing} user {boss} from accounts. "
            f"Skipped, since they need this user: {family.one.id}."
        )
    assert (await family.show(boss))["accountID"] == family.one.id


async def test_nobody_hands_out_more_than_they_hold(family):
    house = family.door.house
    _, part = await house.token(family.main, "Users only", scopes=("users:read", "users:write"))
    family.tokens["part"] = str(part)
    user_id = await family.make("part")
    admin = await family.make(username="second@example.com", role=3)
    await family.ask("POST", f"/suspend/{admin}")
    for method, path, more in (
        ("POST", "", {"json": ANN | {"username": "b@example.com", "role": 3}}),
        ("PUT", f"/{user_id}", {"json": {"role": 3}}),
        ("POST", f"/unsuspend/{admin}", {}),
        ("PUT", f"/{admin}/unsuspend/recursive", {}),
    ):
        answer = await family.ask(method, path, "part", **more)
        assert (answer.status_code, error_of(answer)["errorCode"]) == (403, "auth/SCOPE_NOT_HELD")
