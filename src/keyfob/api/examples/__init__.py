"""
One example of each operation: it is in the description, and a test runs it as it stands.

The test runs them in this order, against an installation with the main account 2000001 and its
sub account 2000002: what one example makes, a later one may look at.
"""

from collections.abc import Mapping
from typing import Final

from keyfob.api.examples import (
    accounts,
    audit,
    markers,
    server,
    shared,
    shipping,
    tokens,
    usage,
    users,
    whoami,
)
from keyfob.api.examples.errors import ERRORS, error
from keyfob.api.examples.example import REQUEST_ID, SERVER, TOKEN, Example

EXAMPLES: Final[Mapping[str, Example]] = {
    **whoami.EXAMPLES,
    **tokens.EXAMPLES,
    **usage.EXAMPLES,
    **accounts.EXAMPLES,
    **users.EXAMPLES,
    **audit.EXAMPLES,
    **markers.EXAMPLES,
    **shipping.EXAMPLES,
    **shared.EXAMPLES,
    **server.EXAMPLES,
}

__all__ = ["ERRORS", "EXAMPLES", "REQUEST_ID", "SERVER", "TOKEN", "Example", "error"]
