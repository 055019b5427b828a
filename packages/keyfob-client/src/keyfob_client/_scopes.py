"""What a token may do, as words: `logs:search`, `logs:*`, `*`."""

import re
from collections.abc import Iterable
from typing import Final

REVEAL: Final = "tokens:reveal"  # never part of a wildcard: it must be given by name

_GRAMMAR: Final = re.compile(r"(?:[a-z0-9._-]+:)*(?:[a-z0-9._-]+|\*)", re.ASCII)
_LONGEST: Final = 100  # characters


def is_scope(text: str) -> bool:
    return len(text) <= _LONGEST and _GRAMMAR.fullmatch(text) is not None


def covers(held: Iterable[str], wanted: str) -> bool:
    """`a:*` covers `a:b`, `a:b:c` and `a:b:*`, but not `a`."""
    return any(
        scope == wanted
        or (scope.endswith("*") and wanted != REVEAL and wanted.startswith(scope[:-1]))
        for scope in held
    )


def missing(held: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Those of `wanted` that `held` does not cover, in order."""
    held = tuple(held)
    return [scope for scope in wanted if not covers(held, scope)]
