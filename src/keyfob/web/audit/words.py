"""Entries of the audit trail in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self, cast

from keyfob import audit
from keyfob.actors import ActorKind
from keyfob.audit import Entry, Who
from keyfob.audit.listing import Seen
from keyfob.web import agents

Told = str | datetime
Change = tuple[str, Told, Told]  # field, old and new; an empty text stands for nothing

MOMENTS: Final = ("expires_at", "not_before")  # fields that the trail keeps in seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry in words."""

    seen: Seen
    title: str
    noun: str
    kind: str
    agent: str
    changes: list[Change]

    @classmethod
    def of(cls, seen: Seen) -> Self:
        entry = seen.entry
        return cls(
            seen=seen,
            title=audit.event(entry.action).title,
            noun=entry.subject.partition(":")[0],
            kind=entry.actor_kind,
            agent=agents.short(entry.agent),
            changes=[each for each in _told(entry) if any(each[1:])],
        )


def called(kind: str, who: Who) -> str:
    match kind:
        case ActorKind.OPERATOR:
            return "The operator, on the host"
        case ActorKind.VISITOR:
            return "Somebody not signed in"
        case _:
            return f"{who.name} (deleted)" if who.deleted else who.name


def changes(entry: Entry) -> list[Change]:
    """What is another than before."""
    return [(field, old, new) for field, old, new in _told(entry) if old != new]


def _told(entry: Entry) -> Iterator[Change]:
    for name, (old, new) in entry.changes.items():
        yield _label(name), _value(name, old), _value(name, new)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value(name: str, value: Any) -> Told:
    if isinstance(value, int) and name in MOMENTS:
        return datetime.fromtimestamp(value, UTC)
    return _text(value)


def _text(value: Any) -> str:
    """Whatever JSON may be. Nothing, in whichever shape, is an empty text."""
    match value:
        case None | "" | []:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_text(each) for each in cast("list[Any]", value))
        case dict():
            parts = cast("dict[str, Any]", value).items()
            return "; ".join(f"{_label(part)}: {_text(each)}" for part, each in parts if each)
        case _:
            return str(value)
