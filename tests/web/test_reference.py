"""/docs: every operation of the API, readable without a token."""

import re

import pytest
from web.conftest import text_of

from keyfob.accounts import MAIN_ONLY
from keyfob.web.reference import marked, prose, read


@pytest.fixture
def description(console):
    return console.get("/openapi.json").json()


def test_it_is_open_and_shows_every_operation(console, description):
    page = console.get("/docs")
    assert page.status_code == 200
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            assert f'id="{operation["operationId"]}"' in page.text
            assert f"{method.upper()} {path}" in text_of(page)
    rules = [op["x-keyfob-rule"] for ops in description["paths"].values() for op in ops.values()]
    assert page.text.count("Main account only") == sum(rule in MAIN_ONLY for rule in rules)
    assert "Sign in" in text_of(page)


def test_whoever_is_signed_in_keeps_the_bar(ann):
    assert 'aria-label="Main"' in ann.get("/docs").text


def test_the_links_of_the_contents_lead_somewhere(console):
    page = console.get("/docs").text
    assert all(f'id="{target}"' in page for target in re.findall(r'href="#(\w+)"', page))


def test_the_examples_call_this_server(console, config):
    samples = re.findall(r'id="sample-\w+">([^<]+)<', console.get("/docs").text)
    assert len(samples) >= 10
    assert all(config.url in sample for sample in samples)


def test_fields_name_their_type_and_place(description):
    calls = {call.id: call for call in read(description, server="http://x")}
    listed = {field.name: field for field in calls["list_tokens"].fields}
    assert listed["limit"].type == "integer"
    assert listed["state"].type.startswith("list of one of active, scheduled")
    made = {field.name: field for field in calls["create_token"].fields}
    assert made["name"].required
    assert made["restrictions.ipAllow"].type == "list of text"
    assert made["retrievable"].type == "true or false"
    assert all(
        '"' in answer.example or answer.status == 204 for answer in calls["delete_token"].answers
    )


def test_an_example_is_made_of_the_fields_own_examples():
    fields = {
        "id": {"type": "integer", "examples": [7]},
        "kind": {"const": "api"},
        "tags": {"type": "array", "items": {}},
        "on": {"type": "boolean", "default": True},
        "unsaid": {"type": "string"},
        "mine": {"anyOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]},
        "any": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    }
    operation = {
        "operationId": "x", "tags": ["T"], "summary": "X", "x-keyfob-rule": "open",
        "requestBody": {"content": {"application/json": {"schema": {"properties": fields}}}},
        "responses": {"200": {"description": "Fine", "content": {
            "application/json": {"schema": {"properties": fields}}}}},
    }  # fmt: skip
    inner = {"properties": {"name": {"type": "string", "examples": ["n"]}}}
    (call,) = read(
        {"paths": {"/x": {"get": operation}}, "components": {"schemas": {"Inner": inner}}},
        server="",
    )
    assert '"id": 7' in call.answers[0].example
    assert '"name": "n"' in call.answers[0].example
    assert '"unsaid": null' in call.answers[0].example
    assert {field.name: field.type for field in call.fields}["any"] == "any"
    assert call.is_open
    assert call.sample == ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a `b` *c* **d**", "a <code>b</code> <em>c</em> <strong>d</strong>"),
        ("<script> `<b>`", "&lt;script&gt; <code>&lt;b&gt;</code>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("`*`", "<code>*</code>"),
    ],
)
def test_only_what_is_meant_is_marked(text, html):
    assert str(marked(text)) == html


def test_paragraphs_stay_apart():
    assert str(prose("a\nb\n\nc\n")) == "<p>a b</p><p>c</p>"
