# ruff: noqa: RUF001 -- look-alikes are what is tested here
"""Bad input on every field of every operation, made from the description: 4xx, named, no change."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.calling import error_of

from keyfob import strict_json
from keyfob.api.examples import EXAMPLES
from keyfob.api.openapi import operations
from keyfob.edge import MOST_BODY
from keyfob.errors import Invalid
from keyfob.problems import WORDS

pytestmark = pytest.mark.anyio

ODD_TEXTS = {
    "control": "a\x01b",
    "NUL": "a\0b",
    "escape": "a\x1b[31mb",
    "zero width": "a\u200bb",
    "bidi": "a\u202eb",
    "soft hyphen": "a\u00adb",
    "line separator": "a\u2028b",
    "private": "a\ue000b",
    "unassigned": "a\U000e0fffb",
    "tag": "a\U000e0041b",
    "too long": "a" * 5000,
}
MANY = [f"a{n}" for n in range(2000)]
WRONG: dict[str, tuple[Any, ...]] = {
    "string": (3, 1.5, True, ["x"], {}, *ODD_TEXTS.values()),
    "integer": ("x", 1.5, True, [1], {}, 10**30, -(10**30), -1, "１２", 1e300),
    "boolean": ("true", "", 0, 1, "yes", [True], {}),
    "array": ("x", 3, True, {}, [3], [None], [["x"]], [""], ["a\0"], ["a\u202eb"], MANY),
    "object": ("x", 3, True, [], {"unknown": 1}),
}
EMPTY = {("POST /v1/api-tokens", "name"), ("PATCH /v1/api-tokens/{id}", "name"),
         ("POST /v1/api-tokens/sub-account", "name")}  # fmt: skip
# Whatever text somebody presents as a token: what it is not is an answer, not an error.
PRESENTED = ("POST /v1/verify", "token")
RAW = {
    "nothing": b"",
    "half": b'{"name": ',
    "list": b"[]",
    "null": b"null",
    "text": b'"name"',
    "number": b"1",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "lone surrogate": b'{"name": "\\ud800"}',
    "surrogates the wrong way round": b'{"name": "\\udc00\\ud800"}',
    "NaN": b'{"cost": NaN}',
    "infinity": b'{"cost": Infinity}',
    "deep": b"[" * 5000 + b"]" * 5000,
    "deep within": b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}",
    "deep objects": b'{"a": ' * 30 + b"1" + b"}" * 30,
    "field twice": b'{"name": "a", "name": "b", "token": "c"}',
    "field twice within": b'{"name": "a", "token": "b", "x": {"paths": [], "paths": []}}',
    "more after it": b'{"name": "a"} {"name": "b"}',
    "2 MB": b'{"name": "' + b"a" * 2_000_000 + b'"}',
    "2 MB of spaces": b" " * 2_000_000,
    "a number of 10,000 digits": b'{"accountId": ' + b"9" * 10_000 + b"}",
}
TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "x")


@pytest.fixture
async def asked(door):
    """Ask as a main account that may do everything; the token {id} is its second one."""
    main = await door.house.main()
    _, value = await door.house.token(main, scopes=("*", "tokens:reveal"))
    token, _ = await door.house.token(main, "Target")
    await door.house.sub(main)

    async def ask(operation: str, *, token_id: object = token.id, query: str = "", **more: Any):
        method, path = operation.split()
        path = path.replace("{id}", str(token_id)) + (f"?{query}" if query else "")
        return await door.ask(method, path, value, **more)

    return ask


def fields(description: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Path, type and whether null is fine, of every field of a body."""
    for name, each in _resolved(description, schema)["properties"].items():
        options = [_resolved(description, option) for option in each.get("anyOf", [each])]
        kinds = [option["type"] for option in options]
        kind = next(kind for kind in kinds if kind != "null")
        yield name, kind, "null" in kinds
        for option in options:
            if option["type"] == "object":
                inner = fields(description, option)
                yield from ((f"{name}.{path}", kind, null) for path, kind, null in inner)


def _resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    return description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def with_bodies(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Operations of our own, and the one of the account API that makes API tokens."""
    for method, path, operation in operations(description):
        ours = "x-keyfob-contract" not in operation or path == "/v1/api-tokens/sub-account"
        if ours and "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            yield f"{method} {path}", content["schema"]


def placed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    name, _, inner = path.partition(".")
    return body | {name: placed({}, inner, value) if inner else value}


def wrong(operation: str, path: str, kind: str, *, null: bool) -> list[Any]:
    values = list(WRONG[kind])
    if not null and operation != "POST /v1/verify":
        values.append(None)
    if (operation, path) in EMPTY:
        values += ["", "   ", "\u3000", "Wоrkshop", "pаypal", "Αdmin", "ﷺ" * 100]
    if (operation, path) == PRESENTED:
        return [value for value in values if not isinstance(value, str)] + ["a" * 1001]
    if path == "description":
        values.remove("a\x01b")
        values.append("\x07")
    if path == "methods" or path.endswith(".methods"):
        values.append(["GET POST"])
    return values


async def test_every_field_of_every_body(door, asked):
    description = (await door.ask("GET", "/openapi.json")).json()
    before = await door.dump()
    count = 0
    for operation, schema in with_bodies(description):
        good = EXAMPLES[operation].body
        for path, kind, null in fields(description, schema):
            for value in wrong(operation, path, kind, null=null):
                told = (operation, path, repr(value)[:60])
                answer = await asked(operation, json=placed(good, path, value))
                assert answer.status_code in {400, 404}, (told, answer.text)
                body = error_of(answer)
                if answer.status_code == 400:
                    assert body["parameters"]["field"].startswith(path.partition(".")[0]), told
                    assert body["message"].startswith(body["parameters"]["field"]), told
                    assert "Input should" not in body["message"], (told, body)
                else:
                    assert path == "accountId", told
                count += 1
    assert count > 250
    assert await door.dump() == before


async def test_what_is_required_is_asked_for_by_name(door, asked):
    description = (await door.ask("GET", "/openapi.json")).json()
    for operation, schema in with_bodies(description):
        good = EXAMPLES[operation].body
        for name in _resolved(description, schema).get("required", []):
            body = {key: value for key, value in good.items() if key != name}
            found = error_of(await asked(operation, json=body))
            assert (found["parameters"]["field"], found["message"]) == (name, f"{name} is required")


async def test_our_own_operations_refuse_what_they_do_not_know(door, asked):
    for operation, _ in with_bodies((await door.ask("GET", "/openapi.json")).json()):
        answer = await asked(operation, json={"name": 3, "expireAt": 1})
        parameters = error_of(answer)["parameters"]
        named = {parameters["field"], *parameters.get("others", [])}
        assert ("expireAt" in named) is (operation != "POST /v1/api-tokens/sub-account")


async def test_a_body_that_no_operation_takes(door, asked):
    before = await door.dump()
    headers = {"Content-Type": "application/json"}
    for operation, _ in with_bodies((await door.ask("GET", "/openapi.json")).json()):
        for name, content in RAW.items():
            answer = await asked(operation, content=content, headers=headers)
            body = error_of(answer)
            expected = 413 if len(content) > 500_000 else 400
            assert answer.status_code == expected, (operation, name, body)
            assert body["parameters"]["field"], (operation, name)
    assert await door.dump() == before


def test_a_field_that_comes_twice_among_many_is_found_at_once():
    """In 64 KiB: each name was once counted in all of them, for more than half a second."""
    texts = [f'"{n}":0' for n in range(7000)]
    body = ("{" + ",".join([*texts, texts[-1]]) + "}").encode()
    assert len(body) < MOST_BODY
    with pytest.raises(Invalid) as caught:
        strict_json.parse(body)
    assert caught.value.field == "6999"

    names = [Compared(n) for n in range(7000)]
    with pytest.raises(Invalid):
        strict_json.once_each((name, 0) for name in [*names, Compared(6999)])
    assert 0 < Compared.count < 7000


class Compared(str):
    """A name that counts how often it is compared with another."""

    __slots__ = ()
    __hash__ = str.__hash__
    count = 0

    def __eq__(self, other: object) -> bool:
        Compared.count += 1
        return super().__eq__(other)


async def test_a_body_of_another_type(door, asked):
    before = await door.dump()
    for operation, _ in with_bodies((await door.ask("GET", "/openapi.json")).json()):
        content = json.dumps(EXAMPLES[operation].body).encode()
        for kind in TYPES:
            answer = await asked(operation, content=content, headers={"Content-Type": kind})
            assert error_of(answer)["parameters"] == {"field": "Content-Type"}
    assert await door.dump() == before


async def test_a_field_has_one_name(asked):
    answer = await asked("POST /v1/verify", json={"token": "x", "client_ip": "203.0.113.7"})
    assert error_of(answer)["parameters"] == {"field": "client_ip"}
    answer = await asked(
        "POST /v1/api-tokens/sub-account", json={"name": "Below", "account_id": 2000002}
    )
    assert error_of(answer)["parameters"] == {"field": "accountId"}


async def test_a_body_of_two_types(door):
    main = await door.house.main()
    _, value = await door.house.token(main)
    kind = ("Content-Type", "application/json")
    answer = await door.http.post(
        "/v1/verify", content=b'{"token": "x"}', headers=[("X-API-TOKEN", value), kind, kind]
    )
    assert answer.status_code == 400
    assert error_of(answer)["message"] == "Content-Type came twice"


async def test_the_type_need_not_be_said_and_may_be_said_fully(asked):
    content = json.dumps({"token": "x"}).encode()
    for headers in ({}, {"Content-Type": ""}, {"Content-Type": "Application/JSON; charset=utf-8"}):
        answer = await asked("POST /v1/verify", content=content, headers=headers)
        assert answer.json() == {"valid": False, "code": "NOT_FOUND"}


async def test_an_empty_body_is_never_parsed_where_none_is_needed(asked):
    headers = {"Content-Type": "application/json"}
    for operation, status in (
        ("GET /v2/whoami", 200),
        ("POST /v1/api-tokens/{id}/reveal", 200),
        ("DELETE /v1/api-tokens/{id}", 204),
    ):
        assert (await asked(operation, content=b"", headers=headers)).status_code == status


NO_NUMBERS = ("x", "1.5", "5.0", "+5", "%205", "5%20", "05", "-0", "1e3", "true", "%20", "%00")
IDS = (*NO_NUMBERS, "0x10", "１２", "1_0", "9" * 5000, "a" * 5000)
NO_IDS = ("0", "-1", "1", str(2**31), str(2**63), str(2**64), "-" + "9" * 30, "9" * 30)


async def test_every_id_in_a_path(door, asked):
    before = await door.dump()
    for operation in (name for name in EXAMPLES if "/v1/api-tokens/{id}" in name):
        for token_id in IDS:
            answer = await asked(operation, token_id=token_id, json={})
            assert answer.status_code in {400, 404, 405}, (operation, token_id)
            body = error_of(answer)
            assert body["parameters"].get("field", "id") == "id"
        for token_id in NO_IDS:
            answer = await asked(operation, token_id=token_id, json={})
            assert error_of(answer)["errorCode"] == "tokens/NOT_FOUND", (operation, token_id)
    assert await door.dump() == before


QUERIES = [
    *[(f"limit={text}", "limit") for text in ("x", "0", "-1", "1001", "1.5", "", "9" * 30)],
    *[(f"limit={text}", "limit") for text in ("5.0", "%2B5", "%205", "05")],
    *[(f"accountId={text}", "accountId") for text in ("x", "1.5", "", "true", "%00")],
    *[(f"accountId={text}", "accountId") for text in ("2000002.0", "%202000002")],
    *[(f"sort={text}", "sort") for text in ("x", "", "Name", "--name", "%00")],
    *[(f"state={text}", "state.0") for text in ("x", "", "ACTIVE", "%00")],
    *[(f"tag={text}", "tag") for text in ("%00", "a%20b", "%22", "a" * 51, "%E2%80%8B")],
    *[(f"q={text}", "q") for text in ("%00", "%01", "a" * 201, "%E2%80%AE", "%EE%80%80")],
    *[
        (f"cursor={text}", "cursor")
        for text in (
            "x", "%00", "bnVsbA", "WzEsIDEsIDEsIGZhbHNl", "W10", "WyJhIiwgMSwgMSwgZmFsc2Vd",
            "WzFlMzAwLCAxLCAxLCBmYWxzZV0", "W3RydWUsIDEsIDEsIGZhbHNlXQ", "é", "a" * 5000,
        )
    ],
    ("sort=name&cursor=WyJcdTAwMDAiLCAxLCAxLCBmYWxzZV0", "cursor"),
    ("sort=name&cursor=WyJcdWQ4MDAiLCAxLCAxLCBmYWxzZV0", "cursor"),
    ("limit=5&limit=6", "limit"),
    ("q=a&q=b", "q"),
    ("acountId=2000001", "acountId"),
    ("token=x", "token"),
    ("page=2", "page"),
]  # fmt: skip


async def test_every_parameter_of_the_list(asked):
    for query, field in QUERIES:
        answer = await asked("GET /v1/api-tokens", query=query)
        assert answer.status_code == 400, (query, answer.text)
        assert error_of(answer)["parameters"]["field"] == field, query


async def test_a_parameter_that_may_come_several_times(asked):
    answer = await asked("GET /v1/api-tokens", query="state=active&state=revoked&limit=1")
    assert (answer.status_code, answer.json()["total"]) == (200, 2)


async def test_the_account_api_ignores_what_it_does_not_know(asked):
    assert (await asked("GET /v2/whoami", query="x=1&x=2")).status_code == 200
    body = {"name": "Lenient", "accountId": "2000002", "email": None, "x": {"y": 1}}
    assert (await asked("POST /v1/api-tokens/sub-account", json=body)).status_code == 200
    body = {"name": "Lenient 2", "accountId": 2000002.0}
    assert (await asked("POST /v1/api-tokens/sub-account", json=body)).status_code == 200


async def test_honest_names_of_the_whole_world(asked):
    for name in (
        "Рабочий стол", "Εργαστήριο", "作業場 token", "작업장", "ورشة", "בית מלאכה", "कार्यशाला",
        "Café Zürich", "10 kΩ", "Δt", "µ-service", "deploy 🚀", "token-Мир", "日本token", "Ł_Я",
    ):  # fmt: skip
        answer = await asked("POST /v1/api-tokens", json={"name": name})
        assert answer.status_code == 201, answer.text


async def test_names_that_look_the_same_are_the_same(asked):
    assert (await asked("POST /v1/api-tokens", json={"name": "Straße ABC"})).status_code == 201
    for name in ("STRASSE ABC", "  straße abc ", "Straße ＡＢＣ", "straße 𝐚𝐛𝐜"):
        answer = await asked("POST /v1/api-tokens", json={"name": name})
        assert error_of(answer)["errorCode"] == "tokens/NAME_TAKEN"
        assert error_of(answer)["parameters"]["field"] == "name"


async def test_a_token_is_kept_out_of_what_others_read(door, asked):
    token, before = door.stranger(), await door.dump()
    for operation, body, field in (
        ("POST /v1/api-tokens", {"name": token}, "name"),
        ("POST /v1/api-tokens", {"name": "A", "description": f"It is\n{token}"}, "description"),
        ("POST /v1/api-tokens", {"name": "A", "tags": [token]}, "tags"),
        ("PATCH /v1/api-tokens/{id}", {"name": f"Was {token}"}, "name"),
        ("PATCH /v1/api-tokens/{id}", {"description": token}, "description"),
        ("POST /v1/log-shipping/tokens", {"name": token}, "name"),
        ("POST /v1/shared-tokens", {"tokenName": token}, "tokenName"),
        ("POST /v1/shared-tokens/filters", {"field": "a", "value": token}, "value"),
    ):
        answer = await asked(operation, json=body)
        assert answer.status_code == 400, operation
        assert error_of(answer)["parameters"]["field"] == field
        assert token[-49:] not in answer.text
    assert await door.dump() == before


async def test_no_answer_holds_what_public_clients_misread(asked):
    """Names are echoed; the clients of contract 1.7 search the whole answer for these."""
    for phrase in (
        "failed with missing", "status code 429", "status code 500", "missing sub account",
        "missing user", "missing log shipping", "missing authentication groups",
        "missing metrics account",
    ):  # fmt: skip
        assert (await asked("POST /v1/api-tokens", json={"name": phrase})).status_code == 201
        answer = await asked("POST /v1/api-tokens", json={"name": phrase})
        assert answer.status_code == 409
        assert phrase not in answer.text


def test_our_words_read_like_a_sentence():
    for words in WORDS.values():
        assert words.startswith(("is ", "must ")), words
