"""The audit trail as the account API shows it (contract 10)."""

from typing import Any

import pytest
from support.calling import error_of
from support.door import Door
from support.house import ORIGIN, acting_for

from keyfob import accounts, tokens, users
from keyfob.accounts import Account
from keyfob.actors import visitor
from keyfob.db import milliseconds
from keyfob.errors import Forbidden

pytestmark = pytest.mark.anyio

TRAIL = "/v1/audit-trail"
OPERATOR_USER = {"id": 0, "fullName": "operator", "deleted": False, "userToken": False}


class Asking:
    """A main account, and what its token is answered."""

    def __init__(self, door: Door, main: Account, token_id: int, value: str) -> None:
        self.door, self.main, self.token_id, self.value = door, main, token_id, value

    async def found(self, query: Any = None, value: str | None = None) -> dict[str, Any]:
        answer = await self.door.ask("POST", TRAIL, value or self.value, json=query or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def titles(self, query: Any = None, value: str | None = None) -> list[str]:
        results = (await self.found(query, value))["results"]
        return [each["auditEventTypeTitle"] for each in results]


@pytest.fixture
async def asking(door, clock) -> Asking:
    """One entry a minute: the account, its default token, the asking token."""
    main = await door.house.main()
    clock.forward(minutes=1)
    token, value = await door.house.token(main, "Asking")
    clock.forward(minutes=1)
    return Asking(door, main, token.id, str(value))


async def test_an_entry_says_who_what_when_from_where_and_what_changed(asking, clock):
    answer = await asking.door.ask(
        "POST", "/v1/api-tokens", asking.value, json={"name": "New", "tags": ["a", "b"]}
    )
    found = await asking.found({"auditEventType": "CREATE_TOKEN", "sortDescending": True})
    entry = found["results"][0]
    changes = entry.pop("extraDataList")
    assert entry == {
        "auditEventUser": {
            "id": asking.token_id, "fullName": "Asking", "deleted": False, "userToken": True,
        },
        "date": milliseconds(clock.now),
        "auditEventTypeTitle": "User created a token",
        "ip": "203.0.113.7",
        "geoLocation": None,
        "valid": True,
    }  # fmt: skip
    assert changes[0] == {"fieldName": "token", "oldValue": "New", "newValue": "New"}
    told = {each["fieldName"]: (each["oldValue"], each["newValue"]) for each in changes[1:]}
    assert told["name"] == ("", "New")
    assert told["tags"] == ("", '["a", "b"]')
    assert told["retrievable"] == ("", "true")
    assert told["expires_at"] == ("", "")
    await asking.door.ask(
        "PATCH", f"/v1/api-tokens/{answer.json()['id']}", asking.value,
        json={"enabled": False, "expiresAt": 2_000_000_000},
    )  # fmt: skip
    found = await asking.found({"auditEventType": "User updated a token"})
    told = {
        each["fieldName"]: (each["oldValue"], each["newValue"])
        for each in found["results"][0]["extraDataList"]
    }
    assert told == {
        "token": ("New", "New"), "enabled": ("true", "false"), "expires_at": ("", "2000000000"),
    }  # fmt: skip


async def test_without_a_body_it_is_the_whole_trail_from_the_oldest_on(asking):
    for content in (b"", b"{}", b"null"):
        answer = await asking.door.ask("POST", TRAIL + "/", asking.value, content=content)
        found = answer.json()
        assert (found["pageSize"], found["from"], found["total"]) == (500, 0, 3)
        assert (found["auditEventUsersList"], found["auditEventTypesList"]) == ([], [])
        assert [each["auditEventTypeTitle"] for each in found["results"]] == [
            "Created the main account", "User created a token", "User created a token",
        ]  # fmt: skip
        assert found["results"][0]["auditEventUser"] == OPERATOR_USER
        assert found["results"][0]["ip"] is None
        dates = [each["date"] for each in found["results"]]
        assert dates == sorted(dates)


async def test_nulls_are_as_if_they_were_not_there(asking):
    names = ("size", "from", "auditEventUser", "auditEventType", "fromDate", "toDate",
             "sortDescending", "includeFiltersData")  # fmt: skip
    assert await asking.found(dict.fromkeys(names)) == await asking.found()
    assert await asking.found({"auditEventUser": {"id": None}}) == await asking.found()


async def test_numbers_and_booleans_may_be_text_and_what_is_unknown_is_ignored(asking):
    plain = await asking.found({"size": 2, "from": 1, "sortDescending": True})
    texts = {"size": "2", "from": 1.0, "sortDescending": "true", "includeFiltersData": "", "a": 1}
    assert await asking.found(texts) == plain
    assert await asking.found({"sortDescending": ""}) == await asking.found()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"size": 501}, "size"),
        ({"size": -1}, "size"),
        ({"size": 1.5}, "size"),
        ({"size": "many"}, "size"),
        ({"size": True}, "size"),
        ({"from": -1}, "from"),
        ({"from": 2**31}, "from"),
        ({"auditEventUser": 3}, "auditEventUser"),
        ({"auditEventUser": {"id": "x"}}, "auditEventUser.id"),
        ({"auditEventUser": {"id": 2**31}}, "auditEventUser.id"),
        ({"auditEventUser": {"userToken": "yes"}}, "auditEventUser.userToken"),
        ({"auditEventType": 3}, "auditEventType"),
        ({"fromDate": -1}, "fromDate"),
        ({"toDate": 10**30}, "toDate"),
        ({"toDate": "2030-01-01"}, "toDate"),
        ({"sortDescending": 1}, "sortDescending"),
        ({"includeFiltersData": "no"}, "includeFiltersData"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(asking, query, field):
    answer = await asking.door.ask("POST", TRAIL, asking.value, json=query)
    assert answer.status_code == 400
    assert error_of(answer)["parameters"]["field"] == field


async def test_pages_hold_together_and_one_past_the_end_is_empty(asking, clock):
    for number in range(5):
        await asking.door.house.token(asking.main, f"Token {number}")
    whole = (await asking.found())["results"]
    assert len(whole) == 8
    paged = []
    for start in range(0, 10, 3):
        page = await asking.found({"size": 3, "from": start})
        assert (page["pageSize"], page["from"], page["total"]) == (3, start, 8)
        paged += page["results"]
    assert paged == whole
    assert (await asking.found({"sortDescending": True}))["results"] == whole[::-1]
    for query in ({"size": 0}, {"from": 8}, {"from": 2**31 - 1}):
        page = await asking.found(query)
        assert (page["results"], page["total"]) == ([], 8)


async def test_it_can_be_of_one_time(asking, clock):
    entries = (await asking.found())["results"]
    first, last = entries[0]["date"], entries[-1]["date"]
    assert last - first == 60_000
    for query, count in (
        ({"fromDate": last}, 1),
        ({"fromDate": last + 1}, 0),
        ({"toDate": first}, 2),
        ({"toDate": str(last - 1)}, 2),
        ({"fromDate": first, "toDate": last}, 3),
        ({"fromDate": last, "toDate": first}, 0),
    ):
        assert (await asking.found(query))["total"] == count, query


async def test_it_can_be_of_one_type_by_code_or_title(asking):
    for name in ("User created a token", "CREATE_TOKEN"):
        found = await asking.found({"auditEventType": name})
        assert found["total"] == 2
    assert (await asking.found({"auditEventType": "Created the main account"}))["total"] == 1
    assert (await asking.found({"auditEventType": "Admin created a sub account"}))["total"] == 0
    assert (await asking.found({"auditEventType": "Nothing like it"}))["total"] == 0
    assert (await asking.found({"auditEventType": ""}))["total"] == 3


async def test_it_can_be_of_one_user_or_token(asking):
    """Their ids overlap: the first user and the first token are both 2000001."""
    house = asking.door.house
    ann = await house.member(asking.main, "ann@example.com")
    assert ann.id == 2_000_001
    seat = await house.read(accounts.seat, ann.id, asking.main.id)
    by_ann = seat.actor(ORIGIN)
    session_id = await house.act(users.start, ann, account_id=asking.main.id, by=visitor(ORIGIN))

    async def sign_out(tx):
        await users.end(tx, await users.resume(tx.conn, session_id, now=tx.now))

    await house.act(sign_out, by=by_ann)
    await house.token(asking.main, "By Ann", by_ann)
    await house.token(asking.main, "By a token", acting_for(asking.main))
    query = {"auditEventUser": {"id": ann.id, "fullName": "whatever", "deleted": True}}
    assert await asking.titles(query) == ["Logout", "User created a token"]
    assert await asking.titles({"auditEventUser": {"id": ann.id, "userToken": True}}) == []
    query = {"auditEventUser": {"id": "2999999", "userToken": True}}
    assert await asking.titles(query) == ["User created a token"]
    assert await asking.titles({"auditEventUser": {"id": 2_999_998}}) == []
    query = {"auditEventUser": {"userToken": True}}
    assert await asking.titles(query) == ["User created a token"]
    assert (await asking.found({"auditEventUser": {"id": 0}}))["total"] == 6
    entry = (await asking.found({"auditEventType": "Logout"}))["results"][0]
    assert entry["auditEventUser"] == {
        "id": ann.id, "fullName": ann.full_name, "deleted": False, "userToken": False,
    }  # fmt: skip


async def test_whoever_is_no_more_is_marked_and_a_renamed_one_has_the_name_of_today(asking):
    house = asking.door.house
    gone, gone_value = await house.token(asking.main, "Gone")
    renamed, renamed_value = await house.token(asking.main, "Old name")
    ann = await house.member(asking.main, "ann@example.com")
    seat = await house.read(accounts.seat, ann.id, asking.main.id)
    await house.token(asking.main, "By Ann", seat.actor(ORIGIN))
    await house.token(asking.main, "By one that never was", acting_for(asking.main))
    for value in (gone_value, renamed_value):
        body = {"name": f"Made by {value[:23]}"}
        await asking.door.ask("POST", "/v1/api-tokens", value, json=body)
    await house.act(tokens.revoke, gone.id)
    await house.act(tokens.update, renamed.id, {"name": "New name"})
    await house.sql("DELETE FROM memberships")
    found = await asking.found({"includeFiltersData": True})
    told = {
        (who["id"], who["userToken"]): (who["fullName"], who["deleted"])
        for who in found["auditEventUsersList"]
    }
    assert told == {
        (0, False): ("operator", False),
        (gone.id, True): ("Gone", True),
        (renamed.id, True): ("New name", False),
        (ann.id, False): (ann.full_name, True),
        (2_999_999, True): ("the test's token", True),
    }
    names = [who["fullName"] for who in found["auditEventUsersList"]]
    assert names == sorted(names)
    for entry in found["results"]:
        assert entry["auditEventUser"] in found["auditEventUsersList"]


async def test_the_filters_data_is_of_the_whole_trail_whatever_was_asked(asking):
    found = await asking.found({"includeFiltersData": "true", "size": 1, "toDate": 0})
    assert found["results"] == []
    assert found["auditEventUsersList"] == [OPERATOR_USER]
    assert found["auditEventTypesList"] == [
        {"auditEventType": "CREATE_MAIN_ACCOUNT",
         "auditEventTypeTitle": "Created the main account"},
        {"auditEventType": "CREATE_TOKEN", "auditEventTypeTitle": "User created a token"},
    ]  # fmt: skip


async def test_somebody_who_tried_to_sign_in_is_nobody(asking):
    house = asking.door.house
    await house.member(asking.main, "ann@example.com", password="correct horse battery staple")

    async def try_it(house):
        with pytest.raises(Forbidden):
            await accounts.sign_in(house.db, ORIGIN, email="ann@example.com", password="wrong")

    await asking.door.inside(try_it)
    entry = (await asking.found({"auditEventType": "Failed login"}))["results"][0]
    assert entry["auditEventUser"] == OPERATOR_USER | {"fullName": "visitor"}
    assert entry["ip"] == ORIGIN.ip
    assert entry["extraDataList"][0]["newValue"] == "ann@example.com"


async def test_an_account_reads_its_own_trail_alone(asking):
    house = asking.door.house
    other = await house.main("Other")
    sub = await house.sub(asking.main)
    _, of_sub = await house.token(sub, "Of the sub account")
    _, of_other = await house.token(other, "Of the other")
    assert await asking.titles({}, of_sub) == ["User created a token"] * 2
    assert (
        await asking.titles({}, of_other)
        == ["Created the main account"] + ["User created a token"] * 2
    )
    assert "Admin created a sub account" in await asking.titles()
    text = str(await asking.found())
    assert "Of the sub account" not in text
    assert "Of the other" not in text


async def test_what_a_closed_account_leaves_is_in_its_main_accounts_trail(asking):
    house = asking.door.house
    other = await house.main("Other")
    sub = await house.sub(asking.main, "Doomed")
    await house.token(sub, "Of the doomed account")
    _, of_other = await house.token(other)
    before = (await asking.found())["total"]
    path = f"/v1/account-management/time-based-accounts/{sub.id}"
    assert (await asking.door.ask("DELETE", path, asking.value)).status_code == 204
    found = await asking.found()
    assert found["total"] == before + 3
    assert found["results"][-1]["auditEventTypeTitle"] == "Admin deleted a sub account"
    assert "Of the doomed account" in str(found)
    assert "Of the doomed account" not in str(await asking.found({}, str(of_other)))


async def test_the_event_types_are_told_once_each_whatever_is_sent_along(asking):
    await asking.door.house.sub(asking.main)
    expected = ["Admin created a sub account", "Created the main account", "User created a token"]
    for sent in (
        {}, {"content": b""}, {"json": {"size": 1}}, {"content": b"{"}, {"content": b"x" * 100_000},
        {"content": b"x", "headers": {"Content-Type": "text/plain"}},
    ):  # fmt: skip
        answer = await asking.door.ask("POST", f"{TRAIL}/event-types", asking.value, **sent)
        assert answer.status_code == 200
        assert answer.json() == {"eventTypes": expected}


async def test_it_needs_the_scope_to_read_it(asking):
    _, value = await asking.door.house.token(asking.main, "Narrow", scopes=("account:read",))
    for path in (TRAIL, f"{TRAIL}/event-types"):
        answer = await asking.door.ask("POST", path, value)
        assert error_of(answer)["parameters"] == {"scope": "audit:read"}
    _, value = await asking.door.house.token(asking.main, "Reader", scopes=("audit:read",))
    assert (await asking.door.ask("POST", TRAIL, value)).status_code == 200


async def test_a_read_shows_what_was_just_written_and_nothing_of_it_is_secret(asking):
    answer = await asking.door.ask("POST", "/v1/api-tokens", asking.value, json={"name": "Secret"})
    found = await asking.door.ask("POST", TRAIL, asking.value, json={"sortDescending": True})
    assert found.json()["results"][0]["extraDataList"][0]["newValue"] == "Secret"
    assert answer.json()["token"][23:-6] not in found.text
