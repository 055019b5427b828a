"""What browsers and programs call themselves, short enough to be read."""

import re
from typing import Final

# The first that fits: browsers name those that they are like, after themselves.
_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST: Final = 40  # characters
_PRODUCT: Final = re.compile(r"^[^\s(;/]+/[^\s(;]+")


def short(agent: str) -> str:
    """Like `Firefox on Linux`, or a program's own name, like `curl/8.5.0`; empty for none."""
    browser = _first(_BROWSERS, agent) if agent.startswith("Mozilla/") else ""
    if browser:
        system = _first(_SYSTEMS, agent)
        return f"{browser} on {system}" if system else browser
    product = _PRODUCT.match(agent)
    return (product[0] if product else agent)[:_LONGEST]


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in names if sign in agent), "")
