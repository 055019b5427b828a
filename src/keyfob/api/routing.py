"""Routes that cannot exist without a rule: who may call, checked before anything is read."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Final, get_origin

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from keyfob import accounts, strict_json
from keyfob.accounts import Operation
from keyfob.actors import Actor
from keyfob.api.authentication import caller
from keyfob.config import Config
from keyfob.db import Database
from keyfob.edge import MOST_BATCH, MOST_BODY, Open, bounded_body, content_type
from keyfob.errors import Invalid
from keyfob.gate import Gate
from keyfob.keys import Instance
from keyfob.verification import Running

RULE: Final = "x-keyfob-rule"  # in the OpenAPI description, so that everybody can read it
CONTRACT: Final = "x-keyfob-contract"  # an operation of the account API: lenient (contract 1.4)


class JsonRequest(Request):
    """A request whose body is bounded, and JSON when its header names nothing else."""

    _read = b""
    _parsed: Any = None

    async def read(self, most: int) -> None:
        """Take the body in. Raise Invalid or TooLarge for one that no operation takes."""
        if content_type(self.headers) not in {"application/json", ""}:
            raise Invalid("must be application/json", field="Content-Type")
        self._read = await bounded_body(self, most=most)
        if self._read:
            self._parsed = strict_json.parse(self._read)

    async def body(self) -> bytes:
        return self._read

    async def json(self) -> Any:
        return self._parsed


class RuledRoute(APIRoute):
    """
    Authenticates and authorizes before it reads the body or looks at a parameter.

    So a caller who may not do this learns nothing about what it would have answered. Whoever may
    holds one of the account's places from then on, while a slow body comes in, too.
    """

    most_body = MOST_BODY

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        extra: dict[str, Any] = options.get("openapi_extra") or {}
        text = extra.get(RULE)
        if text is None:
            message = f"{path} has no rule: say which Operation it is, or that it is Open"
            raise TypeError(message)
        self.rule: Operation | Open = Open.OPEN if text == Open.OPEN else Operation(text)
        self.lenient = self.rule is Open.OPEN or CONTRACT in extra
        super().__init__(path, endpoint, **options)
        self.parameters = {
            field.alias: get_origin(field.field_info.annotation) is list
            for field in self.dependant.query_params
        }

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if not isinstance(self.rule, Operation):
                return await answered(request)
            actor = request.state.actor = await caller(request)
            accounts.authorize(actor, self.rule)
            running: Running = request.app.state.running
            with running.place(actor.account_id):
                return await answered(request)

        async def answered(request: Request) -> Response:
            if not self.lenient:
                _refuse_unknown(request, self.parameters)
            json_request = JsonRequest(request.scope, request.receive)
            if self.body_field is not None:
                await json_request.read(self.most_body)
            return await inner(json_request)

        return guarded


class BatchRoute(RuledRoute):
    """For many in one request."""

    most_body = MOST_BATCH


class Door(APIRouter):
    """A router whose routes are all ruled."""

    def __init__(self, tag: str, route_class: type[RuledRoute] = RuledRoute) -> None:
        super().__init__(
            tags=[tag], route_class=route_class, redirect_slashes=False,
            strict_content_type=False, generate_unique_id_function=_named_as_in_the_code,
        )  # fmt: skip


def _named_as_in_the_code(route: APIRoute) -> str:
    return route.name


def rule(operation: Operation | Open, *, contract: bool = False) -> dict[str, Any]:
    """Give it to a route as `openapi_extra`."""
    return {RULE: str(operation)} | ({CONTRACT: True} if contract else {})


def _actor(request: Request) -> Actor:
    return request.state.actor


def _db(request: Request) -> Database:
    return request.app.state.db


def _instance(request: Request) -> Instance:
    return request.app.state.instance


def _config(request: Request) -> Config:
    return request.app.state.config


def _gate(request: Request) -> Gate:
    return request.app.state.gate


Caller = Annotated[Actor, Depends(_actor)]
Db = Annotated[Database, Depends(_db)]
TheInstance = Annotated[Instance, Depends(_instance)]
TheGate = Annotated[Gate, Depends(_gate)]
TheConfig = Annotated[Config, Depends(_config)]


def _refuse_unknown(request: Request, known: Mapping[str, bool]) -> None:
    """
    A misspelt filter would answer another question than the one that was asked. `known` tells
    of each parameter whether it may come several times.
    """
    for name in request.query_params:
        if name not in known:
            raise Invalid("is not a parameter of this operation", field=name)
        if not known[name] and len(request.query_params.getlist(name)) > 1:
            raise Invalid("came twice", field=name)
