"""Time-based accounts over the wire, field by field (contract 4.1 to 4.5)."""

from collections.abc import Mapping
from typing import Self

from pydantic import AliasChoices, Field, model_validator

from keyfob.api.shapes import Number, Sent, Shape, Switch, Text, WholeNumber, seconds
from keyfob.db import milliseconds
from keyfob.families import Family, Member, Wanted

GB = "GB a day."
BOTH_SPELLINGS = AliasChoices("snapSearchRetentionDays", "snapsearchRetentionDays")
ACCOUNT = 2000002


class UtilizationSettings(Shape):
    """How often an account's use is recorded."""

    frequency_minutes: int | None = Field(description="Minutes; null: never said.", examples=[5])
    utilization_enabled: bool = Field(description="Whether it is recorded.")


class UtilizationWanted(Sent):
    frequency_minutes: WholeNumber | None = Field(
        default=None, description="Minutes between two records, from 0.", examples=[5]
    )
    utilization_enabled: Switch = Field(default=None, description="Whether to record.")


class AccountFields(Sent):
    """What can be said of an account. Booleans may be text, and so may whole numbers."""

    account_name: Text = Field(
        description="Letters, digits, `-`, `.`, `_` and spaces. Need not be unique.",
        examples=["Team A"],
    )
    sharing_objects_accounts: list[WholeNumber] | None = Field(
        default=None,
        description="Accounts of the family that may use this one's objects; the order is kept.",
        examples=[[2000001]],
    )
    is_flexible: Switch = Field(
        default=None, description="True only if the main account is flexible; never changes."
    )
    reserved_daily_gb: Number | None = Field(
        default=None, alias="reservedDailyGB", description=f"Reserved for the account. {GB}"
    )
    max_daily_gb: Number | None = Field(
        default=None,
        alias="maxDailyGB",
        description=f"What it may index. {GB} On a flexible plan null is no cap.",
        examples=[5],
    )
    soft_limit_gb: Number | None = Field(
        default=None,
        alias="softLimitGB",
        description=f"Soft cap of a consumption plan. {GB}",
    )
    snap_search_retention_days: WholeNumber | None = Field(
        default=None,
        validation_alias=BOTH_SPELLINGS,
        description="Days in the warm tier, if the plan has one. `snapsearchRetentionDays` is "
        "taken too.",
    )
    searchable: Switch = Field(
        default=None, description="Whether other accounts can search this account's logs."
    )
    accessible: Switch = Field(
        default=None, description="Whether users of the main account can come in."
    )
    doc_size_setting: Switch = Field(
        default=None, description="Whether each log gets a field with its size."
    )
    utilization_settings: UtilizationWanted | None = Field(
        default=None, description="Whether and how often its use is recorded."
    )

    def as_wanted(self, retention_days: int | None) -> Wanted:
        utilization = self.utilization_settings or UtilizationWanted()
        return Wanted(
            name=self.account_name,
            retention_days=retention_days,
            is_flexible=self.is_flexible,
            reserved_gb=self.reserved_daily_gb,
            max_daily_gb=self.max_daily_gb,
            soft_limit_gb=self.soft_limit_gb,
            warm_days=self.snap_search_retention_days,
            searchable=bool(self.searchable),
            accessible=bool(self.accessible),
            doc_size=bool(self.doc_size_setting),
            utilization=bool(utilization.utilization_enabled),
            frequency_minutes=utilization.frequency_minutes,
            sharing=tuple(self.sharing_objects_accounts or ()),
        )


class AccountWanted(AccountFields):
    """What a PUT replaces."""

    retention_days: WholeNumber | None = Field(
        default=None, description="Days, at least 1. Left out: as it was.", examples=[7]
    )

    def wanted(self) -> Wanted:
        return self.as_wanted(self.retention_days)


class NewAccount(AccountFields):
    email: Text = Field(
        description="Of an admin of the main account, who becomes admin of the new one.",
        examples=["admin@example.com"],
    )
    retention_days: WholeNumber = Field(description="Days, at least 1.", examples=[7])

    def wanted(self) -> Wanted:
        return self.as_wanted(self.retention_days)


class AccountMade(Shape):
    account_id: int = Field(description="The new account's id.", examples=[ACCOUNT])
    account_token: str = Field(description="Its first data-shipping token.")


class AccountLink(Shape):
    account_id: int = Field(description="The account's id.", examples=[2000001])
    account_name: str = Field(description="Its name.", examples=["Workshop o11y"])


class WarmDays(Shape):
    """Public clients spell it in two ways: both are there, with one value."""

    snap_search_retention_days: int | None = Field(description="Days in the warm tier, or null.")
    snapsearch_retention_days: int | None = Field(
        default=None, alias="snapsearchRetentionDays", description="The same, spelt otherwise."
    )

    @model_validator(mode="after")
    def _spell_both(self) -> Self:
        self.snapsearch_retention_days = self.snap_search_retention_days
        return self


class TimeBasedAccount(WarmDays):
    account_id: int = Field(description="The account's id.", examples=[ACCOUNT])
    email: None = Field(default=None, description="Always null.")
    account_name: str = Field(description="Its name.", examples=["Team A"])
    is_owner: bool = Field(description="Whether it is the main account.")
    is_flexible: bool = Field(description="Whether the plan has shared volume.")
    reserved_daily_gb: float | None = Field(
        alias="reservedDailyGB", description=f"Reserved for the account. {GB}"
    )
    max_daily_gb: float | None = Field(
        alias="maxDailyGB", description=f"What it may index. {GB}", examples=[5]
    )
    soft_limit_gb: float | None = Field(alias="softLimitGB", description=f"Soft cap. {GB}")
    is_capped: bool = Field(description="Flexible, and not without a cap.")
    total_time_based_daily_gb: float | None = Field(
        alias="totalTimeBasedDailyGB", description=f"The plan's volume, if flexible. {GB}"
    )
    shared_gb: float | None = Field(
        alias="sharedGB", description=f"What nobody has reserved, if flexible. {GB}"
    )
    retention_days: int = Field(description="Days.", examples=[7])
    searchable: bool = Field(description="Whether other accounts can search its logs.")
    accessible: bool = Field(description="Whether users of the main account can come in.")
    doc_size_setting: bool = Field(description="Whether each log gets a field with its size.")
    sharing_objects_accounts: list[AccountLink] = Field(
        description="Who may use its objects, in the order that was sent."
    )
    utilization_settings: UtilizationSettings = Field(description="How its use is recorded.")


class SubAccountRelation(Shape):
    owner_account_id: int = Field(description="The main account's id.", examples=[2000001])
    sub_account_id: int = Field(description="The account's id.", examples=[ACCOUNT])
    searchable: bool = Field(description="Whether other accounts can search its logs.")
    accessible: bool = Field(description="Whether users of the main account can come in.")
    created_date: int = Field(description="Milliseconds since 1970.", examples=[1795471200000])
    last_updated_date: int = Field(description="Milliseconds since 1970.", examples=[1795471200000])
    last_updater_user_id: int = Field(description="A user's id; 0: the operator.")
    type: str = Field(description="OWNER_ACCOUNT or SUB_ACCOUNT.", examples=["SUB_ACCOUNT"])


class AccountInDetail(Shape):
    account_id: int = Field(description="The account's id.", examples=[ACCOUNT])
    account_name: str = Field(description="Its name.", examples=["Team A"])
    account_token: str | None = Field(
        description="Its default data-shipping token; null for a token without `tokens:write`, "
        "and where values are not kept."
    )
    active: bool = Field(description="False while it is suspended.")
    es_index_prefix: str = Field(description="How the account is named in an index.")
    is_flexible: bool = Field(description="Whether the plan has shared volume.")
    reserved_daily_gb: float | None = Field(
        alias="reservedDailyGB", description=f"Reserved for the account. {GB}"
    )
    max_daily_gb: float | None = Field(alias="maxDailyGB", description=f"What it may index. {GB}")
    retention_days: int = Field(description="Days.", examples=[7])
    soft_limit_gb: float | None = Field(alias="softLimitGB", description=f"Soft cap. {GB}")


class DailyUsage(Shape):
    date: int = Field(description="Milliseconds since 1970.")
    bytes: int = Field(description="What was indexed on that day.")


class DailyUsagesList(Shape):
    usage: list[DailyUsage] = Field(
        default=[], description="A day each. Keyfob holds no logs, so there are none."
    )


class DetailedAccount(WarmDays):
    sub_account_relation: SubAccountRelation = Field(description="Its place in the family.")
    account: AccountInDetail = Field(description="The account itself.")
    sharing_objects_accounts: list[AccountInDetail] = Field(
        description="Who may use its objects, in the order that was sent."
    )
    utilization_settings: UtilizationSettings = Field(description="How its use is recorded.")
    daily_usages_list: DailyUsagesList = Field(description="What it indexed.")
    doc_size_setting: bool = Field(description="Whether each log gets a field with its size.")
    is_capped: bool = Field(description="Flexible, and not without a cap.")
    soft_limit_gb: float | None = Field(alias="softLimitGB", description=f"Soft cap. {GB}")


class WarmRetention(Sent):
    snap_search_retention_days: WholeNumber = Field(
        validation_alias=BOTH_SPELLINGS, description="Days in the warm tier, from 0.", examples=[3]
    )


class RetentionDetails(Shape):
    account_id: int = Field(description="The account's id.", examples=[2000001])
    retention_days: int = Field(description="Days.", examples=[30])
    snap_search_retention_days: int | None = Field(description="Days in the warm tier, or null.")
    last_warm_date: int | None = Field(
        description="Seconds since 1970: when a warm tier was last set; null: never."
    )


def time_based(family: Family, member: Member) -> TimeBasedAccount:
    account, own = member.account, member.settings
    names = {each.account.id: each.account.name for each in family.members}
    return TimeBasedAccount(
        account_id=account.id,
        account_name=account.name,
        is_owner=account.is_main,
        is_flexible=family.plan.flexible,
        reservedDailyGB=family.reserved_gb(member),
        maxDailyGB=family.max_daily_gb(member),
        softLimitGB=own.soft_limit_gb,
        is_capped=family.is_capped(member),
        totalTimeBasedDailyGB=family.plan.volume_gb if family.plan.flexible else None,
        sharedGB=family.shared_gb,
        retention_days=own.retention_days,
        searchable=own.searchable,
        accessible=own.accessible,
        doc_size_setting=own.doc_size,
        sharing_objects_accounts=[
            AccountLink(account_id=other, account_name=names[other]) for other in own.sharing
        ],
        utilization_settings=_utilization(member),
        snap_search_retention_days=own.warm_days,
    )


def detailed(family: Family, member: Member, values: Mapping[int, str | None]) -> DetailedAccount:
    account, own = member.account, member.settings
    members = {each.account.id: each for each in family.members}
    return DetailedAccount(
        sub_account_relation=SubAccountRelation(
            owner_account_id=account.main_id,
            sub_account_id=account.id,
            searchable=own.searchable,
            accessible=own.accessible,
            created_date=milliseconds(account.created_at),
            last_updated_date=milliseconds(member.updated_at),
            last_updater_user_id=member.updated_by,
            type=account.type,
        ),
        account=_in_detail(family, member, values),
        sharing_objects_accounts=[
            _in_detail(family, members[other], values) for other in own.sharing
        ],
        utilization_settings=_utilization(member),
        daily_usages_list=DailyUsagesList(),
        doc_size_setting=own.doc_size,
        snap_search_retention_days=own.warm_days,
        is_capped=family.is_capped(member),
        softLimitGB=own.soft_limit_gb,
    )


def retention_details(member: Member) -> RetentionDetails:
    return RetentionDetails(
        account_id=member.account.id,
        retention_days=member.settings.retention_days,
        snap_search_retention_days=member.settings.warm_days,
        last_warm_date=seconds(member.last_warm_at),
    )


def _in_detail(family: Family, member: Member, values: Mapping[int, str | None]) -> AccountInDetail:
    account = member.account
    return AccountInDetail(
        account_id=account.id,
        account_name=account.name,
        account_token=values.get(account.id),
        active=account.suspended_at is None,
        es_index_prefix=f"account-{account.id}",
        is_flexible=family.plan.flexible,
        reservedDailyGB=family.reserved_gb(member),
        maxDailyGB=family.max_daily_gb(member),
        retention_days=member.settings.retention_days,
        softLimitGB=member.settings.soft_limit_gb,
    )


def _utilization(member: Member) -> UtilizationSettings:
    return UtilizationSettings(
        frequency_minutes=member.settings.frequency_minutes,
        utilization_enabled=member.settings.utilization,
    )
