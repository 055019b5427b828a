"""Errors in the one JSON shape of the contract (1.6). The only place that knows HTTP statuses."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple, cast

from keyfob.errors import (
    Conflict,
    Forbidden,
    Invalid,
    KeyfobError,
    Misconfigured,
    NotFound,
    TooLarge,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)

STATUS: Final[Mapping[type[KeyfobError], HTTPStatus]] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Misconfigured: HTTPStatus.INTERNAL_SERVER_ERROR,
}

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
    "too_long": "must have at most {max_length} items",
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


class Problem(NamedTuple):
    """An answer that says what went wrong."""

    status: HTTPStatus
    body: dict[str, Any]
    headers: dict[str, str]


def status_of(error: KeyfobError) -> HTTPStatus:
    return STATUS[type(error)]


def of(error: KeyfobError, request_id: str) -> Problem:
    message = error.message
    if isinstance(error, Invalid) and error.code.startswith(_OF_A_FIELD) and message[:1].islower():
        message = f"{error.field} {message}"
    headers: dict[str, str] = {}
    if isinstance(error, TooManyAttempts | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    status = status_of(error)
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Problem(status, body(status, error.code, message, request_id, error.parameters), headers)


def of_shape(found: Sequence[Mapping[str, Any]], request_id: str) -> Problem:
    """Of what pydantic found: the first field that is wrong, with the others beside it."""
    told = [(_field(each["loc"]), _in_words(each)) for each in found]
    field, message = told[0]
    others = list(dict.fromkeys(name for name, _ in told if name != field))
    parameters: dict[str, Any] = {"field": field} | ({"others": others} if others else {})
    status = HTTPStatus.BAD_REQUEST
    return Problem(
        status, body(status, "request/INVALID", f"{field} {message}", request_id, parameters), {}
    )


def internal(request_id: str) -> Problem:
    """A bug of ours. The log has the rest, under the same request id."""
    message = "Something went wrong here. Tell the operator the request id."
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(status, body(status, "server/INTERNAL", message, request_id, {}), {})


def body(
    status: HTTPStatus, code: str, message: str, request_id: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "errorCode": code,
        "message": not_misread(message),
        "requestId": request_id,
        "parameters": {name: not_misread(value) for name, value in parameters.items()},
    }
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        shape["code"] = int(status)
    return shape


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


def _field(loc: tuple[int | str, ...]) -> str:
    """`("body", "tags", 0)` is `tags.0`; a body that is no object at all is `body`."""
    return ".".join(str(part) for part in loc[1:]) or str(loc[0])
