"""What goes over the wire, field by field. Moments are whole seconds since 1970."""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from keyfob import scopes
from keyfob.tokens import Page, Restrictions, Token, TokenState

LAST_SECOND: Final = 253_402_300_799  # the end of the year 9999
LAST_MILLISECOND: Final = LAST_SECOND * 1000
LONGEST_NUMBER: Final = 20  # digits
_DIGITS: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")  # with a minus it names nothing: 404
NAME: Final = "Workshop API Token"

Seconds = Annotated[
    int, Field(ge=0, le=LAST_SECOND, strict=True, description="Seconds since 1970.")
]
Text = Annotated[str, Field(strict=True)]
Id = Annotated[int, Field(strict=True)]
Boolean = Annotated[bool, Field(strict=True)]


def _whole(value: object) -> object:
    """A whole number as the account API takes it (contract 1.4): `5`, `"5"`, `5.0`."""
    match value:
        case str() if value.isascii() and value.isdecimal() and len(value) <= LONGEST_NUMBER:
            return int(value)
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _digits(value: object) -> object:
    """A number in an address, in digits: pydantic would take ` 5`, `+5`, `05` and `5.0`, too."""
    return "no number" if isinstance(value, str) and not _DIGITS.fullmatch(value) else value


def _switch(value: object) -> object:
    """A boolean as the account API takes it: `true`, `"true"`; `""` is not given."""
    match value:
        case "true" | "false":
            return value == "true"
        case "":
            return None
        case _:
            return value


def _number(value: object) -> object:
    """An integer or a float; a boolean is neither, and no text is."""
    return "not a number" if isinstance(value, bool | str) else value


Digits = Annotated[int, BeforeValidator(_digits)]
WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(_whole)]
Switch = Annotated[bool | None, Field(strict=True), BeforeValidator(_switch)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_number)]


class Shape(BaseModel):
    """camelCase outside, snake_case inside."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )


class Done(Shape):
    """Nothing more to say. Public clients take any other status than 200 for a failure."""


class Sent(Shape):
    """What operations take, by its name on the wire only; what they do not know is ignored."""

    model_config = ConfigDict(populate_by_name=False)


class Input(Sent):
    """What our own operations take: a field they do not know is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class UseRestrictions(Input):
    """Where the token may be used. An empty list restricts nothing."""

    ip_allow: list[Text] = Field(
        default=[], description="Networks (CIDR) it may come from.", examples=[["203.0.113.0/24"]]
    )
    methods: list[Text] = Field(
        default=[], description="HTTP methods it may be used with.", examples=[["GET"]]
    )
    paths: list[Text] = Field(
        default=[],
        description="Globs of at most 16 segments: `*` within one segment, `**` for any segments. "
        "They allow no path of more than 64.",
        examples=[["/v1/search/**"]],
    )

    def parse(self) -> Restrictions:
        return Restrictions.parse(ip_allow=self.ip_allow, methods=self.methods, paths=self.paths)


class ApiToken(Shape):
    """An API token, without its value."""

    id: int = Field(description="Names the token in addresses.", examples=[2000002])
    account_id: int = Field(description="The account it speaks for.", examples=[2000001])
    name: str = Field(
        description="Unique among the account's living tokens, without regard to case.",
        examples=[NAME],
    )
    description: str = Field(description="What it is for.", examples=["For the nightly search."])
    tags: list[str] = Field(description="Words to find it by.", examples=[["ci", "team:o11y"]])
    hint: str = Field(
        description="The public part of the value: safe to print.",
        examples=["kf_api_h7QmZ2rT9xLc04Vb"],
    )
    state: TokenState = Field(
        description="Only an active token is good. Revoked is for good; the others can change."
    )
    enabled: bool = Field(description="False: refused until somebody enables it again.")
    scopes: list[str] = Field(
        description="What it may do; `*` is all but `tokens:reveal`.", examples=[["*"]]
    )
    restrictions: UseRestrictions = Field(description="Where it may be used.")
    created_at: int = Field(description="Seconds since 1970.", examples=[1795471200])
    created_by: str = Field(
        description="An e-mail address, or the name of the token that made it.",
        examples=["admin@example.com"],
    )
    expires_at: int | None = Field(description="From this second on it is refused; null: never.")
    not_before: int | None = Field(description="Before this second it is refused; null: at once.")
    last_used_at: int | None = Field(
        description="When it was last good for a request, to about ten seconds; null: never."
    )
    retrievable: bool = Field(description="Whether the value can be shown again.")
    rotation: None = Field(default=None, description="Set while an old value still works.")

    @classmethod
    def of(cls, token: Token, now: datetime, /, **more: Any) -> Self:
        return cls(
            id=token.id,
            account_id=token.account_id,
            name=token.name,
            description=token.description,
            tags=[*token.tags],
            hint=token.hint,
            state=token.state(now),
            enabled=token.enabled,
            scopes=[*token.scopes],
            restrictions=UseRestrictions.model_validate(asdict(token.restrictions), by_name=True),
            created_at=seconds(token.created_at),
            created_by=token.created_by,
            expires_at=seconds(token.expires_at),
            not_before=seconds(token.not_before),
            last_used_at=seconds(token.last_used_at),
            retrievable=token.retrievable,
            **more,
        )


class CreatedApiToken(ApiToken):
    """The same with the value: the only answer, beside a reveal, that carries it."""

    token: str = Field(description="The value. Send it in the header X-API-TOKEN.")


class ApiTokenPage(Shape):
    items: list[ApiToken] = Field(description="One page, in the order of `sort`.")
    total: int = Field(description="How many match, on all pages.")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page.")

    @classmethod
    def of(cls, page: Page, now: datetime) -> Self:
        return cls(
            items=[ApiToken.of(token, now) for token in page.items],
            total=page.total,
            next_cursor=page.next_cursor or None,
        )


def moment(number: int | None) -> datetime | None:
    return None if number is None else datetime.fromtimestamp(number, UTC)


def seconds(at: datetime | None) -> Any:
    """`Any`, because a required moment stays required: None comes only from None."""
    return None if at is None else int(at.timestamp())


def parsed_scopes(texts: list[str] | None) -> tuple[scopes.Scope, ...] | None:
    return None if texts is None else scopes.parse(texts)
