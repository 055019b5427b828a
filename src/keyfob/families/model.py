"""How a plan is shared out: the settings of a family's accounts, and the sums that must hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from keyfob.accounts import Account, AccountId, Plan, PlanModel
from keyfob.errors import Conflict, Invalid
from keyfob.tokens.model import TokenKind

MOST_SUBS: Final = 200  # of a flexible plan (contract 4.2)
MOST_DAYS: Final = 1_000_000  # of retention
MOST_MINUTES: Final = 1_000_000  # between two records of utilization
MOST_GB: Final = 1e9  # GB a day: no plan is larger, and sums stay exact enough
LEAST_RETENTION_FOR_WARM: Final = 4  # days (contract 4.2)
NO_WARM_TIER: Final = "the main account has no warm tier."
DIGITS: Final = 9  # after the point: 10 - 0.1 - 0.2 is 9.7, and a sum of tenths is no surprise


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    An account's own. Volumes are in GB a day. None is what was not given, and is told as such.

    `sharing` are the accounts that it shares with, in the order that was sent.
    """

    retention_days: int
    reserved_gb: float | None = None
    max_daily_gb: float | None = None
    soft_limit_gb: float | None = None
    warm_days: int | None = None
    searchable: bool = False
    accessible: bool = False
    doc_size: bool = False
    utilization: bool = False
    frequency_minutes: int | None = None
    sharing: tuple[AccountId, ...] = ()

    def check(self) -> None:
        """Raise Invalid for a value that no plan allows."""
        if not 1 <= self.retention_days <= MOST_DAYS:
            raise Invalid(f"must be between 1 and {MOST_DAYS}", field="retentionDays")
        for name, volume in (
            ("reservedDailyGB", self.reserved_gb),
            ("maxDailyGB", self.max_daily_gb),
        ):
            if volume is not None and not 0 <= volume <= MOST_GB:
                raise Invalid(f"must be between 0 and {MOST_GB:.0f}", field=name)
        if self.soft_limit_gb is not None and not 0 < self.soft_limit_gb <= MOST_GB:
            raise Invalid(f"must be more than 0 and at most {MOST_GB:.0f}", field="softLimitGB")
        if self.frequency_minutes is not None and not 0 <= self.frequency_minutes <= MOST_MINUTES:
            raise Invalid(
                f"must be between 0 and {MOST_MINUTES}",
                field="utilizationSettings.frequencyMinutes",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account of a family, with its settings. `updated_by` is a user's id, 0 the operator."""

    account: Account
    settings: Settings
    updated_at: datetime
    updated_by: int
    last_warm_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsAccount:
    """`plan_uts` is how many unique time series it may have; `authorized` accounts see them."""

    account: Account
    plan_uts: int
    authorized: tuple[AccountId, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastUsed:
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """
    What goes with an account that is closed: how many tokens of each kind, deleted ones apart,
    and its members. `last_used` is the token that was used last; None when none ever was.
    """

    tokens: Mapping[TokenKind, int]
    people: int
    last_used: LastUsed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """
    A main account's plan and the accounts that share it: the main account first, then its sub
    accounts in the order they were made. Metrics accounts take no part in the volumes.
    """

    plan: Plan
    main: Member
    subs: Sequence[Member] = field(default_factory=tuple[Member, ...])

    @property
    def members(self) -> Sequence[Member]:
        return (self.main, *self.subs)

    @property
    def accounts(self) -> Sequence[Account]:
        return [member.account for member in self.members]

    @property
    def shared_gb(self) -> float | None:
        """What nobody has reserved; None when the plan is not flexible."""
        if not self.plan.flexible:
            return None
        return exactly(self.plan.volume_gb - total(m.settings.reserved_gb for m in self.members))

    def own_gb(self, member: Member) -> float:
        """The account's own part of the plan's volume, by what the plan is shared out."""
        if self.plan.flexible:
            return member.settings.reserved_gb or 0
        if self.plan.model is PlanModel.CONSUMPTION:
            return member.settings.soft_limit_gb or 0
        return self.max_daily_gb(member) or 0

    @property
    def free_gb(self) -> float:
        """
        The part of the plan's volume that is no account's own. All share it if the plan is
        flexible; on a fixed subscription there is none, for the main account has the rest.
        """
        return exactly(self.plan.volume_gb - total(self.own_gb(m) for m in self.members))

    def room_gb(self, member: Member | None = None) -> float:
        """The most that a sub account could have for its own: this one, or one yet to be made."""
        given_up = (0 if member is None else self.own_gb(member)) + self.free_gb
        return exactly(given_up + (self.own_gb(self.main) if self.is_fixed else 0))

    @property
    def is_fixed(self) -> bool:
        """A subscription whose main account has what the sub accounts leave it."""
        return self.plan.model is PlanModel.SUBSCRIPTION and not self.plan.flexible

    def max_daily_gb(self, member: Member) -> float | None:
        """What the main account of a fixed subscription may index is what the others leave it."""
        if member is not self.main or not self.is_fixed:
            return member.settings.max_daily_gb
        return exactly(self.plan.volume_gb - total(m.settings.max_daily_gb for m in self.subs))

    def reserved_gb(self, member: Member) -> float | None:
        return member.settings.reserved_gb if self.plan.flexible else None

    def is_capped(self, member: Member) -> bool:
        return self.plan.flexible and member.settings.max_daily_gb is not None

    def with_member(self, changed: Member) -> "Family":
        """The family as it will be: the account takes the place of the one with its id."""
        if changed.account.id == self.main.account.id:
            return replace(self, main=changed)
        others = [m for m in self.subs if m.account.id != changed.account.id]
        return replace(self, subs=(*others, changed))

    def check(self, changed: Member) -> None:
        """Raise Invalid when the family, in which `changed` stands already, outgrows its plan."""
        self._check_volume()
        self._check_cap(changed)
        self._check_warm(changed)

    def _check_volume(self) -> None:
        field_name, used = self._used()
        if used > self.plan.volume_gb:
            raise Invalid(
                f"The accounts of this family would have {used:g} GB a day together; "
                f"the plan has {self.plan.volume_gb:g}. Free some capacity first.",
                field=field_name,
                code="TimeBasedAccount/VOLUME_EXCEEDED",
            )

    def _used(self) -> tuple[str, float]:
        """The field that the plan is shared out by, and its sum over the family."""
        if self.plan.flexible:
            return "reservedDailyGB", total(m.settings.reserved_gb for m in self.members)
        if self.plan.model is PlanModel.CONSUMPTION:
            return "softLimitGB", total(m.settings.soft_limit_gb for m in self.members)
        return "maxDailyGB", total(m.settings.max_daily_gb for m in self.subs)

    def _check_cap(self, changed: Member) -> None:
        """A cap beyond what an account could ever use is a mistake (meaning section 1)."""
        cap, shared = changed.settings.max_daily_gb, self.shared_gb
        if cap is None or shared is None:
            return
        most = exactly(shared + (changed.settings.reserved_gb or 0))
        if cap > most:
            raise Invalid(
                f"must be at most {most:g}: what is reserved for the account, and what is shared",
                field="maxDailyGB",
            )

    def _check_warm(self, changed: Member) -> None:
        reason = self._against_warm(changed)
        if reason:
            raise bad_warm_retention(changed.account.id or self.main.account.id, reason)

    def _against_warm(self, changed: Member) -> str:
        """Why the warm retention of the account cannot be; empty when it can."""
        days, most = changed.settings.warm_days, self.main.settings.warm_days
        if days is None:
            return ""
        if most is None:
            return NO_WARM_TIER
        if days < 1:
            return "it must be at least 1 day."
        if changed.settings.retention_days < LEAST_RETENTION_FOR_WARM:
            return f"retentionDays must be at least {LEAST_RETENTION_FOR_WARM}."
        if days > most:
            return f"it must be at most the main account's, {most} days."
        if any((sub.settings.warm_days or 0) > most for sub in self.subs):
            return "a sub account has more."
        return ""


def refuse_too_small(family: Family) -> None:
    """Raise Conflict when a plan, changed by the operator, no longer holds its accounts."""
    try:
        for member in family.members:
            family.check(member)
    except Invalid as error:
        raise Conflict(
            f"the plan does not fit the accounts that share it: {error.field} {error.message}",
            code="plans/TOO_SMALL",
        ) from error


def bad_warm_retention(account_id: int, reason: str) -> Invalid:
    return Invalid(
        f"Invalid warm retention for account {account_id}. Reason: {reason}",
        field="snapSearchRetentionDays",
        code="TimeBasedAccount/INVALID_WARM_RETENTION",
        accountId=account_id,
    )


def total(volumes: Iterable[float | None]) -> float:
    return exactly(sum(volume or 0 for volume in volumes))


def exactly(volume: float) -> float:
    return round(volume, DIGITS)
