"""What a marker is, and what may stand in one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

from keyfob import wording
from keyfob.errors import Invalid

MarkerId = NewType("MarkerId", int)

MOST: Final = 100  # in one call
LONGEST_TITLE: Final = 200  # characters
LONGEST_DESCRIPTION: Final = 2000  # characters
LONGEST_METADATA: Final = 10_000  # characters of JSON


class Tag(StrEnum):
    DEPLOYMENT = "DEPLOYMENT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """`at` is the moment that is marked, in the past or to come."""

    at: datetime
    title: str
    description: str
    tag: Tag
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to mark. `at` None means now."""

    title: str
    description: str
    tag: Tag = Tag.OTHER
    at: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def checked(self, now: datetime, *, within: str) -> Marker:
        """Raise Invalid for a field that breaks its rule; `within` is where the draft stands."""
        return Marker(
            at=self.at or now,
            title=_text(self.title, field=f"{within}.title", longest=LONGEST_TITLE),
            description=_text(
                self.description,
                field=f"{within}.description",
                longest=LONGEST_DESCRIPTION,
                also="\r\n\t",
            ),
            tag=self.tag,
            metadata=_metadata(self.metadata, field=f"{within}.metadata"),
        )


def _text(text: str, *, field: str, longest: int, also: str = "") -> str:
    text = text.strip()
    if not text:
        raise Invalid("is required", field=field)
    if len(text) > longest:
        raise Invalid(f"must be at most {longest} characters long", field=field)
    wording.printable(text, field=field, also=also)
    return wording.without_token(text, field=field)


def _metadata(metadata: Mapping[str, Any], *, field: str) -> Mapping[str, Any]:
    """JSON that every database takes: no number too large to be written."""
    try:
        length = len(json.dumps(metadata, allow_nan=False))
    except ValueError:
        raise Invalid("has a number that is too large", field=field) from None
    if length > LONGEST_METADATA:
        raise Invalid(f"must be at most {LONGEST_METADATA} characters of JSON", field=field)
    return metadata
