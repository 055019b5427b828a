"""Shared tokens and filters over HTTP: a row for each row of contract 7."""

from dataclasses import dataclass
from typing import Any

import pytest
from support.calling import error_of
from support.door import Door

from keyfob import families
from keyfob.accounts import Account

pytestmark = pytest.mark.anyio

PATH = "/v1/shared-tokens"
FIELDS = {"id", "name", "token", "filters", "filtersOperator", "lastUsed", "expirationDate"}


@dataclass
class Asking:
    """As a main account's token."""

    door: Door
    main: Account
    value: str

    async def __call__(self, method: str, path: str = "", **more: Any):
        return await self.door.ask(method, PATH + path, self.value, **more)

    async def make(self, **more: Any) -> dict[str, Any]:
        answer = await self("POST", json={"tokenName": "For support"} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def filter(self, **more: Any) -> dict[str, Any]:
        answer = await self("POST", "/filters", json={"field": "host", "value": "web-1"} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def ask(door):
    main = await door.house.main()
    _, value = await door.house.token(main, "Caller")
    return Asking(door, main, str(value))


async def test_what_was_made_reads_back(ask, clock):
    one, two = (await ask.filter())["id"], (await ask.filter())["id"]
    clock.forward(seconds=0.5)
    made = await ask.make(filters=[two, one], filtersOperator="AND")
    assert made == {
        "id": made["id"],
        "name": "For support",
        "token": made["token"],
        "filters": [two, one],
        "filtersOperator": "AND",
        "lastUsed": None,
        "expirationDate": int(clock.now.timestamp()) + 7 * 86_400,
    }
    assert type(made["expirationDate"]) is int
    assert made["token"].startswith("kf_share_")
    assert (await ask("GET", f"/{made['id']}")).json() == made
    assert (await ask("GET")).json() == [made]


MADE: list[tuple[dict[str, Any], str]] = [
    ({}, "OR"),
    ({"filters": None, "filtersOperator": None}, "OR"),
    ({"filters": []}, "OR"),
    ({"filtersOperator": "AND"}, "AND"),
    ({"filtersOperator": ["AND"]}, "AND"),
    ({"filtersOperator": ["OR"]}, "OR"),
    ({"name": "ignored", "expirationDate": 5, "filterIds": [1]}, "OR"),
]


@pytest.mark.parametrize(("sent", "operator"), MADE)
async def test_an_operator_is_a_word_or_a_list_of_one(ask, sent, operator):
    made = await ask.make(**sent)
    assert (made["filtersOperator"], made["filters"]) == (operator, None)
    assert made.keys() == FIELDS


async def test_two_may_have_one_name(ask):
    await ask.make()
    await ask.make()
    assert [each["name"] for each in (await ask("GET")).json()] == ["For support"] * 2


BAD_NEW: list[tuple[dict[str, Any], str]] = [
    *[({"tokenName": it}, "tokenName") for it in ("", " ", None, 3, "x" * 101, "a\0")],
    *[({"filters": it}, "filters") for it in ("x", 3, {})],
    *[({"filters": [it]}, "filters.0") for it in ("x", 1.5, None, True, [])],
    *[
        ({"filtersOperator": it}, "filtersOperator")
        for it in ("", "XOR", "or", 1, [], ["OR", "AND"], ["XOR"], {})
    ],
]


@pytest.mark.parametrize(("sent", "field"), BAD_NEW)
async def test_a_bad_new_one_is_a_400_that_names_the_field(ask, sent, field):
    before = await ask.door.dump()
    answer = await ask("POST", json={"tokenName": "x"} | sent)
    assert answer.status_code == 400, answer.text
    body = error_of(answer)
    assert body["parameters"]["field"] == field
    assert body["message"].startswith(field)
    assert await ask.door.dump() == before


async def test_a_put_replaces_the_filters(ask):
    one, two = (await ask.filter())["id"], (await ask.filter())["id"]
    made = await ask.make(filters=[one])
    for sent, told in (
        ({"filters": [str(two), float(one)]}, {"filters": [two, one]}),
        ({"filters": [two], "filtersOperator": ["AND"]}, {"filters": [two]}),
        ({"filters": [two, two]}, {"filters": [two]}),
        ({"filters": []}, {"filters": None}),
    ):
        answer = await ask("PUT", f"/{made['id']}", json=sent | {"tokenName": "ignored"})
        assert answer.status_code == 200, answer.text
        operator = "OR" if sent["filters"] == [str(two), float(one)] else "AND"
        assert answer.json() == made | told | {"filtersOperator": operator}
        assert (await ask("GET", f"/{made['id']}")).json() == answer.json()


@pytest.mark.parametrize("sent", [{}, {"filters": None}, {"filtersOperator": "AND"}])
async def test_a_put_needs_filters(ask, sent):
    made = await ask.make()
    answer = await ask("PUT", f"/{made['id']}", json=sent)
    assert (answer.status_code, error_of(answer)["parameters"]["field"]) == (400, "filters")


async def test_a_delete_answers_204(ask):
    made = await ask.make()
    answer = await ask("DELETE", f"/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ask("GET")).json() == []
    again = await ask("DELETE", f"/{made['id']}")
    assert again.status_code == 400


async def test_what_is_not_there_is_a_400_word_by_word(ask):
    account = ask.main.id
    for number in (2_009_999, 12_345, 0, -1, 2**31, 10**30):
        said = f"token with id {number} not found for account {account}"
        for method in ("GET", "PUT", "DELETE"):
            answer = await ask(method, f"/{number}", json={"filters": []})
            body = error_of(answer)
            assert (answer.status_code, body["message"]) == (400, said)
            assert body["errorCode"] == "shared-tokens/TOKEN_NOT_FOUND"
            assert body["parameters"] == {"id": number, "accountId": account, "field": "id"}
        said = f"filter with id {number} not found for account {account}"
        for method in ("GET", "DELETE"):
            answer = await ask(method, f"/filters/{number}")
            body = error_of(answer)
            assert (answer.status_code, body["message"]) == (400, said)
            assert body["errorCode"] == "shared-tokens/FILTER_NOT_FOUND"
        answer = await ask("POST", json={"tokenName": "x", "filters": [number]})
        body = error_of(answer)
        assert (answer.status_code, body["message"]) == (400, said)
        assert body["parameters"]["field"] == "filters"
    assert (await ask("GET")).json() == []


async def test_a_filter_reads_back(ask):
    made = await ask.filter(description="  503 responses ")
    assert made == {
        "id": made["id"], "field": "host", "value": "web-1", "description": "503 responses",
    }  # fmt: skip
    bare = await ask.filter(description=None)
    assert bare["description"] == ""
    assert (await ask("GET", f"/filters/{made['id']}")).json() == made
    assert (await ask("GET", "/filters")).json() == [made, bare]
    assert (await ask("GET", "/filters/")).json() == [made, bare]


BAD_FILTERS: list[tuple[dict[str, Any], str]] = [
    *[({"field": it}, "field") for it in ("", "a b", "*", "é", None, 3, "x" * 201, "a\n")],
    *[({"value": it}, "value") for it in ("", "a b", "*", "é", None, 3, "x" * 201)],
    *[({"description": it}, "description") for it in (3, "x" * 1001, "a\0")],
]


@pytest.mark.parametrize(("sent", "field"), BAD_FILTERS)
async def test_a_bad_filter_is_a_400_that_names_the_field(ask, sent, field):
    answer = await ask("POST", "/filters", json={"field": "f", "value": "v"} | sent)
    assert (answer.status_code, error_of(answer)["parameters"]["field"]) == (400, field)
    assert (await ask("GET", "/filters")).json() == []


async def test_a_deleted_filter_is_gone_from_its_tokens_at_once(ask):
    one, two = (await ask.filter())["id"], (await ask.filter())["id"]
    made = await ask.make(filters=[one, two])
    answer = await ask("DELETE", f"/filters/{one}")
    assert (answer.status_code, answer.json()) == (200, {})
    assert (await ask("GET", f"/{made['id']}")).json()["filters"] == [two]
    found = await ask.door.ask("POST", "/v1/verify", ask.value, json={"token": made["token"]})
    assert [each["id"] for each in found.json()["filters"]] == [two]
    await ask("DELETE", f"/filters/{two}")
    assert (await ask("GET")).json() == [made | {"filters": None}]


async def test_where_the_plan_has_none_it_is_a_403(ask):
    made, one = await ask.make(), await ask.filter()
    await ask.door.house.act(families.set_plan, ask.main.id, {"shared_tokens": False})
    for method, path, body in (
        ("GET", "", None),
        ("POST", "", {"tokenName": "x"}),
        ("GET", f"/{made['id']}", None),
        ("PUT", f"/{made['id']}", {"filters": []}),
        ("DELETE", f"/{made['id']}", None),
        ("GET", "/1", None),
        ("GET", "/filters", None),
        ("POST", "/filters", {"field": "f", "value": "v"}),
        ("GET", f"/filters/{one['id']}", None),
        ("DELETE", f"/filters/{one['id']}", None),
    ):
        answer = await ask(method, path, json=body)
        assert answer.status_code == 403, (method, path)
        told = error_of(answer)
        assert (told["code"], told["message"]) == (403, "Insufficient privileges")


async def test_a_reader_sees_no_values(ask):
    made = await ask.make()
    _, reader = await ask.door.house.token(ask.main, "Reader", scopes=("tokens:read",))
    path = f"{PATH}/{made['id']}"
    assert (await ask.door.ask("GET", path, str(reader))).json() == made | {"token": None}
    assert (await ask.door.ask("GET", PATH, str(reader))).json() == [made | {"token": None}]
