"""Log shipping tokens over HTTP: a row for each row of contract 6."""

from dataclasses import dataclass
from typing import Any

import pytest
from support.calling import error_of
from support.door import Door
from support.house import ORIGIN

from keyfob.accounts import Account, Role, Seat

pytestmark = pytest.mark.anyio

PATH = "/v1/log-shipping/tokens"
ADMIN = "admin@example.com"
MISREAD = ("failed with", "status code", "missing log shipping")


@dataclass
class Asking:
    """As the token of a main account whose plan has three data-shipping tokens, made by ADMIN."""

    door: Door
    main: Account
    value: str

    async def __call__(self, method: str, path: str = "", **more: Any):
        return await self.door.ask(method, PATH + path, self.value, **more)

    async def make(self, name: str = "Second", **more: Any) -> dict[str, Any]:
        answer = await self("POST", json={"name": name} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def names(self, **search: Any) -> list[str]:
        answer = await self("POST", "/search", json=search)
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["results"]]


@pytest.fixture
async def ask(door):
    house = door.house
    main = await house.main("Main", max_shipping_tokens=3)
    user = await house.member(main, ADMIN)
    admin = Seat(user=user, account=main, role=Role.ADMIN).actor(ORIGIN)
    _, value = await house.token(main, "Caller", admin)
    return Asking(door, main, str(value))


FIELDS = {"name", "id", "token", "updatedAt", "updatedBy", "createdAt", "createdBy", "enabled"}


async def test_what_was_made_reads_back(ask, clock):
    made = await ask.make()
    now = int(clock.now.timestamp())
    assert made == {
        "name": "Second",
        "id": made["id"],
        "token": made["token"],
        "updatedAt": now,
        "updatedBy": ADMIN,
        "createdAt": now,
        "createdBy": ADMIN,
        "enabled": True,
    }
    assert all(type(made[name]) is int for name in ("id", "createdAt", "updatedAt"))
    assert made["token"].startswith("kf_ship_")
    assert (await ask("GET", f"/{made['id']}")).json() == made
    found = (await ask("POST", "/search")).json()
    assert found["results"][1] == made
    assert found["results"][0].keys() == FIELDS


MADE: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"enabled": None}, True),
    ({"enabled": ""}, True),
    ({"enabled": True}, True),
    ({"enabled": "true"}, True),
    ({"enabled": False}, False),
    ({"enabled": "false"}, False),
    ({"id": 5, "token": "x", "unknown": {"a": []}}, True),
]


@pytest.mark.parametrize(("sent", "enabled"), MADE)
async def test_enabled_may_be_text_or_left_out(ask, sent, enabled):
    assert (await ask.make(**sent))["enabled"] is enabled


BAD_NEW: list[tuple[dict[str, Any], str]] = [
    ({}, "name"),
    *[({"name": name}, "name") for name in ("", "  ", None, 3, ["x"], "x" * 101, "a\0", "default")],
    *[({"name": "x", "enabled": it}, "enabled") for it in ("yes", "True", 1, 0, [], {})],
]


@pytest.mark.parametrize(("sent", "field"), BAD_NEW)
async def test_a_bad_new_one_is_a_400_that_names_the_field(ask, sent, field):
    before = await ask.door.dump()
    answer = await ask("POST", json=sent)
    assert answer.status_code == 400
    assert error_of(answer)["parameters"]["field"] == field
    assert await ask.door.dump() == before


async def test_a_name_that_is_taken_is_a_400_here(ask):
    answer = await ask("POST", json={"name": "DEFAULT"})
    body = error_of(answer)
    assert (answer.status_code, body["errorCode"]) == (400, "tokens/NAME_TAKEN")
    assert body["message"].startswith("The account has a token named")
    made = await ask.make()
    answer = await ask("PUT", f"/{made['id']}", json={"name": "default"})
    assert (answer.status_code, error_of(answer)["errorCode"]) == (400, "tokens/NAME_TAKEN")


CHANGED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"name": None, "enabled": ""}, {}),
    ({"name": "Second", "enabled": "true"}, {}),
    ({"name": "Else"}, {"name": "Else"}),
    ({"enabled": "false"}, {"enabled": False}),
    ({"enabled": False, "name": "Else"}, {"name": "Else", "enabled": False}),
    ({"unknown": 1, "createdAt": 5}, {}),
]


@pytest.mark.parametrize(("sent", "told"), CHANGED)
async def test_a_put_changes_what_it_names(ask, clock, sent, told):
    made = await ask.make()
    clock.forward(seconds=5)
    answer = await ask("PUT", f"/{made['id']}", json=sent)
    assert answer.status_code == 200, answer.text
    if told:
        told = told | {"updatedAt": made["updatedAt"] + 5}
    assert answer.json() == made | told
    assert (await ask("GET", f"/{made['id']}")).json() == made | told


BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    *[({"name": name}, "name") for name in ("", " ", 3, "x" * 101)],
    *[({"enabled": it}, "enabled") for it in ("no", 1, [])],
]


@pytest.mark.parametrize(("sent", "field"), BAD_CHANGES)
async def test_a_bad_change_is_a_400_that_names_the_field(ask, sent, field):
    made = await ask.make()
    before = await ask.door.dump()
    answer = await ask("PUT", f"/{made['id']}", json=sent)
    assert answer.status_code == 400
    assert error_of(answer)["parameters"]["field"] == field
    assert await ask.door.dump() == before


async def test_the_limit_counts_enabled_ones_only(ask):
    assert (await ask("GET", "/limits")).json() == {"maxAllowedTokens": 3, "numOfEnabledTokens": 1}
    await ask.make("Two")
    await ask.make("Three")
    off = await ask.make("Off", enabled="false")
    assert (await ask("GET", "/limits")).json() == {"maxAllowedTokens": 3, "numOfEnabledTokens": 3}
    for answer in (
        await ask("POST", json={"name": "Four"}),
        await ask("PUT", f"/{off['id']}", json={"name": "Off", "enabled": "true"}),
    ):
        body = error_of(answer)
        assert (answer.status_code, body["errorCode"]) == (400, "log-shipping/TOO_MANY_ENABLED")
        assert body["parameters"] == {"field": "enabled", "most": 3}


async def test_the_last_enabled_one_can_be_neither_disabled_nor_deleted(ask):
    ((first,), _) = (await ask("POST", "/search")).json()["results"], await ask.make(enabled=False)
    for answer in (
        await ask("PUT", f"/{first['id']}", json={"enabled": "false"}),
        await ask("DELETE", f"/{first['id']}"),
    ):
        body = error_of(answer)
        assert (answer.status_code, body["errorCode"]) == (400, "log-shipping/LAST_ENABLED")
    renamed = await ask("PUT", f"/{first['id']}", json={"name": "Else", "enabled": "true"})
    assert renamed.json()["name"] == "Else"


@pytest.mark.parametrize("enabled", [True, False])
async def test_a_delete_answers_200_with_what_was_deleted(ask, enabled):
    made = await ask.make(enabled=enabled)
    answer = await ask("DELETE", f"/{made['id']}")
    assert (answer.status_code, answer.json()) == (200, made)
    for method in ("GET", "PUT", "DELETE"):
        again = await ask(method, f"/{made['id']}", json={})
        body = error_of(again)
        assert (again.status_code, body["errorCode"]) == (404, "log-shipping/TOKEN_NOT_FOUND")
        assert body["parameters"] == {"id": made["id"]}
        assert not [words for words in MISREAD if words in again.text]
    assert await ask.names() == ["Default"]


async def test_a_main_accounts_token_does_not_reach_its_sub_accounts(ask):
    sub = await ask.door.house.sub(ask.main)
    _, value = await ask.door.house.token(sub, "Of sub")
    theirs = (await ask.door.ask("POST", PATH + "/search", str(value))).json()["results"][0]
    for method in ("GET", "PUT", "DELETE"):
        answer = await ask(method, f"/{theirs['id']}", json={}, params={"accountId": sub.id})
        assert (answer.status_code, error_of(answer)["errorCode"]) == (
            404, "log-shipping/TOKEN_NOT_FOUND",
        )  # fmt: skip


SEARCHES: list[tuple[Any, str]] = [
    (None, "Default beta Alpha"),
    ({}, "Default beta Alpha"),
    ({"filter": None, "sort": None, "pagination": None}, "Default beta Alpha"),
    ({"filter": {"enabled": "true"}, "sort": None, "pagination": {}}, "Default beta"),
    ({"filter": {"enabled": True}}, "Default beta"),
    ({"filter": {"enabled": "false"}}, "Alpha"),
    ({"filter": {"enabled": False}, "sort": []}, "Alpha"),
    ({"filter": {"enabled": ""}}, "Default beta Alpha"),
    ({"sort": [{"field": "name"}]}, "Alpha beta Default"),
    ({"sort": [{"field": "name", "descending": "true"}]}, "Default beta Alpha"),
    ({"sort": [{"field": "createdAt", "descending": True}]}, "Alpha beta Default"),
    ({"sort": [{"field": "createdAt", "descending": "false"}]}, "Default beta Alpha"),
    ({"sort": [{"field": "name", "descending": ""}, {"field": "name"}]}, "Alpha beta Default"),
    ({"pagination": {"pageNumber": 2, "pageSize": 2}}, "Alpha"),
    ({"pagination": {"pageNumber": "2", "pageSize": 2.0}}, "Alpha"),
    ({"pagination": {"pageNumber": None, "pageSize": None}}, "Default beta Alpha"),
    ({"pagination": {"pageNumber": 3, "pageSize": 2}}, ""),
    ({"pagination": {"pageNumber": 2_147_483_647, "pageSize": 1000}}, ""),
    ({"unknown": 1}, "Default beta Alpha"),
]


@pytest.mark.parametrize(("search", "found"), SEARCHES)
async def test_a_search(ask, clock, search, found):
    for name, enabled in (("beta", True), ("Alpha", False)):
        clock.forward(seconds=1)
        await ask.make(name, enabled=enabled)
    answer = await ask("POST", "/search", **({} if search is None else {"json": search}))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.keys() == {"total", "results", "pagination"}
    assert " ".join(each["name"] for each in body["results"]) == found
    filtered = ((search or {}).get("filter") or {}).get("enabled")
    assert body["total"] == (3 if filtered in ("", None) else len(body["results"]))
    paged = (search or {}).get("pagination") or {}
    assert body["pagination"] == {
        "pageNumber": int(paged.get("pageNumber") or 1),
        "pageSize": int(paged.get("pageSize") or 25),
    }


async def test_the_total_is_reached_by_paging(ask):
    for number in range(6):
        await ask.make(f"Token {number}", enabled=False)
    for size in (1, 2, 3, 7, 10):
        seen: list[str] = []
        total, page = 7, 0
        while total > len(seen):
            page += 1
            body = (
                await ask(
                    "POST", "/search", json={"pagination": {"pageNumber": page, "pageSize": size}}
                )
            ).json()
            total = body["total"]
            assert body["results"], (size, page)
            seen += [each["name"] for each in body["results"]]
        assert (len(seen), len(set(seen))) == (7, 7)


BAD_SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({"filter": {}}, "filter.enabled"),
    *[({"filter": {"enabled": it}}, "filter.enabled") for it in ("x", 1, [])],
    ({"filter": "x"}, "filter"),
    *[({"sort": [{"field": it}]}, "sort.0.field") for it in ("x", "", None, 3, "updatedAt")],
    ({"sort": [{}]}, "sort.0.field"),
    ({"sort": [{"field": "name", "descending": "x"}]}, "sort.0.descending"),
    ({"sort": {"field": "name"}}, "sort"),
    *[({"pagination": {"pageNumber": it}}, "pagination.pageNumber") for it in (0, -1, 1.5, "x")],
    *[({"pagination": {"pageSize": it}}, "pagination.pageSize") for it in (0, 1001, "x", True)],
]


@pytest.mark.parametrize(("search", "field"), BAD_SEARCHES)
async def test_a_bad_search_is_a_400_that_names_the_field(ask, search, field):
    answer = await ask("POST", "/search", json=search)
    assert answer.status_code == 400, answer.text
    body = error_of(answer)
    assert body["parameters"]["field"] == field
    assert body["message"].startswith(field)


async def test_fixed_words_win_over_an_id(ask):
    assert (await ask("GET", "/limits")).status_code == 200
    assert (await ask("GET", "/limits/")).status_code == 200
    assert error_of(await ask("GET", "/search"))["parameters"] == {"field": "id"}
    assert (await ask("POST", "//search/")).status_code == 200


async def test_a_reader_sees_no_values(ask):
    made = await ask.make()
    _, reader = await ask.door.house.token(ask.main, "Reader", scopes=("tokens:read",))
    path = f"{PATH}/{made['id']}"
    assert (await ask.door.ask("GET", path, str(reader))).json() == made | {"token": None}
    found = (await ask.door.ask("POST", PATH + "/search", str(reader))).json()["results"]
    assert [each["token"] for each in found] == [None, None]


async def test_an_id_in_the_path_that_is_none(ask):
    for number in ("x", "1.5", "true"):
        for method in ("GET", "PUT", "DELETE"):
            answer = await ask(method, f"/{number}", json={})
            assert (answer.status_code, error_of(answer)["parameters"]["field"]) == (400, "id")
    for number in ("0", "-1", "2009999", str(2**31), "9" * 30):
        for method in ("GET", "PUT", "DELETE"):
            assert (await ask(method, f"/{number}", json={})).status_code == 404
