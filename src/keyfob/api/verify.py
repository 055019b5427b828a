"""Verify tokens: `POST /v1/verify`, many at once, and `/auth` for gateways."""

from functools import partial
from typing import Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from keyfob.accounts import Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import BatchRoute, Caller, Door, Open, TheGate, rule
from keyfob.api.shapes import NAME, Shape
from keyfob.api.shared import TokenFilter
from keyfob.gate import Answer, Batch, Question, split
from keyfob.gate import Request as Asked
from keyfob.tokens import FiltersOperator
from keyfob.verification import Reason

router = Door("Verification")
batches = Door("Verification", BatchRoute)


class Valid(Shape):
    """Whose it is and what it may do."""

    valid: Literal[True] = Field(default=True, description="It is good for this.")
    token_id: int = Field(description="The token's id.")
    token_name: str = Field(description="The token's name.", examples=[NAME])
    account_id: int = Field(description="The account it speaks for.")
    account_name: str = Field(description="That account's name.")
    account_type: Literal["MAIN", "SUB"] = Field(description="That account's place.")
    main_account_id: int = Field(description="The main account of its family.")
    kind: str = Field(
        description="`api`: an API token; `ship`: a data-shipping token; `share`: a shared token, "
        "which has two fields more.",
        examples=["api"],
    )
    scopes: list[str] = Field(description="What it may do.")
    expires_at: int | None = Field(description="Seconds since 1970; null: never.")
    tags: list[str] = Field(description="The words it was tagged with.")


class ValidShared(Valid):
    """A shared token: may read the account's logs, as far as its filters let it."""

    filters: list[TokenFilter] = Field(description="None: all logs of the account.")
    filters_operator: FiltersOperator = Field(
        description="Whether a log passes any of the filters, or all of them."
    )


class NotValid(Shape):
    """`NOT_FOUND` stands for anything unknown, malformed or of another family."""

    valid: Literal[False] = Field(default=False, description="Refuse the request.")
    code: Reason = Field(description="Why, for a token of your own family.")


class Answers(Shape):
    items: list[ValidShared | Valid | NotValid] = Field(
        description="In the order of the questions."
    )


@router.post(
    "/v1/verify",
    summary="Verify a token",
    response_model=ValidShared | Valid | NotValid,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.VERIFY_TOKEN),
)
async def verify(actor: Caller, gate: TheGate, question: Question) -> Response:
    """
    You see tokens of your own account; a main account's token sees its whole family.

    Tokens of every kind are answered for. A data-shipping or a shared token holds no scopes: ask
    without any, and look at `kind`.
    """
    asked = (question.token, question.use())
    return _json(await gate.patiently(partial(gate.say, asked, actor.account_id)))


@batches.post(
    "/v1/verify/batch",
    summary="Verify many tokens",
    response_model=Answers,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.VERIFY_TOKEN),
)
async def verify_batch(actor: Caller, gate: TheGate, batch: Batch) -> Response:
    """Up to 1000 questions in one request; each is answered as `POST /v1/verify` would."""
    asked = batch.asked()
    return _json(await gate.patiently(partial(gate.say_all, asked, actor.account_id)))


@router.get(
    "/auth",
    summary="Let a gateway ask",
    response_class=Response,
    response_model=None,
    responses={200: {"description": "The token is good: whose it is, in `X-Keyfob-…` headers."}}
    | problems(400, 401, 403, 429, 503),
    openapi_extra=rule(Open.OPEN),
)
async def auth(request: Request, gate: TheGate) -> Response:
    """
    For `auth_request`, `forwardAuth` and their like. The client's own headers carry its token;
    `X-Keyfob-Gateway` carries the gateway's, which needs the scope `tokens:verify`.

    What the gateway tells in `X-Forwarded-Method`, `X-Forwarded-Uri` and `X-Real-IP` is held
    against the token's restrictions, and `X-Keyfob-Scopes` against its scopes.
    """
    client = request.client.host if request.client else ""
    asked = Asked("GET", "/auth", "", request.scope["headers"], b"", client)
    return _response(await gate.answer(asked))


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = [*split(answer.head)]
    return response
