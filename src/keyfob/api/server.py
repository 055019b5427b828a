"""How the server is: alive, ready; and its own description."""

from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request

from keyfob import keys
from keyfob.api.openapi import problems
from keyfob.api.routing import Db, Door, Open, TheInstance, rule
from keyfob.api.shapes import Shape
from keyfob.errors import Unavailable

router = Door("Server")


class Health(Shape):
    status: Literal["ok"] = Field(default="ok", description="Any other answer is an error.")


@router.get(
    "/healthz",
    summary="Is the process alive?",
    response_model=Health,
    openapi_extra=rule(Open.OPEN),
)
async def healthz() -> Health:
    """Looks at nothing but itself."""
    return Health()


@router.get(
    "/readyz",
    summary="Can it answer truthfully?",
    response_model=Health,
    responses=problems(503),
    openapi_extra=rule(Open.OPEN),
)
async def readyz(db: Db, instance: TheInstance) -> Health:
    """503 while an answer could be wrong: the database is away, or is another one."""
    async with db.reader() as conn:
        if not await keys.is_instance(conn, instance):
            raise Unavailable(
                "The database is not the one this process started with. Restart it.",
                code="server/OTHER_DATABASE",
            )
    return Health()


@router.get("/openapi.json", include_in_schema=False, openapi_extra=rule(Open.OPEN))
async def openapi(request: Request) -> dict[str, Any]:
    """The description that /docs is made from."""
    return request.app.openapi()
