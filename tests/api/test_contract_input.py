# ruff: noqa: RUF001 -- look-alikes are what is tested here
"""Bad input on every field of the account API, made from its description: 4xx, named, no change."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.calling import error_of

from keyfob import families
from keyfob.accounts import Role
from keyfob.api.examples import EXAMPLES
from keyfob.api.openapi import operations

pytestmark = pytest.mark.anyio

WRONG: dict[str, tuple[Any, ...]] = {
    "string": (3, 1.5, True, ["x"], {}, "a\0b", "a\u202eb", "a\ue000b"),
    "integer": ("x", "", 1.5, True, [1], {}, 10**30, -(10**30), "１２", "1_0", " 1", 1e300),
    "number": ("x", "1.5", True, [1], {}, 1e300, -1),
    "boolean": ("yes", "True", 0, 1, [True], {}),
    "array": ("x", 3, True, {}, [{"x": [[]]}], [["x"]]),
    "object": ("x", 3, True, []),
}
RAW = {
    "half": b'{"name": ',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "NaN": b'{"maxDailyGB": NaN}',
    "deep": b"[" * 5000 + b"]" * 5000,
    "deep within": b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}",
    "field twice": b'{"name": "a", "name": "b"}',
    "more after it": b'{"name": "a"} {"name": "b"}',
    "1 MB": b'{"name": "' + b"a" * 1_000_000 + b'"}',
    "text": b'"name"',
    "number": b"1",
}
# What a client may send as it likes: it is looked at by nobody, or holds whatever it holds.
FREE = {"metadata"}
IGNORED = {
    ("PUT", "time-based-accounts", "isFlexible"),
    ("PUT", "time-based-accounts", "softLimitGB"),
}


def bodies(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, path, operation in operations(description):
        if "x-keyfob-contract" in operation and "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            yield f"{method} {path}", content["schema"]


def resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    return description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def kinds(description: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What a field may be, null aside."""
    schema = resolved(description, schema)
    options = [resolved(description, each) for each in schema.get("anyOf", [schema])]
    return [each for each in options if each.get("type") != "null"]


def fields(
    description: dict[str, Any], schema: dict[str, Any]
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """The path of every field of a body, and the types it may have."""
    for name, each in resolved(description, schema).get("properties", {}).items():
        options = kinds(description, each)
        yield (name,), {option.get("type", "any") for option in options}
        for option in options:
            yield from (((name, *path), types) for path, types in fields(description, option))


def placed(body: Any, path: tuple[str, ...], value: object) -> dict[str, Any]:
    name, *rest = path
    inner = placed((body or {}).get(name), tuple(rest), value) if rest else value
    return (body or {}) | {name: inner}


@pytest.fixture
async def ask(door):
    """As a main account with all that the examples speak of; {id} is never a thing of its own."""
    house = door.house
    main = await house.main()
    await house.act(families.set_plan, main.id, {"warm_days": 5})
    sub = await house.sub(main)
    user = await house.member(main, "admin@example.com")
    await house.member(main, "ann@example.com", Role.REGULAR)
    _, value = await house.token(main)

    async def asked(operation: str, **more: Any):
        method, path = operation.split()
        thing = user.id if "user" in path else sub.id
        for name in ("{id}", "{userId}"):
            path = path.replace(name, str(thing))
        return await door.ask(method, path, value, **more)

    return asked


async def test_every_field_of_every_body(door, ask):
    description = (await door.ask("GET", "/openapi.json")).json()
    before = await door.dump()
    count = 0
    for operation, schema in bodies(description):
        example = EXAMPLES[operation].body
        for path, types in fields(description, schema):
            wrong = [WRONG[kind] for kind in types if kind in WRONG]
            if path[-1] in FREE or len(wrong) != 1 or not isinstance(example, dict):
                continue
            if any(
                operation.startswith(method) and where in operation and name == path[0]
                for method, where, name in IGNORED
            ):
                continue
            for value in wrong[0]:
                body = placed(example, path, value)
                answer = await ask(operation, json=body)
                told = (operation, path, repr(value)[:40], answer.text[:200])
                assert 400 <= answer.status_code < 500, told
                error_of(answer)
                count += 1
            assert await door.dump() == before, (operation, path)
    assert count > 300


async def test_a_body_that_no_operation_takes(door, ask):
    before = await door.dump()
    headers = {"Content-Type": "application/json"}
    for operation, _ in bodies((await door.ask("GET", "/openapi.json")).json()):
        for name, content in RAW.items():
            answer = await ask(operation, content=content, headers=headers)
            body = error_of(answer)
            expected = 413 if len(content) > 500_000 else 400
            assert answer.status_code == expected, (operation, name, body)
            assert body["parameters"]["field"], (operation, name)
        sent = json.dumps(EXAMPLES[operation].body).encode()
        answer = await ask(operation, content=sent, headers={"Content-Type": "text/plain"})
        assert error_of(answer)["parameters"] == {"field": "Content-Type"}
    assert await door.dump() == before


async def test_every_id_in_a_path_that_cannot_be(door):
    main = await door.house.main()
    _, value = await door.house.token(main)
    before = await door.dump()
    for operation in (name for name in EXAMPLES if "{" in name):
        method, path = operation.split()
        for odd in (
            "x",
            "1.5",
            "%20",
            "%00",
            "１２",
            "9" * 5000,
            "0",
            "-1",
            str(2**31),
            str(2**64),
        ):
            address = path.replace("{id}", odd).replace("{userId}", odd)
            answer = await door.ask(method, address, value, json={})
            assert 400 <= answer.status_code < 500, (operation, odd)
            error_of(answer)
    assert await door.dump() == before


async def test_what_is_not_known_is_ignored(ask):
    body = {"email": "admin@example.com", "accountName": "Team", "retentionDays": 1, "x": {"y": []}}
    answer = await ask("POST /v1/account-management/time-based-accounts?z=1&z=2", json=body)
    assert answer.status_code == 200, answer.text


async def test_an_empty_body_is_never_parsed_where_none_is_needed(ask):
    headers = {"Content-Type": "application/json"}
    for operation in EXAMPLES:
        if operation.startswith("GET /v1/") and "{" not in operation:
            answer = await ask(operation, content=b"", headers=headers)
            assert answer.status_code == 200, (operation, answer.text)
