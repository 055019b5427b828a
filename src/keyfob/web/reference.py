"""/docs: the API, read from the application's own OpenAPI description."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from markupsafe import Markup, escape
from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob.accounts import MAIN_ONLY, SCOPES, Operation
from keyfob.edge import Open
from keyfob.web import assets
from keyfob.web.rendering import render
from keyfob.web.routing import Page
from keyfob.web.visit import Visit

RULE: Final = "x-keyfob-rule"
EXAMPLE_SERVER: Final = "http://127.0.0.1:8420"  # in the samples; people see this server's own
DEEPEST: Final = 4  # objects in each other that are still written out

COLOURS: Final = (
    "page", "surface", "sunken", "raised", "line", "line-strong", "ink", "muted", "accent",
    "accent-strong", "tint", "good", "warn", "warn-soft", "wrong", "wrong-soft",
)  # fmt: skip
_ICONS: Final = re.findall(r'<symbol id="([a-z0-9-]+)"', assets.ASSETS["icons.svg"].body.decode())

_SIGNS: Final = (
    (re.compile(r"`([^`]+)`"), "code"),
    (re.compile(r"\*\*([^*]+)\*\*"), "strong"),
    (re.compile(r"(?<![\w*])\*(?! )([^*<>]+)(?<! )\*(?![\w*])"), "em"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter or a field of a body. `name` has dots for what lies inside."""

    name: str
    place: str
    type: str
    required: bool
    text: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    phrase: str
    text: Markup
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One operation, ready to be shown. `scope` is empty when any good token will do."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    text: Markup
    is_open: bool
    main_only: bool
    scope: str
    fields: Sequence[Field]
    sample: str
    answers: Sequence[Answer]


async def show(visit: Visit) -> Response:
    """Open to everybody; whoever is signed in keeps the bar at the left."""
    await visit.identify()
    description: dict[str, Any] = visit.request.app.openapi()
    calls = read(description, server=visit.config.url)
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(call.tag, []).append(call)
    return render(
        visit, "reference/page.html", groups=groups, about=prose(description["info"]["description"])
    )


def read(description: Mapping[str, Any], *, server: str) -> list[Call]:
    """Every operation, in the order of the description; the samples call `server`."""
    schemas = _Schemas(description["components"]["schemas"])
    return [
        _call(schemas, path, method, operation, server)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def _call(
    schemas: "_Schemas", path: str, method: str, operation: Mapping[str, Any], server: str
) -> Call:
    text = operation[RULE]
    rule = None if text == Open.OPEN else Operation(text)
    samples = operation.get("x-codeSamples", [])
    return Call(
        id=operation["operationId"],
        tag=operation["tags"][0],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=prose(operation.get("description", "")),
        is_open=rule is None,
        main_only=rule in MAIN_ONLY,
        scope=(SCOPES[rule] or "") if rule else "",
        fields=[*_parameters(schemas, operation), *_body(schemas, operation)],
        sample=samples[0]["source"].replace(EXAMPLE_SERVER, server) if samples else "",
        answers=[_answer(schemas, *each) for each in operation["responses"].items()],
    )


def _parameters(schemas: "_Schemas", operation: Mapping[str, Any]) -> Iterator[Field]:
    for each in operation.get("parameters", ()):
        yield Field(
            name=each["name"],
            place=each["in"],
            type=schemas.type_of(each["schema"]),
            required=each["required"],
            text=marked(each.get("description", "")),
        )


def _body(schemas: "_Schemas", operation: Mapping[str, Any]) -> Iterator[Field]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from schemas.fields(content["schema"])


def _answer(schemas: "_Schemas", status: str, answer: Mapping[str, Any]) -> Answer:
    content = answer.get("content", {}).get("application/json", {})
    example = content.get("example")
    if example is None and content:
        example = schemas.example(content["schema"])
    return Answer(
        status=int(status),
        phrase=HTTPStatus(int(status)).phrase,
        text=marked(answer["description"].replace("Successful Response", "")),
        example="" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
    )


class _Schemas:
    """The named schemas of a description, and what a person wants to know of one."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow a reference, and choose what is there over `null`."""
        if "$ref" in schema:
            return self.resolve(self._named[schema["$ref"].rpartition("/")[2]])
        some = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        return {**self.resolve(some[0]), **schema} if len(some) == 1 else schema

    def type_of(self, schema: Mapping[str, Any]) -> str:
        """In words: `list of text`, `one of …`."""
        found = self.resolve(schema)
        if "enum" in found:
            return "one of " + ", ".join(map(str, found["enum"]))
        if found.get("type") == "array":
            return f"list of {self.type_of(found['items'])}"
        kind = str(found.get("type", "any"))
        return {"string": "text", "boolean": "true or false"}.get(kind, kind)

    def fields(
        self, schema: Mapping[str, Any], *, within: str = "", depth: int = DEEPEST
    ) -> Iterator[Field]:
        found = self.resolve(schema)
        for name, inner in found.get("properties", {}).items():
            yield Field(
                name=within + name,
                place="body",
                type=self.type_of(inner),
                required=name in found.get("required", ()),
                text=marked(inner.get("description", "")),
            )
            if depth:
                yield from self.fields(inner, within=f"{within}{name}.", depth=depth - 1)

    def example(self, schema: Mapping[str, Any], *, depth: int = DEEPEST) -> Any:
        """What the schema's own examples make together; None where it says nothing."""
        found = self.resolve(schema)
        if "examples" in found:
            return found["examples"][0]
        if "const" in found or "default" in found:
            return found.get("const", found.get("default"))
        if found.get("type") == "array":
            return []
        if "properties" in found and depth:
            inner = found["properties"].items()
            return {name: self.example(each, depth=depth - 1) for name, each in inner}
        return None


@cache
def prose(text: str) -> Markup:
    """Paragraphs, each `marked`."""
    paragraphs = [part.replace("\n", " ").strip() for part in text.split("\n\n")]
    return Markup("").join(Markup("<p>{}</p>").format(marked(each)) for each in paragraphs if each)


@cache
def marked(text: str) -> Markup:
    """`code`, **weight** and *stress*, as the descriptions write them; all else is plain text."""
    html = str(escape(text))
    for sign, tag in _SIGNS:
        html = sign.sub(rf"<{tag}>\1</{tag}>", html)
    return Markup(html)  # noqa: S704 -- escaped above, before any tag was put in


async def design(visit: Visit) -> Response:
    """Each part of the console once, for whoever builds a page of it."""
    await visit.identify()
    return render(
        visit, "design/page.html", now=visit.db.now(), colours=COLOURS, icons=sorted(_ICONS)
    )


routes: list[BaseRoute] = [
    Page("/docs", show, rule=Open.OPEN),
    Page("/docs/design", design, rule=Open.OPEN),
]
