"""Errors of the JSON door, as answers."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match

from keyfob import problems
from keyfob.errors import Invalid, KeyfobError
from keyfob.problems import Problem


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
    return _answer(problems.of(error, _id(request)))


async def invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Name the first field that is wrong, and list the others."""
    assert isinstance(error, RequestValidationError)
    return _answer(problems.of_shape(error.errors(), _id(request)))


async def http_problem(request: Request, error: Exception) -> JSONResponse:
    """What the router itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    match status:
        case HTTPStatus.NOT_FOUND:
            code, message = "request/UNKNOWN_PATH", "There is nothing at this address."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(sorted(_methods(request)))
            code, message = "request/UNKNOWN_METHOD", f"This address takes {allowed}."
            headers = {"Allow": allowed}
        case _:
            code, message = "request/REFUSED", status.phrase
    body = problems.body(status, code, message, _id(request), {})
    return _answer(Problem(status, body, headers))


handlers: Final[dict[int | type[Exception], Any]] = {
    KeyfobError: problem,
    RequestValidationError: invalid_request,
    HTTPException: http_problem,
}


def _answer(told: Problem) -> JSONResponse:
    return JSONResponse(told.body, status_code=told.status, headers=told.headers)


def _id(request: Request) -> str:
    return request.state.origin.request_id


def _methods(request: Request) -> Iterable[str]:
    """What can be done at this address, for whoever asked for something else."""
    given = {
        method
        for route in request.app.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods
    }
    return given | ({"HEAD"} if "GET" in given else set())
