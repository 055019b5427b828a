"""Examples: how the server is."""

from collections.abc import Mapping
from typing import Final

from keyfob.api.examples.example import Example

EXAMPLES: Final[Mapping[str, Example]] = {
    "GET /healthz": Example(answer={"status": "ok"}),
    "GET /readyz": Example(answer={"status": "ok"}),
}
