"""The audit trail over HTTP, as the account API has it (contract 10)."""

import json
from typing import Annotated, Self

from pydantic import Field

from keyfob import accounts, audit
from keyfob.accounts import MOST_ID, Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, rule
from keyfob.api.shapes import LAST_MILLISECOND, Sent, Shape, Switch, Text, WholeNumber
from keyfob.audit import Entry, Event, Found, Search, Who
from keyfob.db import from_milliseconds, milliseconds

router = Door("Audit trail")

Moment = Annotated[WholeNumber, Field(ge=0, le=LAST_MILLISECOND)]


class WantedUser(Sent):
    """Whose entries. As it is in an answer; the id is enough."""

    id: Annotated[WholeNumber, Field(ge=0, le=MOST_ID)] | None = Field(
        default=None, description="Of a user or of a token; 0: of nobody who has signed in."
    )
    user_token: Switch = Field(
        default=None, description="True: of a token. False: of a person. Left out: of either."
    )


class TrailQuery(Sent):
    """Everything is optional: without any of it, the first 500 entries."""

    size: Annotated[WholeNumber, Field(ge=0, le=audit.MOST)] | None = Field(
        default=None, description="How many entries at most. Left out: 500."
    )
    start: Annotated[WholeNumber, Field(ge=0, le=2**31 - 1)] | None = Field(
        default=None, alias="from", description="How many of the found ones to leave out first."
    )
    audit_event_user: WantedUser | None = Field(default=None, description="Who did it.")
    audit_event_type: Text | None = Field(
        default=None, description="A code or a title.", examples=["Added user"]
    )
    from_date: Moment | None = Field(
        default=None, description="Not before this: milliseconds since 1970."
    )
    to_date: Moment | None = Field(
        default=None, description="Not after this: milliseconds since 1970."
    )
    sort_descending: Switch = Field(
        default=None, description="True: the newest first. Left out: the oldest first."
    )
    include_filters_data: Switch = Field(
        default=None, description="True: with all users and types that one can filter by."
    )

    def parse(self) -> Search:
        user = self.audit_event_user or WantedUser()
        return Search(
            size=audit.MOST if self.size is None else self.size,
            start=self.start or 0,
            actor_id=user.id,
            by_token=user.user_token,
            actions=audit.actions_called(self.audit_event_type) if self.audit_event_type else None,
            since=None if self.from_date is None else from_milliseconds(self.from_date),
            until=None if self.to_date is None else from_milliseconds(self.to_date),
            newest_first=bool(self.sort_descending),
        )


class AuditEventUser(Shape):
    id: int = Field(description="Of the user or the token; 0: the operator, or a visitor.")
    full_name: str = Field(description="The user's or the token's name of today.")
    deleted: bool = Field(description="Whether the user or the token is no more.")
    user_token: bool = Field(description="True for a token.")

    @classmethod
    def of(cls, who: Who) -> Self:
        return cls(id=who.id, full_name=who.name, deleted=who.deleted, user_token=who.is_token)


class ExtraData(Shape):
    field_name: str = Field(description="What changed.")
    old_value: str = Field(description="As text; empty: there was none.")
    new_value: str = Field(description="As text; empty: there is none any more.")


class AuditEvent(Shape):
    audit_event_user: AuditEventUser = Field(description="Who did it.")
    date: int = Field(description="Milliseconds since 1970.")
    audit_event_type_title: str = Field(description="What happened.", examples=["Added user"])
    ip: str | None = Field(description="From where; null: on the host itself.")
    geo_location: None = Field(default=None, description="Keyfob does not guess it.")
    extra_data_list: list[ExtraData] = Field(
        description="What it was done to, by its name; then what changed."
    )
    valid: bool = Field(default=True, description="Always true: an entry is never taken back.")

    @classmethod
    def of(cls, entry: Entry, who: Who) -> Self:
        return cls(
            audit_event_user=AuditEventUser.of(who),
            date=milliseconds(entry.at),
            audit_event_type_title=audit.event(entry.action).title,
            ip=entry.ip or None,
            extra_data_list=_extra_data(entry),
        )


class AuditEventType(Shape):
    audit_event_type: str = Field(description="Its code.", examples=["ADD_USER"])
    audit_event_type_title: str = Field(description="Its title.", examples=["Added user"])


class Trail(Shape):
    page_size: int = Field(description="As it was asked for.")
    start: int = Field(serialization_alias="from", description="As it was asked for.")
    total: int = Field(description="How many entries were found.")
    results: list[AuditEvent] = Field(description="Those that were asked for.")
    audit_event_users_list: list[AuditEventUser] = Field(
        description="Everybody who is in the trail, with includeFiltersData; else empty."
    )
    audit_event_types_list: list[AuditEventType] = Field(
        description="Everything that is in the trail, with includeFiltersData; else empty."
    )

    @classmethod
    def of(cls, search: Search, found: Found, people: list[Who], events: list[Event]) -> Self:
        return cls(
            page_size=search.size,
            start=search.start,
            total=found.total,
            results=[AuditEvent.of(entry, who) for entry, who in found.entries],
            audit_event_users_list=[AuditEventUser.of(who) for who in people],
            audit_event_types_list=[
                AuditEventType(audit_event_type=each.code, audit_event_type_title=each.title)
                for each in events
            ],
        )


class EventTypes(Shape):
    event_types: list[str] = Field(
        description="Titles, each once.", examples=[["Added user", "User created a token"]]
    )


@router.post(
    "/v1/audit-trail",
    summary="Search the audit trail",
    response_model=Trail,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.READ_AUDIT_TRAIL, contract=True),
)
async def search_audit_trail(actor: Caller, db: Db, query: TrailQuery | None = None) -> Trail:
    """
    The trail of the token's own account. That of a sub account which was closed is from then on
    a part of its main account's.
    """
    query = query or TrailQuery()
    search = query.parse()
    async with db.reader() as conn:
        found = await accounts.search_trail(conn, actor, search)
        if not query.include_filters_data:
            return Trail.of(search, found, [], [])
        people = await accounts.trail_actors(conn, actor)
        events = await accounts.trail_events(conn, actor)
    return Trail.of(search, found, people, events)


@router.post(
    "/v1/audit-trail/event-types",
    summary="List what is in the audit trail",
    response_model=EventTypes,
    responses=problems(400, 401, 403),
    openapi_extra=rule(Operation.READ_AUDIT_TRAIL, contract=True),
)
async def audit_event_types(actor: Caller, db: Db) -> EventTypes:
    """The titles of what has happened in the account, each once. A body is not looked at."""
    async with db.reader() as conn:
        events = await accounts.trail_events(conn, actor)
    return EventTypes(event_types=[each.title for each in events])


def _extra_data(entry: Entry) -> list[ExtraData]:
    noun, name = entry.subject.partition(":")[0], entry.subject_name
    subject = [ExtraData(field_name=noun, old_value=name, new_value=name)] if name else []
    changes = [
        ExtraData(field_name=field, old_value=_text(old), new_value=_text(new))
        for field, (old, new) in entry.changes.items()
    ]
    return subject + changes


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
