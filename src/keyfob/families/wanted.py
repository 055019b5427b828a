"""What somebody wants an account to be, made fit for the plan (contract 4.2 and 4.3)."""

from dataclasses import dataclass, replace

from keyfob.accounts import AccountId, Plan, PlanModel
from keyfob.errors import Invalid
from keyfob.families.model import (
    NO_WARM_TIER,
    Family,
    Member,
    Settings,
    bad_warm_retention,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """As it was sent. None was not given: it stays so, for no default may leak into an answer."""

    name: str
    retention_days: int | None = None
    is_flexible: bool | None = None
    reserved_gb: float | None = None
    max_daily_gb: float | None = None
    soft_limit_gb: float | None = None
    warm_days: int | None = None
    searchable: bool = False
    accessible: bool = False
    doc_size: bool = False
    utilization: bool = False
    frequency_minutes: int | None = None
    sharing: tuple[int, ...] = ()

    def for_new_sub(self, plan: Plan) -> Settings:
        """Raise Invalid for what the plan does not have."""
        assert self.retention_days is not None
        if self.is_flexible and not plan.flexible:
            raise Invalid("goes with a flexible main account only", field="isFlexible")
        if self.soft_limit_gb is not None:
            if self.is_flexible:
                raise Invalid("does not go with isFlexible", field="softLimitGB")
            if plan.model is not PlanModel.CONSUMPTION:
                raise Invalid("goes with a consumption plan only", field="softLimitGB")
        return self._settings(plan, self.retention_days, self.soft_limit_gb)

    def for_sub(self, plan: Plan, old: Settings) -> Settings:
        """What is absent is its default again, but for the retention, which has none."""
        consumption = plan.model is PlanModel.CONSUMPTION
        retention = old.retention_days if self.retention_days is None else self.retention_days
        # Clients send it on every change, whatever the plan (contract 1.4).
        return self._settings(plan, retention, self.soft_limit_gb if consumption else None)

    def for_main(self, family: Family) -> Settings:
        """
        Its retention is the plan's, and so are its volumes unless the plan is flexible: what is
        equal is fine. A warm tier that is not named goes on: it can be changed, not ended.
        """
        plan, old = family.plan, family.main.settings
        if self.retention_days not in {None, old.retention_days}:
            raise Invalid("cannot change on the main account", field="retentionDays")
        if self.warm_days is not None and old.warm_days is None:
            raise bad_warm_retention(family.main.account.id, NO_WARM_TIER)
        warm = old.warm_days if self.warm_days is None else self.warm_days
        settings = replace(self.for_sub(plan, old), warm_days=warm)
        if plan.flexible or plan.model is PlanModel.CONSUMPTION:
            return settings
        if self.max_daily_gb not in {None, family.max_daily_gb(family.main)}:
            raise Invalid("cannot change on the main account", field="maxDailyGB")
        return replace(settings, max_daily_gb=None)

    def _settings(self, plan: Plan, retention_days: int, soft_limit_gb: float | None) -> Settings:
        settings = Settings(
            retention_days=retention_days,
            reserved_gb=self._reserved(plan),
            max_daily_gb=self.max_daily_gb,
            soft_limit_gb=soft_limit_gb,
            warm_days=self.warm_days,
            searchable=self.searchable,
            accessible=self.accessible,
            doc_size=self.doc_size,
            utilization=self.utilization,
            frequency_minutes=self.frequency_minutes,
            sharing=tuple(AccountId(other) for other in self.sharing),
        )
        settings.check()
        return settings

    def _reserved(self, plan: Plan) -> float | None:
        if plan.flexible:
            return self.reserved_gb
        if self.reserved_gb:  # 0 is as good as absent there
            raise Invalid("goes with a flexible plan only", field="reservedDailyGB")
        return None


def warm_settings(family: Family, member: Member, days: int) -> Settings:
    """The settings with another warm retention; 0 ends it, which the main account cannot."""
    is_main = member is family.main
    if family.main.settings.warm_days is None:
        raise bad_warm_retention(member.account.id, NO_WARM_TIER)
    if days < 0 or (is_main and days < 1):
        least = "at least 1 day on the main account." if is_main else "at least 0 days."
        raise bad_warm_retention(member.account.id, f"it must be {least}")
    return replace(member.settings, warm_days=days or None)
