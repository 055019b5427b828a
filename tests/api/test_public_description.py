"""
The public description of the account API, as data: each path is here, each answer fits it.

tests/data/account-api.yml is a subset of the public Logz.io API description (Apache-2.0). Where
the contract decides otherwise, the exception is listed here with the section that says so.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from keyfob.api.openapi import operations

PUBLIC = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "account-api.yml").read_text(encoding="utf-8")
)

# Statuses of success that differ.
STATUS = {
    "POST /v1/account-management/metrics-accounts": 200,  # section 11: clients take 200 only
}
# Fields whose type differs: the definition or the operation, the field, and who says so.
TYPES = [
    ("SharedToken", "lastUsed", "section 7: scalars out"),
    ("SharedToken", "expirationDate", "section 7: scalars out"),
    ("SharedToken", "filtersOperator", "section 7: scalars out"),
    ("ShippingTokensModel", "createdAt", "section 6: a number of seconds"),
    ("ShippingTokensModel", "updatedAt", "section 6: a number of seconds"),
]
# The same of an answer that is described in its place: a part of the path, the field, who says so.
INLINE = [("metrics-accounts", "createdAt", "section 11: integer milliseconds")]
# Fields that are not in the public description, and are sent.
MORE = {
    "snapSearchRetentionDays": "section 4.1: both spellings",
    "snapsearchRetentionDays": "section 4.1: both spellings",
    "isCapped": "section 4.4: read by the Go client",
    "softLimitGB": "section 4.4: read by the Go client",
    "accountToken": "section 4.2: both in the answer",
    "roles": "section 5: both spellings of a role",
    "role": "section 5: both spellings of a role",
    "accountId": "section 2: more is welcome",
}


def plain(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def public_operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in PUBLIC["paths"].items():
        for method, operation in methods.items():
            if method in {"get", "post", "put", "delete", "patch"}:
                yield f"{method.upper()} {plain(path)}", operation


OPERATIONS = dict(public_operations())


def lenient(schema: Any) -> Any:
    """Null is allowed anywhere (section 1.5)."""
    match schema:
        case dict():
            found = {name: lenient(each) for name, each in schema.items()}
            if isinstance(schema.get("type"), str) and "in" not in schema:
                found["type"] = [schema["type"], "null"]
            if "enum" in schema:
                found["enum"] = [*schema["enum"], None]
            return found
        case list():
            return [lenient(each) for each in schema]
        case _:
            return schema


def definitions() -> dict[str, Any]:
    found = deepcopy(PUBLIC["definitions"])
    for name, field, why in TYPES:
        assert field in found[name]["properties"], (name, field, why)
        found[name]["properties"][field] = {}
    return lenient(found)


def without(schema: Any, fields: set[str]) -> Any:
    """The schema with anything allowed in these fields."""
    match schema:
        case {"properties": dict() as properties}:
            kept = {name: {} if name in fields else each for name, each in properties.items()}
            return {**schema, "properties": kept}
        case {"items": items}:
            return {**schema, "items": without(items, fields)}
        case _:
            return schema


def names(schema: dict[str, Any]) -> set[str]:
    """Every field name anywhere in a schema, references followed."""
    found: set[str] = set()
    seen: set[str] = set()

    def walk(part: Any) -> None:
        match part:
            case {"$ref": str(reference)}:
                if reference not in seen:
                    seen.add(reference)
                    walk(PUBLIC["definitions"][reference.rpartition("/")[2]])
            case dict():
                found.update(part.get("properties", {}))
                for each in part.values():
                    walk(each)
            case list():
                for each in part:
                    walk(each)
            case _:
                return

    walk(schema)
    return found


def sent(value: Any) -> set[str]:
    match value:
        case dict():
            return set(value).union(*(sent(each) for each in value.values()))
        case list():
            return set().union(*(sent(each) for each in value))
        case _:
            return set()


def named(answers: dict[str, tuple[int, Any]]) -> dict[str, tuple[int, Any]]:
    return {plain(name): answer for name, answer in answers.items()}


def success(operation: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
    status = min(int(each) for each in operation["responses"])
    return status, operation["responses"][str(status)].get("schema")


def test_every_operation_of_the_public_description_is_here(description):
    ours = {f"{method} {plain(path)}" for method, path, _ in operations(description)}
    assert set(OPERATIONS) <= ours
    assert len(OPERATIONS) == 45


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_answer_fits_the_public_description(name, answers):
    status, schema = success(OPERATIONS[name])
    found, body = named(answers)[name]
    assert found == STATUS.get(name, status)
    if schema is None or body is None:
        assert found == 204 or schema is None
        return
    excepted = {field for part, field, _ in INLINE if part in name}
    whole = lenient(without(schema, excepted)) | {"definitions": definitions()}
    jsonschema_rs.Draft4Validator(whole).validate(body)
    free = {"parameters", "metadata"}
    assert sent(body) - names(schema) - free <= set(MORE), name


@pytest.mark.parametrize(("definition", "field", "why"), TYPES)
def test_an_exception_is_listed_only_where_the_public_type_differs(definition, field, why):
    ours = {
        "lastUsed": 1,
        "expirationDate": 1,
        "filtersOperator": "OR",
        "createdAt": 1,
        "updatedAt": 1,
    }
    public = lenient(PUBLIC["definitions"][definition]["properties"][field])
    assert not jsonschema_rs.Draft4Validator(public).is_valid(ours[field]), why


def test_a_status_is_excepted_only_where_the_public_one_differs():
    for name, status in STATUS.items():
        assert success(OPERATIONS[name])[0] != status
