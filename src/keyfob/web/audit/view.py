"""Which part of the audit trail is wanted, as it stands in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import urlencode

from keyfob import accounts, tokens
from keyfob.actors import ActorKind
from keyfob.audit.listing import Actor, Wanted
from keyfob.errors import Invalid
from keyfob.web import forms
from keyfob.wording import LONGEST_NAME

HERE: Final = "/settings/audit-trail"
MOST_ID: Final = 2**63 - 1  # of an entry
_KINDS: Final = frozenset(kind.value for kind in ActorKind)

RANGES: Final[Mapping[str, tuple[str, timedelta | None]]] = {
    "": ("Any time", None),
    "hour": ("The last hour", timedelta(hours=1)),
    "day": ("The last day", timedelta(days=1)),
    "week": ("The last 7 days", timedelta(days=7)),
    "month": ("The last 30 days", timedelta(days=30)),
    "custom": ("From … to …", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    What of the trail is shown, as it stands in the address. Empty restricts nothing.

    `q` looks for a token, whose history is then shown: by its `subject`, for names change.
    """

    who: str = ""
    action: str = ""
    range: str = ""
    since: str = field(default="", metadata={"name": "from"})
    until: str = field(default="", metadata={"name": "to"})
    subject: str = ""
    q: str = ""
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        view = cls(**{each.name: given.get(_name(each), "").strip() for each in fields(cls)})
        view = replace(view, q=tokens.searchable(view.q)[: 2 * LONGEST_NAME].strip())
        if not view.range and (view.since or view.until):
            return replace(view, range="custom")
        return view if view.range == "custom" else replace(view, since="", until="")

    def __str__(self) -> str:
        told = {_name(each): getattr(self, each.name) for each in fields(self)}
        return urlencode({name: value for name, value in told.items() if value})

    @property
    def url(self) -> str:
        return f"{HERE}?{self}" if str(self) else HERE

    @property
    def export_url(self) -> str:
        whole = str(replace(self, before="", after=""))
        return f"{HERE}.csv?{whole}" if whole else f"{HERE}.csv"

    @property
    def is_filtered(self) -> bool:
        return bool(str(replace(self, before="", after="")))

    def field(self, text: str) -> str:
        """A moment as the browser's own field takes it: nothing, for what it would not take."""
        try:
            moment = _moment(text, "from")
        except Invalid:
            return ""
        return f"{moment:%Y-%m-%dT%H:%M}" if moment else ""

    def at(self, **changes: str) -> str:
        """The address of the same with something else: from its newest entry on."""
        return replace(self, **{"before": "", "after": "", "q": "", **changes}).url

    def told(self) -> dict[str, str]:
        """The filters, for the record."""
        return {
            _name(each): getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) and each.name not in {"before", "after"}
        }

    def wanted(self, now: datetime) -> Wanted:
        """Raise Invalid, naming the field, for what cannot be read."""
        if self.range not in RANGES:
            raise Invalid("is none of the choices", field="range")
        length = RANGES[self.range][1]
        since, until = _moment(self.since, "from"), _moment(self.until, "to", whole=True)
        if since and until and since > until:
            raise Invalid("must not be before From", field="to")
        return Wanted(
            actor=_actor(self.who),
            action=self.action,
            subject=self.subject,
            since=now - length if length else since,
            until=until,
        )


def _name(each: Any) -> str:
    return each.metadata.get("name", each.name)


def entry_number(text: str, name: str) -> int | None:
    """None for nothing. Raise Invalid for what no entry has."""
    if not text:
        return None
    found = forms.number(text)
    if found is None or not accounts.can_exist(found):
        raise Invalid("is the number of no entry", field=name)
    return found


def _actor(text: str) -> Actor | None:
    """Like `user:2000001`."""
    if not text:
        return None
    kind, _, digits = text.partition(":")
    found = forms.number(digits)
    if kind not in _KINDS or found is None or (found and not accounts.can_exist(found)):
        raise Invalid("is none of the choices", field="who")
    return Actor(ActorKind(kind), found)


def _moment(text: str, name: str, *, whole: bool = False) -> datetime | None:
    """A day, or a minute of it, of UTC; `whole`: to its end."""
    at = forms.moment(text, field=name)
    if at is None or not whole:
        return at
    length = timedelta(minutes=1) if "T" in text or " " in text else timedelta(days=1)
    return at + length - timedelta(milliseconds=1)
