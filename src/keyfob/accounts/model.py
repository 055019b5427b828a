"""What an account is, what a member is, and the rules that need no database."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NewType

from keyfob import wording
from keyfob.actors import Actor, ActorKind, Origin
from keyfob.errors import Invalid
from keyfob.scopes import ACCOUNT_READ, EVERYTHING, REVEAL, Scope
from keyfob.users import User, UserId

AccountId = NewType("AccountId", int)

MOST: Final = 1_000_000  # days, or tokens: of anything that a plan counts

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

_NAME: Final = re.compile(r"[\w.\- ]+")


class AccountType(StrEnum):
    """As the account API names them (contract section 3)."""

    MAIN = "OWNER_ACCOUNT"
    SUB = "SUB_ACCOUNT"
    METRICS = "METRICS_ACCOUNT"


class Role(StrEnum):
    """As the account API names them (contract section 5)."""

    READ_ONLY = "USER_ROLE_READONLY"
    REGULAR = "USER_ROLE_REGULAR"
    ADMIN = "USER_ROLE_ACCOUNT_ADMIN"

    @property
    def title(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] -- str.title is of no use on a constant
        match self:
            case Role.READ_ONLY:
                return "Read only"
            case Role.REGULAR:
                return "User"
            case Role.ADMIN:
                return "Admin"

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What a member may do. Only admins see or touch API tokens (meaning section 2)."""
        match self:
            case Role.READ_ONLY | Role.REGULAR:
                return (ACCOUNT_READ,)
            case Role.ADMIN:
                return (EVERYTHING, REVEAL)


class PlanModel(StrEnum):
    SUBSCRIPTION = "subscription"
    CONSUMPTION = "consumption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What a main account has bought, for its family. Volumes are in GB a day.

    `reserved_gb`, `warm_days` and `retention_days` are the main account's own share of it.
    """

    model: PlanModel = PlanModel.SUBSCRIPTION
    volume_gb: float = 100
    flexible: bool = False
    reserved_gb: float = 0
    warm_days: int = 0  # 0: no warm tier
    retention_days: int = 30
    max_shipping_tokens: int = 15
    shared_tokens: bool = True

    def check(self) -> None:
        """Raise Invalid for a plan that cannot be."""
        if not 0 < self.volume_gb < math.inf:
            raise Invalid("must be more than 0", field="volumeGb")
        if not 0 <= self.reserved_gb <= self.volume_gb:
            raise Invalid("must be between 0 and the plan's volume", field="reservedGb")
        if self.reserved_gb and not self.flexible:
            raise Invalid("goes with a flexible plan only", field="reservedGb")
        if not 0 <= self.warm_days <= MOST:
            raise Invalid(f"must be between 0 and {MOST}", field="warmDays")
        if not 1 <= self.retention_days <= MOST:
            raise Invalid(f"must be between 1 and {MOST}", field="retentionDays")
        if not 1 <= self.max_shipping_tokens <= MOST:
            raise Invalid(f"must be between 1 and {MOST}", field="maxShippingTokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`main_id` is the main account of its family: its own id when it is one."""

    id: AccountId
    type: AccountType
    name: str
    main_id: AccountId
    created_at: datetime
    suspended_at: datetime | None = None

    @property
    def is_main(self) -> bool:
        return self.id == self.main_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """
    A user in an account: as a member of it, or through its main account. `since` is when they were
    added there.
    """

    user: User
    account: Account
    role: Role
    since: datetime = _LONG_AGO

    def actor(self, origin: Origin) -> Actor:
        return Actor(
            kind=ActorKind.USER,
            id=self.user.id,
            name=self.user.email,
            responsible=self.user.email,
            account_id=self.account.id,
            main_id=self.account.main_id,
            scopes=self.role.scopes,
            origin=origin,
        )


def first_seat(seats: Sequence[Seat]) -> Seat:
    """
    Where they work when they have not chosen: the account that took them in first, not one of
    strangers who added them since.
    """
    return min(seats, key=lambda seat: (seat.since, not seat.account.is_main, seat.account.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """
    Somebody to ask. `of_main` is set when they are admin through the main account; without a
    password they were invited, and have not come.
    """

    user_id: UserId
    full_name: str
    email: str
    of_main: bool
    has_password: bool


def account_name(text: str, *, field: str = "accountName") -> str:
    """Letters, digits, `-`, `.`, `_` and space; 1 to 100 of them (contract 4.2)."""
    name = wording.name(text, field=field)
    if not _NAME.fullmatch(name):
        raise Invalid("may have letters, digits, '-', '.', '_' and spaces only", field=field)
    return name
