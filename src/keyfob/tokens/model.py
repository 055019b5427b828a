"""What a token is, and the rules that need no database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType, TypeVar

from keyfob import wording
from keyfob.errors import Invalid
from keyfob.limits import Limits, Restrictions
from keyfob.scopes import Scope
from keyfob_client.token_format import hint

TokenId = NewType("TokenId", int)
FilterId = NewType("FilterId", int)

Moment = TypeVar("Moment", datetime, int)  # times that compare with each other

LONGEST_DESCRIPTION: Final = 1000  # characters
MOST_TAGS: Final = 20

_TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/=@-]{0,49}", re.ASCII)


class LastUse(NamedTuple):
    """`at` is in milliseconds since 1970; an empty text was not told."""

    token_id: TokenId
    at: int
    ip: str
    agent: str


class TokenKind(StrEnum):
    """The second word of a token's text."""

    API = "api"
    SHIPPING = "ship"
    SHARED = "share"


class TokenState(StrEnum):
    ACTIVE = "active"
    SCHEDULED = "scheduled"
    DISABLED = "disabled"
    EXPIRED = "expired"
    REVOKED = "revoked"


def state_at(
    now: Moment,
    *,
    revoked: bool,
    enabled: bool,
    not_before: Moment | None,
    expires_at: Moment | None,
) -> TokenState:
    """
    Revoked wins over expired, expired over disabled, disabled over scheduled.

    A token is expired *at* `expires_at`, and no longer scheduled *at* `not_before`.
    """
    if revoked:
        return TokenState.REVOKED
    if expires_at is not None and now >= expires_at:
        return TokenState.EXPIRED
    if not enabled:
        return TokenState.DISABLED
    if not_before is not None and now < not_before:
        return TokenState.SCHEDULED
    return TokenState.ACTIVE


class FiltersOperator(StrEnum):
    """How the filters of a shared token go together."""

    OR = "OR"
    AND = "AND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a shared token is narrowed down to: logs whose `field` is exactly `value`."""

    id: FilterId
    account_id: int
    field: str
    value: str
    description: str

    @property
    def subject(self) -> str:
        """How the audit trail names it."""
        return f"filter:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """
    A stored token, without its secret. All times are timezone-aware UTC.

    `responsible` is the e-mail address of whoever made it, or made the token that made it; empty
    when the operator did. `filters_operator` is None unless it is a shared token.
    """

    id: TokenId
    public_id: str
    brand: str
    kind: TokenKind
    account_id: int
    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    restrictions: Restrictions = field(default_factory=Restrictions)
    enabled: bool = True
    retrievable: bool = True
    created_at: datetime
    created_by: str
    responsible: str = ""
    updated_at: datetime
    updated_by: str
    not_before: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    filters_operator: FiltersOperator | None = None

    @property
    def hint(self) -> str:
        return hint(self.brand, self.kind, self.public_id)

    @property
    def subject(self) -> str:
        """How the audit trail names it."""
        return f"token:{self.id}"

    @property
    def limits(self) -> Limits:
        return Limits(expires_at=self.expires_at, restrictions=self.restrictions)

    def state(self, now: datetime) -> TokenState:
        return state_at(
            now,
            revoked=self.revoked_at is not None,
            enabled=self.enabled,
            not_before=self.not_before,
            expires_at=self.expires_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    What somebody wants a token to be. `check` makes it fit to be stored.

    `scopes` None means what the maker holds; `retrievable` None means the installation's rule.
    """

    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] | None = None
    restrictions: Restrictions = field(default_factory=Restrictions)
    not_before: datetime | None = None
    expires_at: datetime | None = None
    retrievable: bool | None = None

    def checked(self, now: datetime) -> Mapping[str, object]:
        """The fields, checked and tidied. Raise Invalid for one that breaks a rule."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        given["name"] = wording.name(self.name, field="name")
        given["description"] = description(self.description)
        given["tags"] = tags(self.tags)
        check_times(self.not_before, self.expires_at, now=now)
        return given


def description(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_DESCRIPTION:
        raise Invalid(f"must be at most {LONGEST_DESCRIPTION} characters long", field="description")
    wording.printable(text, field="description", also="\n\t")
    return wording.without_token(text, field="description")


def tags(texts: tuple[str, ...], *, field: str = "tags") -> tuple[str, ...]:
    if len(texts) > MOST_TAGS:
        raise Invalid(f"may have at most {MOST_TAGS} tags", field=field)
    for text in texts:
        if not _TAG.fullmatch(text):
            raise Invalid(
                "must have 1 to 50 letters, digits and . _ : / = @ - each, and start with a letter "
                "or a digit",
                field=field,
            )
    return tuple(dict.fromkeys(texts))


def check_times(not_before: datetime | None, expires_at: datetime | None, *, now: datetime) -> None:
    """A token cannot be born expired, nor expire before it starts."""
    if expires_at is not None and expires_at <= now:
        raise Invalid("must be in the future", field="expiresAt")
    if expires_at is not None and not_before is not None and expires_at <= not_before:
        raise Invalid("must be later than notBefore", field="expiresAt")
