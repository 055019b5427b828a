"""Examples: markers."""

from collections.abc import Mapping
from typing import Final

from keyfob.api.examples.example import Example

EXAMPLES: Final[Mapping[str, Example]] = {
    "POST /v2/markers/create-markers": Example(
        body={
            "markers": [
                {
                    "title": "Checkout service 2.4.1",
                    "description": "Deployed to production by the pipeline.",
                    "tag": "DEPLOYMENT",
                    "timestamp": 1795471200000,
                    "metadata": {"service": "checkout", "commit": "4f2c9d1"},
                }
            ]
        },
        answer=None,
    )
}
