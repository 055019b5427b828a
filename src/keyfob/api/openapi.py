"""The OpenAPI description: what FastAPI finds out, made true for our errors and credentials."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import Field

from keyfob.api.examples import EXAMPLES, REQUEST_ID, error
from keyfob.api.shapes import Shape
from keyfob.version import __version__

ABOUT: Final = """\
Send an API token in the header `X-API-TOKEN` (or `Authorization: Bearer`).

**A token is good for its own account only.** Operations marked *main account only* take the main
account's token alone. Times are whole seconds since 1970; ids are integers from 2,000,001 up.
Every error has the same body: `errorCode`, `message`, `requestId`, `parameters`.

In the examples `$LOGZ_IO_API_TOKEN` is your token, and `$ID` the number of what you mean: set both
first.
"""

MEANING: Final = {
    400: "The input breaks a rule; `parameters.field` says where.",
    401: "No token was sent.",
    403: "The token is not good, or may not do this.",
    404: "It does not exist, or is not yours to see.",
    409: "It does not fit what is stored; the message says why.",
    413: "The body is too large.",
    429: "Too many requests of the account run at once; `Retry-After` says when to come again.",
    503: "No truthful answer is possible now; `Retry-After` says when to come again.",
}


class Problem(Shape):
    """The body of every error."""

    error_code: str = Field(
        description="`<area>/<WORD>`: stable, for programs.", examples=["tokens/NOT_FOUND"]
    )
    message: str = Field(description="For people.", examples=["Token 2000009 does not exist."])
    request_id: str = Field(
        description="The operator finds the request in the log by it.", examples=[REQUEST_ID]
    )
    parameters: dict[str, Any] = Field(
        description="What the message speaks of; `field` names the input that is wrong.",
        examples=[{"id": 2000009}],
    )
    code: int | None = Field(default=None, description="The status again, on 401 and 403.")


PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """
    The errors of an operation, for FastAPI's `responses`. Any may be unavailable, and one that
    needs a token may be asked too often at once.

    They name the shape of an error instead of giving it as a `model`: FastAPI would build one more
    validator for each status of each operation, at every start.
    """
    always = {503, 429} if HTTPStatus.UNAUTHORIZED in statuses else {503}
    return {
        status: {
            "description": MEANING[status],
            "content": {"application/json": {"schema": PROBLEM, "example": error(status)}},
        }
        for status in sorted({*statuses, *always})
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """The description, made once. An operation without an example is a KeyError."""
    if app.openapi_schema is None:
        description = get_openapi(
            title="Keyfob",
            version=__version__,
            summary="API tokens: make, show, cut and verify them.",
            description=ABOUT,
            routes=app.routes,
            servers=[{"url": "/", "description": "This server"}],
        )
        for method, path, operation in operations(description):
            operation["responses"].pop("422", None)  # ours is 400
            if operation["x-keyfob-rule"] != "open":
                operation["security"] = [{"ApiToken": []}, {"Bearer": []}]
            _add_example(method, path, operation)
        parts = description["components"]
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        parts["schemas"]["Problem"] = Problem.model_json_schema(mode="serialization")
        parts["securitySchemes"] = {
            "ApiToken": {"type": "apiKey", "in": "header", "name": "X-API-TOKEN"},
            "Bearer": {"type": "http", "scheme": "bearer"},
        }
        app.openapi_schema = description
    return app.openapi_schema


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method in capitals, path, and what is said of it."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _add_example(method: str, path: str, operation: dict[str, Any]) -> None:
    example = EXAMPLES[f"{method} {path}"]
    if example.body is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example.body
    if example.answer is not None:
        status = min(operation["responses"])  # the lowest is the success
        operation["responses"][status]["content"]["application/json"]["example"] = example.answer
    source = example.curl(method, path, with_token="security" in operation)
    operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": source}]
