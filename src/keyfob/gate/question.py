"""What is asked about a token, as it comes over the wire."""

import re
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from keyfob import scopes, wording
from keyfob.errors import Invalid
from keyfob.verification import NO_USE, Use

METHOD: Final = re.compile(r"[A-Za-z-]{1,20}", re.ASCII)
LONGEST_TOKEN: Final = (
    1000  # characters: a little room, so that a mangled one is an answer, not an error
)
LONGEST_PATH: Final = 4096  # characters
MOST_ITEMS: Final = 1000  # of one batch

Text = Annotated[str, Field(strict=True)]
Asked = tuple[str, Use]  # what was presented, and for what


class Question(BaseModel):
    """Only `token` is required. What is not told is not vouched for."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

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
    path: Annotated[str, Field(strict=True, max_length=LONGEST_PATH)] = Field(
        default="", description="Its path, as it was sent.", examples=["/v1/search"]
    )
    cost: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = Field(
        default=1, description="What the call counts against the token's limits, if it has any."
    )

    def use(self, *, at: str = "") -> Use:
        """Raise Invalid for what cannot be; `at` is put before the name of the field."""
        if self.client_ip:
            try:
                ip_address(self.client_ip)
            except ValueError:
                raise Invalid("must be an IP address", field=f"{at}clientIp") from None
        if self.method and not METHOD.fullmatch(self.method):
            raise Invalid("must be an HTTP method like GET", field=f"{at}method")
        if self.path and not self.path.startswith("/"):
            raise Invalid("must begin with '/'", field=f"{at}path")
        wording.printable(self.path, field=f"{at}path")
        return Use(
            scopes=scopes.parse(self.scopes, field=f"{at}scopes"),
            ip=self.client_ip,
            method=self.method,
            path=self.path,
        )


class Batch(BaseModel):
    """Answered in the same order."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[Question], Field(max_length=MOST_ITEMS)] = Field(
        description="What is asked of each token; the same fields as for one."
    )

    def asked(self) -> list[Asked]:
        return [(item.token, item.use(at=f"items.{n}.")) for n, item in enumerate(self.items)]


def asked(body: Any) -> Asked:
    """
    What a body, parsed, asks. Raise Invalid or pydantic's ValidationError for a wrong one.

    Most ask for nothing but whether the token is good: that is seen without the model, which
    would cost 3 µs.
    """
    plain = _plain(body)
    if plain is not None:
        return plain, NO_USE
    question = _model(Question).validate_python(body)
    return question.token, question.use()


def asked_of_many(body: Any) -> Sequence[Asked]:
    """As `asked`, for a batch."""
    items = cast("dict[str, Any]", body).get("items") if isinstance(body, dict) else None
    if isinstance(items, list) and len(cast("dict[str, Any]", body)) == 1:
        tokens = [_plain(item) for item in cast("list[Any]", items)]
        if None not in tokens and len(tokens) <= MOST_ITEMS:
            return [(token or "", NO_USE) for token in tokens]
    return _model(Batch).validate_python(body).asked()


def _plain(body: Any) -> str | None:
    """The token, when it is all that was told, and can be one."""
    if not isinstance(body, dict) or len(cast("dict[str, Any]", body)) != 1:
        return None
    token = cast("dict[str, Any]", body).get("token")
    return token if isinstance(token, str) and len(token) <= LONGEST_TOKEN else None


@cache
def _model(model: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(model)
