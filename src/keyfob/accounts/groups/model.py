"""A group, as its identity provider names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keyfob import wording
from keyfob.accounts.model import Role
from keyfob.errors import Invalid

LONGEST_NAME: Final = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str
    role: Role


def check(groups: Sequence[Group]) -> None:
    """Raise Invalid, naming the place, for a name that cannot be, or one that comes twice."""
    seen: set[str] = set()
    for position, group in enumerate(groups):
        field = f"{position}.group"
        if not group.name.strip():
            raise Invalid("is required", field=field)
        if len(group.name) > LONGEST_NAME:
            raise Invalid(f"must be at most {LONGEST_NAME} characters long", field=field)
        wording.printable(group.name, field=field)
        if group.name in seen:
            raise Invalid("came twice", field=field)
        seen.add(group.name)
