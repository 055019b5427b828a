"""Errors as the one JSON shape of the contract (1.6)."""

import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, cast

from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match

from keyfob.edge import status_of
from keyfob.errors import Invalid, KeyfobError, TooManyAttempts, Unavailable

# What pydantic found, by its name for it, in our words. What is not here is rare: its own words do.
WORDS: Final[Mapping[str, str]] = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this operation",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of an ordinary size",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_long": "must be at most {max_length} characters long",
    "enum": "must be {expected}",
}

# Public clients look for these in the whole answer, names that were echoed included, and then
# retry, or drop what they manage from their state (contract 1.7).
_MISREAD: Final = re.compile(
    r"(failed with|status code|missing) "
    r"(?=missing|429|500|sub account|user|log shipping|authentication groups|metrics account)"
)


# What is said of a field goes on after its name; what a contract says word by word does not.
_OF_A_FIELD: Final = "request/"


@contextmanager
def as_bad_request(*kinds: type[KeyfobError]) -> Generator[None]:
    """What these errors are on the wire of the account API: 400, in the same words."""
    try:
        yield
    except kinds as error:
        parameters = {"field": "id", **error.parameters}
        raise Invalid(error.message, code=error.code, **parameters) from error  # pyright: ignore[reportArgumentType] -- a field's name is text


async def problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KeyfobError)
    status = status_of(error)
    message = error.message
    if isinstance(error, Invalid) and error.code.startswith(_OF_A_FIELD) and message[:1].islower():
        message = f"{error.field} {message}"
    headers: dict[str, str] = {}
    if isinstance(error, TooManyAttempts | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(request, status, error.code, message, error.parameters, headers)


async def invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Name the first field that is wrong, and list the others."""
    assert isinstance(error, RequestValidationError)
    found = [(_field(each["loc"]), _in_words(each)) for each in error.errors()]
    field, message = found[0]
    others = list(dict.fromkeys(name for name, _ in found if name != field))
    parameters: dict[str, Any] = {"field": field} | ({"others": others} if others else {})
    return _answer(
        request, HTTPStatus.BAD_REQUEST, "request/INVALID", f"{field} {message}", parameters
    )


async def http_problem(request: Request, error: Exception) -> JSONResponse:
    """What the router itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    match status:
        case HTTPStatus.NOT_FOUND:
            code, message = "request/UNKNOWN_PATH", "There is nothing at this address."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(sorted(_methods(request)))
            code, message = "request/UNKNOWN_METHOD", f"This address takes {allowed}."
            return _answer(request, status, code, message, {}, {"Allow": allowed})
        case _:
            code, message = "request/REFUSED", status.phrase
    return _answer(request, status, code, message, {}, error.headers)


handlers: Final[dict[int | type[Exception], Any]] = {
    KeyfobError: problem,
    RequestValidationError: invalid_request,
    HTTPException: http_problem,
}


def _answer(
    request: Request,
    status: HTTPStatus,
    code: str,
    message: str,
    parameters: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body: dict[str, Any] = {
        "errorCode": code,
        "message": not_misread(message),
        "requestId": request.state.origin.request_id,
        "parameters": {name: not_misread(value) for name, value in parameters.items()},
    }
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        body["code"] = int(status)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def not_misread(value: Any) -> Any:
    """The same to a reader, a no-break space in it to a client that searches the text."""
    match value:
        case str():
            return _MISREAD.sub("\\1\u00a0", value)
        case list():
            return [not_misread(each) for each in cast("list[object]", value)]
        case _:
            return value


def _in_words(found: Mapping[str, Any]) -> str:
    words = WORDS.get(found["type"])
    return found["msg"] if words is None else words.format_map(found.get("ctx", {}))


def _methods(request: Request) -> Iterable[str]:
    """What can be done at this address, for whoever asked for something else."""
    given = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.original_route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    return given | ({"HEAD"} if "GET" in given else set())


def _field(loc: tuple[int | str, ...]) -> str:
    """`("body", "tags", 0)` is `tags.0`; a body that is no object at all is `body`."""
    return ".".join(str(part) for part in loc[1:]) or str(loc[0])
