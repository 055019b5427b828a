"""What Keyfob says of a token: `Valid` or `Refused`. A `match` over the two is exhaustive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal, Self, TypeVar, cast

T = TypeVar("T")

ACCOUNT_TYPES: Final = ("MAIN", "SUB")
OPERATORS: Final = ("OR", "AND")
SHARED: Final = "share"  # the kind whose filters must be known: without them it reads everything


class Reason(StrEnum):
    """Why a token was refused. `OTHER` is a reason that is newer than this client."""

    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"
    DISABLED = "DISABLED"
    REVOKED = "REVOKED"
    NOT_YET_VALID = "NOT_YET_VALID"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    IP_DENIED = "IP_DENIED"
    METHOD_DENIED = "METHOD_DENIED"
    PATH_DENIED = "PATH_DENIED"
    RATE_LIMITED = "RATE_LIMITED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A shared token reads only logs whose `field` is exactly `value`."""

    id: int
    field: str
    value: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Valid:
    """
    Whose token it is, and what it may do. True in a condition.

    `expires_at` is in UTC; None: never. Only shared tokens (`kind` is `share`) have filters and
    an operator: a log passes any of the filters (`OR`) or all of them (`AND`).
    """

    valid: ClassVar[Literal[True]] = True

    token_id: int
    token_name: str
    account_id: int
    account_name: str
    account_type: Literal["MAIN", "SUB"]
    main_account_id: int
    kind: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    tags: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    filters_operator: Literal["OR", "AND"] | None = None

    def __bool__(self) -> Literal[True]:
        return True

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Raise ValueError or KeyError for what is not the whole of it."""
        is_shared = body["kind"] == SHARED
        return cls(
            token_id=_number(body["tokenId"]),
            token_name=_text(body["tokenName"]),
            account_id=_number(body["accountId"]),
            account_name=_text(body["accountName"]),
            account_type=_one_of(ACCOUNT_TYPES, body["accountType"]),
            main_account_id=_number(body["mainAccountId"]),
            kind=_text(body["kind"]),
            scopes=_each(_text, body["scopes"]),
            expires_at=_moment(body["expiresAt"]),
            tags=_each(_text, body["tags"]),
            filters=_each(_filter, body["filters"]) if is_shared else (),
            filters_operator=_one_of(OPERATORS, body["filtersOperator"]) if is_shared else None,
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """The token is not good for this. False in a condition."""

    valid: ClassVar[Literal[False]] = False

    code: Reason

    def __bool__(self) -> Literal[False]:
        return False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Raise ValueError or KeyError for what gives no reason."""
        code = _text(body["code"])
        return cls(Reason(code) if code in Reason.__members__ else Reason.OTHER)


Answer = Valid | Refused


def read(body: object) -> Answer:
    """Raise ValueError for what is neither: nothing is valid unless it says so, whole."""
    said = _object(body)
    verdict = said.get("valid")
    try:
        if verdict is True:
            return Valid.of(said)
        if verdict is False:
            return Refused.of(said)
    except (KeyError, OverflowError, OSError) as error:  # OSError: a year that no clock has
        raise ValueError("a field is not there, or cannot be right") from error
    raise ValueError("no verdict")


def _object(value: object) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return cast("Mapping[str, Any]", value)
    raise ValueError("not an object")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("not a text")


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("not a whole number")


def _moment(value: object) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(_number(value), UTC)


def _each(read_one: Callable[[object], T], value: object) -> tuple[T, ...]:
    if isinstance(value, list):
        return tuple(read_one(each) for each in cast("list[object]", value))
    raise ValueError("not a list")


def _one_of(words: tuple[str, ...], value: object) -> Any:
    """`Any`, because the caller's own type names the same words."""
    if value in words:
        return value
    raise ValueError("not one of the words")


def _filter(value: object) -> Filter:
    body = _object(value)
    return Filter(
        id=_number(body["id"]),
        field=_text(body["field"]),
        value=_text(body["value"]),
        description=_text(body["description"]),
    )
