"""`POST /v2/markers/create-markers`: say that something happened, a deployment above all."""

from typing import Annotated, Any

from fastapi import Response
from pydantic import Field

from keyfob import markers
from keyfob.accounts import Operation
from keyfob.api.openapi import problems
from keyfob.api.routing import Caller, Db, Door, rule
from keyfob.api.shapes import LAST_MILLISECOND, Sent, Text, WholeNumber
from keyfob.db import from_milliseconds
from keyfob.markers import Draft, Tag

router = Door("Markers")


class NewMarker(Sent):
    """Fields that it does not know are ignored."""

    title: Text = Field(
        description="1 to 200 printable characters.", examples=["Checkout service 2.4.1"]
    )
    description: Text = Field(
        description="1 to 2000 characters.", examples=["Deployed to production by the pipeline."]
    )
    tag: Tag | None = Field(default=None, description="Left out: OTHER.")
    timestamp: Annotated[WholeNumber, Field(ge=0, le=LAST_MILLISECOND)] | None = Field(
        default=None, description="When it happened: milliseconds since 1970. Left out: now."
    )
    metadata: dict[str, Any] | None = Field(
        default=None, description="Whatever else belongs to it: at most 10,000 characters of JSON."
    )

    def draft(self) -> Draft:
        return Draft(
            title=self.title,
            description=self.description,
            tag=self.tag or Tag.OTHER,
            at=None if self.timestamp is None else from_milliseconds(self.timestamp),
            metadata=self.metadata or {},
        )


class NewMarkers(Sent):
    markers: list[NewMarker] = Field(description="1 to 100 of them: all are stored, or none.")


@router.post(
    "/v2/markers/create-markers",
    summary="Create markers",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 413),
    openapi_extra=rule(Operation.CREATE_MARKERS, contract=True),
)
async def create_markers(actor: Caller, db: Db, new: NewMarkers) -> None:
    """Mark moments in the life of the token's own account, such as deployments."""
    drafts = [each.draft() for each in new.markers]
    async with db.transaction(actor) as tx:
        await markers.create(tx, drafts)
