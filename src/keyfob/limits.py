"""Until when and where a token may be used, and what that leaves it to hand on."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_network
from typing import Final, Self

from keyfob.errors import Invalid
from keyfob.wording import without_token

MOST_RULES: Final = 50  # of each kind of restriction
LONGEST_RULE: Final = 200  # characters
MOST_SEGMENTS: Final = 16  # of the glob of a path

_METHOD: Final = re.compile(r"[A-Z]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """
    Where a token may be used. An empty rule restricts nothing.

    `ip_allow` are networks (CIDR), `methods` HTTP methods in capitals, `paths` globs in which
    `*` stands for anything within one segment and `**` for anything at all.
    """

    ip_allow: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls,
        *,
        ip_allow: list[str] | None = None,
        methods: list[str] | None = None,
        paths: list[str] | None = None,
    ) -> Self:
        """Raise Invalid for what is not a network, a method or an absolute path."""
        for name, rules in (("ipAllow", ip_allow), ("methods", methods), ("paths", paths)):
            if len(rules or ()) > MOST_RULES or any(len(r) > LONGEST_RULE for r in rules or ()):
                raise Invalid(
                    f"may have at most {MOST_RULES} rules of {LONGEST_RULE} characters",
                    field=f"restrictions.{name}",
                )
        return cls(
            ip_allow=tuple(_network(text) for text in ip_allow or ()),
            methods=tuple(_method(text) for text in methods or ()),
            paths=tuple(_path(text) for text in paths or ()),
        )

    def as_json(self) -> dict[str, list[str]]:
        """Plainer than `asdict`, which copies all that it meets: each new token is written so."""
        return {
            "ip_allow": [*self.ip_allow],
            "methods": [*self.methods],
            "paths": [*self.paths],
        }

    def left_out_as(self, other: "Restrictions") -> Self:
        """The rules of `other` in place of those that are empty here."""
        return replace(
            self,
            ip_allow=self.ip_allow or other.ip_allow,
            methods=self.methods or other.methods,
            paths=self.paths or other.paths,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`expires_at` None means never."""

    expires_at: datetime | None = None
    restrictions: Restrictions = field(default_factory=Restrictions)

    def left_out_as(self, other: "Limits") -> Self:
        return replace(
            self,
            expires_at=self.expires_at or other.expires_at,
            restrictions=self.restrictions.left_out_as(other.restrictions),
        )

    def exceeded_by(self, other: "Limits") -> list[str]:
        """
        The fields, as the API names them, in which `other` may be used for longer or elsewhere.

        Rules are compared as texts: each of `other` must be one of ours, though another may allow
        less.
        """
        mine, theirs = self.restrictions, other.restrictions
        later = self.expires_at is not None and (
            other.expires_at is None or other.expires_at > self.expires_at
        )
        wider = {
            "expiresAt": later,
            "restrictions.ipAllow": _is_wider(theirs.ip_allow, mine.ip_allow),
            "restrictions.methods": _is_wider(theirs.methods, mine.methods),
            "restrictions.paths": _is_wider(theirs.paths, mine.paths),
        }
        return [name for name, is_wider in wider.items() if is_wider]


UNLIMITED: Final = Limits()


def _is_wider(rules: tuple[str, ...], held: tuple[str, ...]) -> bool:
    """No rules restrict nothing."""
    return bool(held) and (not rules or not set(rules) <= set(held))


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError:
        raise Invalid(
            "must be networks like 203.0.113.0/24 or 2001:db8::/32, without host bits",
            field="restrictions.ipAllow",
        ) from None


def _method(text: str) -> str:
    method = text.strip().upper()
    if not _METHOD.fullmatch(method):
        raise Invalid("must be HTTP methods like GET", field="restrictions.methods")
    return method


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isascii() or not text.isprintable():
        raise Invalid("must be paths that begin with '/'", field="restrictions.paths")
    if text.count("/") > MOST_SEGMENTS:
        raise Invalid(
            f"must be paths of at most {MOST_SEGMENTS} segments", field="restrictions.paths"
        )
    return without_token(text, field="restrictions.paths")
