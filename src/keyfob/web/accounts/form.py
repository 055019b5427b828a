"""What the forms of accounts say, and are drawn with. Fields are called as in the API."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from starlette.responses import Response

from keyfob import users
from keyfob.accounts import Account, AccountId, Admin, Plan, PlanModel, account_name
from keyfob.db import milliseconds
from keyfob.errors import Conflict, Invalid
from keyfob.families import Family, Member, Settings, Wanted, metrics
from keyfob.problems import status_of
from keyfob.web import forms
from keyfob.web.problems import mistakes, sentence
from keyfob.web.rendering import render
from keyfob.web.visit import Visit

Refusal = Invalid | Conflict

FREQUENCIES: Final = (10, 30, 60)  # minutes, as the original offers them

_WHOLE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,30})?", re.ASCII)
_ON: Final = {False: "", True: "on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """
    A form of the main account or of a sub account, as it is drawn: `member` is None while it is
    about one to be made. `typed` has what stands in each field, `wrong` what is wrong with it.
    """

    family: Family
    member: Member | None
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    admins: Sequence[Admin] = ()

    @property
    def is_main(self) -> bool:
        return self.member is not None and self.member.account.is_main

    @property
    def is_consumption(self) -> bool:
        return _has_soft_caps(self.family.plan)

    @property
    def has_warm_tier(self) -> bool:
        return self.family.main.settings.warm_days is not None

    @property
    def frequencies(self) -> Sequence[int]:
        """What is offered, and what is set already, though only the API can have done that."""
        kept = self.member.settings.frequency_minutes if self.member else None
        return sorted({*FREQUENCIES, *([] if kept is None else [kept])})

    @property
    def others(self) -> Sequence[Account]:
        """The accounts that this one can share with; itself only if the API has said so."""
        member, every = self.member, self.family.accounts
        if member is None:
            return every
        return [e for e in every if e.id != member.account.id or e.id in member.settings.sharing]

    def room(self) -> str:
        return f"{self.family.room_gb(self.member):,.10g}"


def draw(
    visit: Visit, sheet: object, error: Refusal | None = None, *, template: str = "form"
) -> Response:
    """A form that was refused is no step of its own: the way back leads past it."""
    status = status_of(error) if error else 200
    response = render(visit, f"accounts/{template}.html", sheet=sheet, status=status)
    if error:
        response.headers["HX-Push-Url"] = "false"
    return response


def wrong_with(error: Refusal, form: Mapping[str, str]) -> Mapping[str, str]:
    """The field that is to blame, and what to say beside it; and what else is wrong."""
    others = _mistakes(form) if isinstance(error, Invalid) else dict[str, str]()
    return {**others, **_blamed(error)}


def _mistakes(form: Mapping[str, str]) -> Mapping[str, str]:
    """Of each field that the form has, by itself: what the plan allows is another question."""
    limits = partial(Settings, retention_days=1)
    checks: dict[str, Callable[[], object]] = {
        "accountName": lambda: account_name(form["accountName"]),
        "email": lambda: users.email_address(form["email"]),
        "retentionDays": lambda: Settings(retention_days=_days(form)).check(),
        "reservedDailyGB": lambda: limits(reserved_gb=_volume(form, "reservedDailyGB")).check(),
        "maxDailyGB": lambda: limits(max_daily_gb=_volume(form, "maxDailyGB")).check(),
        "softLimitGB": lambda: limits(soft_limit_gb=_volume(form, "softLimitGB")).check(),
        "snapSearchRetentionDays": lambda: whole(form, "snapSearchRetentionDays"),
        "utilizationEnabled": lambda: limits(
            frequency_minutes=whole(form, "frequencyMinutes")
        ).check(),
        "planUts": lambda: metrics.checked_uts(whole(form, "planUts")),
    }
    if "planUts" in form and not form.get("accountName"):  # it has a name of its own then
        del checks["accountName"]
    found = mistakes(*(check for name, check in checks.items() if name in form))
    return {field.rpartition(".")[2]: told for field, told in found.items()}


def _blamed(error: Refusal) -> Mapping[str, str]:
    name = error.field if isinstance(error, Invalid) else ""
    _, reason, told = sentence(error).partition("Reason: ")
    message = told[:1].upper() + told[1:] if reason else sentence(error)
    return {name.rpartition(".")[2]: message}


def require_unchanged(account: Account, updated_at: datetime, form: Mapping[str, str]) -> None:
    """Raise Conflict when the form shows what is not there any more: it sends every field."""
    seen = forms.number(form.get("seen", ""))
    if seen is not None and seen != milliseconds(updated_at):
        raise Conflict(
            f"{account.name} was changed since you opened the form. What you typed is below: save "
            "again to put it in place of that.",
            code="accounts/CHANGED_SINCE",
            id=account.id,
        )


def as_typed(settings: Settings, name: str) -> dict[str, str]:
    """The fields as they stand before anybody has typed."""
    return {
        "accountName": name,
        "retentionDays": str(settings.retention_days),
        "reservedDailyGB": _text(settings.reserved_gb),
        "maxDailyGB": _text(settings.max_daily_gb),
        "softLimitGB": _text(settings.soft_limit_gb),
        "snapSearchRetentionDays": _text(settings.warm_days),
        "searchable": _ON[settings.searchable],
        "accessible": _ON[settings.accessible],
        "docSizeSetting": _ON[settings.doc_size],
        "utilizationEnabled": _ON[settings.utilization],
        "frequencyMinutes": _text(settings.frequency_minutes),
        **{f"share-{other}": "on" for other in settings.sharing},
    }


def wanted(form: Mapping[str, str], family: Family, old: Settings | None, *, main: bool) -> Wanted:
    """
    What the form asks for. What it has no field for stays as it was: a change replaces everything.

    Raise Invalid for a number that is none.
    """
    plan, enabled = family.plan, "utilizationEnabled" in form
    has_soft_caps = _has_soft_caps(plan)
    shows_cap = plan.flexible or not (has_soft_caps or main)
    kept = old or Settings(retention_days=1)
    return Wanted(
        name=form.get("accountName", ""),
        retention_days=None if main else _days(form),
        is_flexible=plan.flexible,
        reserved_gb=_volume(form, "reservedDailyGB") if plan.flexible else None,
        max_daily_gb=_volume(form, "maxDailyGB") if shows_cap else kept.max_daily_gb,
        soft_limit_gb=_volume(form, "softLimitGB") if has_soft_caps else kept.soft_limit_gb,
        warm_days=whole(form, "snapSearchRetentionDays"),
        searchable=kept.searchable if main else "searchable" in form,
        accessible=kept.accessible if main else "accessible" in form,
        doc_size="docSizeSetting" in form,
        utilization=enabled,
        frequency_minutes=whole(form, "frequencyMinutes") if enabled else kept.frequency_minutes,
        sharing=shared_with(form, kept.sharing),
    )


def shared_with(form: Mapping[str, str], before: Sequence[AccountId]) -> tuple[int, ...]:
    """The ticked accounts. Those of before come first, in their order, which clients compare."""
    ticked = forms.picked(form, "share")
    kept = [other for other in before if other in ticked]
    return (*kept, *(other for other in ticked if other not in before))


def whole(form: Mapping[str, str], name: str) -> int | None:
    """A whole number, or None for an empty field. Raise Invalid for anything else."""
    text = form.get(name, "").strip()
    if text and not _WHOLE.fullmatch(text):
        raise Invalid("must be a whole number", field=name)
    return int(text) if text else None


def _days(form: Mapping[str, str]) -> int:
    days = whole(form, "retentionDays")
    if days is None:
        raise Invalid("is required", field="retentionDays")
    return days


def _volume(form: Mapping[str, str], name: str) -> float | None:
    text = form.get(name, "").strip().replace(",", ".")
    if text and not _NUMBER.fullmatch(text):
        raise Invalid("must be a number of GB, like 2.5", field=name)
    return float(text) if text else None


def _text(number: float | None) -> str:
    """In full, without an exponent: what is saved again is what was there."""
    return "" if number is None else f"{Decimal(repr(number)):f}".removesuffix(".0")


def _has_soft_caps(plan: Plan) -> bool:
    return plan.model is PlanModel.CONSUMPTION and not plan.flexible
