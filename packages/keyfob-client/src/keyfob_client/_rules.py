"""Which scopes a request needs: one rule for all, one by path, or a function of the user's."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, cast

from keyfob_client._scopes import is_scope


class Open(Enum):
    """The rule of a path that anybody may ask for, without a token."""

    OPEN = "open"


OPEN: Final = Open.OPEN
Rule = str | Iterable[str] | Open
Rules = Rule | Mapping[str, Rule] | Callable[[str, str], Rule]
Needs = tuple[str, ...] | Open


def rule_of(rules: Rules) -> Callable[[str, str], Needs | None]:
    """
    A function of method and path. Raise ValueError or TypeError for what is no rule.

    It returns None when nobody may pass: under a mapping, for a path that has no rule, and for
    one that readers differ on, like `//admin`, `/a/../admin` or `/%61dmin` once unescaped.
    """
    if callable(rules):
        of_user = rules
        return lambda method, path: _needs(of_user(method, path))
    if isinstance(rules, Mapping):
        given = cast("Mapping[str, Rule]", rules)
        by_path = {_beginning(path): _needs(rule) for path, rule in given.items()}
        return lambda _, path: _by_path(by_path, path)
    needs = _needs(rules)
    return lambda _, path: needs


def _by_path(rules: Mapping[str, Needs], path: str) -> Needs | None:
    """The rule of the longest beginning that ends where a segment does."""
    if not _is_plain(path):
        return None
    while path not in rules and path:
        path = path.rpartition("/")[0]
    return rules.get(path)


def _is_plain(path: str) -> bool:
    first, *segments = path.split("/")
    has_odd_segment = "" in segments[:-1] or not {".", ".."}.isdisjoint(segments)
    return not first and bool(segments) and not has_odd_segment and not set("\\%\0") & set(path)


def _beginning(path: str) -> str:
    """Without the slash at its end: `/` is the beginning of everything."""
    if _is_plain(path):
        return path.rstrip("/")
    raise ValueError(f"{path!r} cannot be a rule's path: one begins with '/'")


def _needs(rule: object) -> Needs:
    return rule if isinstance(rule, Open) else scopes_of(rule)


def scopes_of(rule: object) -> tuple[str, ...]:
    """Raise ValueError or TypeError for what is no scope; None, a usual slip, opens nothing."""
    if isinstance(rule, str):
        rule = (rule,)
    if not isinstance(rule, Iterable):
        raise TypeError(f"{rule!r} is no rule: name scopes, or OPEN")
    scopes = tuple(cast("Iterable[object]", rule))
    for scope in scopes:
        if not isinstance(scope, str) or not is_scope(scope):
            raise ValueError(f"{scope!r} is no scope: they look like logs:search")
    return cast("tuple[str, ...]", scopes)
