"""The JSON door: HTTP in, actions called, JSON out. No rules, no SQL."""

from typing import Final

from fastapi.routing import APIRoute

from keyfob.api.accounts import router as accounts
from keyfob.api.audit import router as audit
from keyfob.api.groups import router as groups
from keyfob.api.markers import router as markers
from keyfob.api.metrics import router as metrics
from keyfob.api.openapi import describe
from keyfob.api.problems import handlers
from keyfob.api.routing import Door
from keyfob.api.server import router as server
from keyfob.api.shared import router as shared
from keyfob.api.shipping import router as shipping
from keyfob.api.tokens import router as tokens
from keyfob.api.usage import router as usage
from keyfob.api.users import router as users
from keyfob.api.verify import batches as verify_batches
from keyfob.api.verify import router as verify
from keyfob.api.whoami import legacy as legacy_whoami
from keyfob.api.whoami import router as whoami

DOORS: Final[tuple[Door, ...]] = (
    whoami,
    legacy_whoami,
    accounts,
    metrics,
    users,
    groups,
    tokens,
    shipping,
    shared,
    usage,
    verify,
    verify_batches,
    audit,
    markers,
    server,
)
# As they are: a router that is included is taken apart once more by the first request of every
# application, which took 55 ms for that, and takes 1 now.
routes: Final = [route for door in DOORS for route in door.routes if isinstance(route, APIRoute)]

__all__ = ["Door", "describe", "handlers", "routes"]
