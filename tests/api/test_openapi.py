"""The description: complete, true, and its examples run as they stand."""

import re

from keyfob.api.examples import ERRORS, EXAMPLES, TOKEN
from keyfob.api.openapi import MEANING, operations
from keyfob_client.token_format import parse


def shape(value: object) -> object:
    """What a value is made of: names and types, the longest of a list."""
    match value:
        case dict():
            return {name: shape(each) for name, each in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value).__name__


def test_the_example_token_is_one():
    assert parse(TOKEN)


def test_every_example_runs_as_it_stands(answers, description):
    """In the order of the table: what one makes, a later one looks at; the delete comes last."""
    said = {f"{method} {path}": each for method, path, each in operations(description)}
    assert set(said) == set(EXAMPLES)
    for name, example in EXAMPLES.items():
        status, answer = answers[name]
        assert str(status) == min(said[name]["responses"]), (name, answer)
        assert shape(answer) == shape(example.answer), name
        for each in ("id", "accountId", "name", "tags", "scopes", "valid", "total", "state"):
            if isinstance(answer, dict) and each in answer and each not in example.varies:
                assert answer[each] == example.answer[each], (name, each)


def test_an_example_that_is_pasted_as_it_stands_names_no_thing_of_the_readers(description):
    for _, path, operation in operations(description):
        (sample,) = operation["x-codeSamples"]
        assert ("$ID" in sample["source"]) == ("{" in path)
        assert not re.search(r"/\d{7}", sample["source"])


def test_every_operation_is_fully_described(description):
    for method, path, operation in operations(description):
        name = f"{method} {path}"
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert operation["operationId"].replace("_", "").isalnum(), name
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["example"], name
            assert "413" in operation["responses"], name
        for status, response in operation["responses"].items():
            assert response["description"], (name, status)
            if status != "204" and (name, status) != ("GET /auth", "200"):  # they are empty
                assert "example" in response["content"]["application/json"], (name, status)
        if operation["x-keyfob-rule"] != "open":
            assert {"400", "401", "403", "429", "503"} <= set(operation["responses"]), name
            assert operation["security"] == [{"ApiToken": []}, {"Bearer": []}], name


def test_every_field_is_described(description):
    schemas = description["components"]["schemas"]
    without = [
        (name, field)
        for name, schema in schemas.items()
        for field, each in schema.get("properties", {}).items()
        if not each.get("description")
    ]
    assert without == []
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)


def test_operations_of_ours_refuse_unknown_fields_in_the_description_too(description):
    schemas = description["components"]["schemas"]
    assert schemas["NewApiToken"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["SubAccountToken"]


def test_every_status_has_its_meaning_and_its_example():
    assert set(MEANING) == set(ERRORS)


def test_main_only_is_said_in_words(description):
    operation = description["paths"]["/v1/api-tokens/sub-account"]["post"]
    assert "main account" in operation["description"]
