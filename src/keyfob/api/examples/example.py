"""What an example is: what is sent, what comes back, and the line for a terminal."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from keyfob_client.token_format import CHECK_LENGTH, checksum

SERVER: Final = "http://127.0.0.1:8420"
TOKEN: Final = "kf_api_h7QmZ2rT9xLc04Vb7nq0ZRkW5tYc1uJdE8sXg3PvA6mHf9LoB2iTzQ4wNyK1zaeqa"  # noqa: S105 -- nobody's


def _of_kind(kind: str) -> str:
    body = TOKEN.replace("_api_", f"_{kind}_")[:-CHECK_LENGTH]
    return body + checksum(body)


SHIP_TOKEN: Final = _of_kind("ship")
SHARE_TOKEN: Final = _of_kind("share")
IN_PATH: Final = re.compile(r"\{\w+\}")
REQUEST_ID: Final = "5b0f5b0e-6a0e-4a53-9d43-0f5f4a6f5c1d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """
    `id` is the number in the address. `query` is without its question mark; `body` None sends
    none. `headers` are sent besides the caller's token. `varies` are fields of the answer that
    depend on the day or on chance.
    """

    answer: Any
    body: Any = None
    query: str = ""
    id: int = 0
    varies: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def curl(self, method: str, path: str, *, with_token: bool) -> str:
        """
        The line for a terminal in which LOGZ_IO_API_TOKEN holds the caller's token, and ID the
        number in the address: pasted as it stands, it touches nothing.
        """
        words = ["curl", *([f"-X {method}"] if method != "GET" else [])]
        if with_token:
            words.append('-H "X-API-TOKEN: $LOGZ_IO_API_TOKEN"')
        words += [f'-H "{name}: {value}"' for name, value in self.headers.items()]
        if self.body is not None:
            words.append('-H "Content-Type: application/json"')
            words.append(f"-d {shlex.quote(json.dumps(self.body))}")
        address = f"{SERVER}{IN_PATH.sub('$ID', path)}" + f"?{self.query}" * bool(self.query)
        return " ".join([*words, f'"{address}"' if "$" in address else shlex.quote(address)])
