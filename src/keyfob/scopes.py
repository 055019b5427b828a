"""What a token may do, as words: `logs:search`, `logs:*`, `*`."""

import re
from collections.abc import Iterable
from typing import Final, NewType

from keyfob.errors import Invalid

Scope = NewType("Scope", str)

EVERYTHING: Final = Scope("*")
REVEAL: Final = Scope("tokens:reveal")  # never part of a wildcard: it must be given by name
ACCOUNT_READ: Final = Scope("account:read")
ACCOUNT_WRITE: Final = Scope("account:write")
USERS_READ: Final = Scope("users:read")
USERS_WRITE: Final = Scope("users:write")
AUDIT_READ: Final = Scope("audit:read")
TOKENS_READ: Final = Scope("tokens:read")
TOKENS_WRITE: Final = Scope("tokens:write")
TOKENS_VERIFY: Final = Scope("tokens:verify")
OWN: Final = (
    ACCOUNT_READ, ACCOUNT_WRITE, USERS_READ, USERS_WRITE, AUDIT_READ, TOKENS_READ, TOKENS_WRITE,
    TOKENS_VERIFY, REVEAL,
)  # fmt: skip

MOST_SCOPES: Final = 50  # of one token
LONGEST_SCOPE: Final = 100  # characters

_GRAMMAR: Final = re.compile(r"(?:[a-z0-9._-]+:)*(?:[a-z0-9._-]+|\*)", re.ASCII)


def covers(held: Iterable[Scope], wanted: Scope) -> bool:
    """
    Whether holding `held` allows `wanted`, which may itself end in `*`.

    `a:*` covers `a:b`, `a:b:c` and `a:b:*`, but not `a`. No wildcard covers `tokens:reveal`.
    """
    for scope in held:
        if scope == wanted:
            return True
        if scope.endswith("*") and wanted != REVEAL and wanted.startswith(scope[:-1]):
            return True
    return False


def missing(held: Iterable[Scope], wanted: Iterable[Scope]) -> list[Scope]:
    """Return those of `wanted` that `held` does not cover, in order."""
    held = tuple(held)
    return [scope for scope in wanted if not covers(held, scope)]


def parse(texts: Iterable[str], *, field: str = "scopes") -> tuple[Scope, ...]:
    """Check the grammar of interface section 4; drop repeats, keep the order."""
    scopes = tuple(dict.fromkeys(Scope(text) for text in texts))
    if len(scopes) > MOST_SCOPES:
        raise Invalid(f"may have at most {MOST_SCOPES} scopes", field=field)
    for scope in scopes:
        if len(scope) > LONGEST_SCOPE or not _GRAMMAR.fullmatch(scope):
            raise Invalid(
                "must be words of a-z, 0-9, '.', '_' and '-' joined by ':', like logs:search, "
                "and may end in '*'",
                field=field,
            )
    return scopes
