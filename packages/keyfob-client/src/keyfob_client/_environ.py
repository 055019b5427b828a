"""A request of the WSGI world, where headers are variables and one that came twice is joined."""

from collections.abc import Mapping
from typing import Any, Final

from keyfob_client._door import AUTHORIZATION, FALLBACK, FORWARDED, HEADER, Arrival

VARIABLES: Final = {
    name: f"HTTP_{name.replace('-', '_').upper()}"
    for name in (HEADER, FALLBACK, AUTHORIZATION, FORWARDED)
}


def arrival(environ: Mapping[str, Any], *, path: str) -> Arrival:
    """`path` is the whole path, unescaped."""
    headers = [(name, environ[each]) for name, each in VARIABLES.items() if each in environ]
    return Arrival(
        headers=headers,
        peer=environ.get("REMOTE_ADDR", ""),
        method=environ["REQUEST_METHOD"],
        path=path,
    )


def path_of(environ: Mapping[str, Any]) -> str:
    """The whole path: where the application is mounted, and what is left of it."""
    raw: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return raw.encode("latin-1").decode("utf-8", "replace")
