"""
The console's own files, read once, ours without blanks and comments. Each address carries the hash
of what it answers.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup
from rcssmin import cssmin
from rjsmin import jsmin
from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).parent / "static"
FOR_GOOD: Final = "public, max-age=31536000, immutable"  # another content has another address


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    media_type: str
    digest: str

    @classmethod
    def read(
        cls, file: str, media_type: str, squeeze: Callable[[str], str] | None = None
    ) -> "Asset":
        body = (FOLDER / file).read_bytes()
        if squeeze is not None:
            body = squeeze(body.decode()).encode()
        return cls(body, media_type, hashlib.sha256(body).hexdigest()[:8])


ASSETS: Final[Mapping[str, Asset]] = {
    "app.css": Asset.read("app.css", "text/css", cssmin),
    "app.js": Asset.read("app.js", "text/javascript", jsmin),
    "favicon.svg": Asset.read("favicon.svg", "image/svg+xml"),
    "htmx.min.js": Asset.read("vendor/htmx.min.js", "text/javascript"),
    "icons.svg": Asset.read("vendor/icons.svg", "image/svg+xml"),
    "parts.js": Asset.read("parts.js", "text/javascript", jsmin),
}


ICONS: Final = ASSETS["icons.svg"].body.decode()


def address(name: str) -> str:
    return f"/static/{ASSETS[name].digest}/{name}"


@cache
def symbol(name: str) -> str:
    """An icon itself, for a page that shows it so often that its address would weigh more."""
    found = re.search(rf'<symbol id="{re.escape(name)}".*?</symbol>', ICONS, re.DOTALL)
    if found is None:
        message = f"icons.svg has no {name}"
        raise LookupError(message)
    return Markup(found.group())  # noqa: S704 -- a file of ours


def find(request: Request) -> Response | None:
    """None for what is not there, or is not what the address says."""
    asset = ASSETS.get(request.path_params["name"])
    if asset is None or request.path_params["digest"] != asset.digest:
        return None
    return Response(asset.body, media_type=asset.media_type, headers={"Cache-Control": FOR_GOOD})
