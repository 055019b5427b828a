"""`POST /v1/verify`: is this token good for this?"""

import re
from ipaddress import ip_address
from typing import Annotated, Final, Literal

from pydantic import Field

from keyfob import scopes, verification, wording
from keyfob.accounts import Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Door, TheLookup, TheUsage, rule
from keyfob.api.shapes import NAME, Input, Shape, Text
from keyfob.api.shared import TokenFilter
from keyfob.errors import Invalid
from keyfob.tokens import FiltersOperator, KnownToken, TokenKind
from keyfob.tokens.known import NEVER
from keyfob.verification import ACCEPTED, Reason, Use

router = Door("Verification")

METHOD: Final = re.compile(r"[A-Za-z-]{1,20}", re.ASCII)
LONGEST_TOKEN: Final = (
    1000  # characters: a little room, so that a mangled one is an answer, not an error
)


class Question(Input):
    """Only `token` is required. What is not told is not vouched for."""

    token: Annotated[str, Field(strict=True, max_length=LONGEST_TOKEN)] = Field(
        description="The value somebody presented.",
    )
    scopes: list[Text] = Field(
        default=[], description="What the token must be allowed to do.", examples=[["logs:search"]]
    )
    client_ip: Text = Field(
        default="", description="Where the request came from.", examples=["203.0.113.7"]
    )
    method: Text = Field(default="", description="Its HTTP method.", examples=["GET"])
    path: Annotated[str, Field(strict=True, max_length=4096)] = Field(
        default="", description="Its path, as it was sent.", examples=["/v1/search"]
    )
    cost: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = Field(
        default=1, description="What the call counts against the token's limits, if it has any."
    )

    def use(self) -> Use:
        if self.client_ip:
            try:
                ip_address(self.client_ip)
            except ValueError:
                raise Invalid("must be an IP address", field="clientIp") from None
        if self.method and not METHOD.fullmatch(self.method):
            raise Invalid("must be an HTTP method like GET", field="method")
        if self.path and not self.path.startswith("/"):
            raise Invalid("must begin with '/'", field="path")
        wording.printable(self.path, field="path")
        return Use(
            scopes=scopes.parse(self.scopes),
            ip=self.client_ip,
            method=self.method,
            path=self.path,
        )


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


@router.post(
    "/v1/verify",
    summary="Verify a token",
    response_model=ValidShared | Valid | NotValid,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.VERIFY_TOKEN),
)
async def verify(
    actor: Caller, lookup: TheLookup, usage: TheUsage, question: Question
) -> Valid | NotValid:
    """
    You see tokens of your own account; a main account's token sees its whole family.

    Tokens of every kind are answered for. A data-shipping or a shared token holds no scopes: ask
    without any, and look at `kind`.
    """
    use = question.use()
    verdict, token = await lookup.patiently(
        lambda reading: verification.verify(
            lookup, question.token, use, account_id=actor.account_id, reading=reading
        )
    )
    if token is not None:
        usage.count(token, verdict, lookup.now())
    if token is None or verdict is not ACCEPTED:
        return NotValid(code=Reason(verdict))
    return _valid(token)


def _valid(token: KnownToken) -> Valid:
    account = token.account
    valid = Valid(
        token_id=token.id,
        token_name=token.name,
        account_id=account.id,
        account_name=account.name,
        account_type="MAIN" if account.is_main else "SUB",
        main_account_id=account.main_id,
        kind=token.kind,
        scopes=[*token.scopes],
        expires_at=None if token.expires_at == NEVER else token.expires_at // 1000,
        tags=[*token.tags],
    )
    if token.kind is not TokenKind.SHARED:
        return valid
    return ValidShared(
        **dict(valid),
        filters=[TokenFilter.of(each) for each in token.filters],
        filters_operator=token.filters_operator or FiltersOperator.OR,
    )
