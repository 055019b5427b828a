"""The tokens of the fake, and the decision about one: the real server's rules, told once more."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import unquote

from keyfob_client import _addresses
from keyfob_client._flow import Question
from keyfob_client._scopes import missing
from keyfob_client.answers import SHARED, Answer, Filter, Reason, Refused, Valid
from keyfob_client.token_format import ALPHABET, ID_LENGTH, SECRET_LENGTH, checksum

MOST_SEGMENTS: Final = 64  # of a path


@dataclass(kw_only=True)
class FakeAccount:
    """`main` is None for a main account. Suspend it, and no token of its family is good."""

    id: int
    name: str
    main: "FakeAccount | None" = None
    suspended: bool = False

    @property
    def main_id(self) -> int:
        return self.id if self.main is None else self.main.id

    @property
    def is_suspended(self) -> bool:
        return self.suspended or (self.main is not None and self.main.suspended)


@dataclass(kw_only=True)
class FakeToken:
    """`value` is what a request sends. Its fields may be changed, its rights taken, at any time."""

    value: str = field(repr=False)
    id: int
    name: str
    account: FakeAccount
    kind: str
    scopes: tuple[str, ...]
    tags: tuple[str, ...]
    expires_at: datetime | None
    not_before: datetime | None
    ip_allow: tuple[str, ...]
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    filters_operator: Literal["OR", "AND"] = "OR"
    enabled: bool = True
    revoked: bool = False

    def disable(self) -> None:
        self.enabled = False

    def enable(self) -> None:
        self.enabled = True

    def revoke(self) -> None:
        self.revoked = True

    def is_seen_by(self, caller: "FakeToken") -> bool:
        """A caller sees its own account's tokens, a main account's those of its family."""
        same = self.account is caller.account
        return same or self.account.main is caller.account


def mint(brand: str, kind: str) -> str:
    length = ID_LENGTH + SECRET_LENGTH
    body = f"{brand}_{kind}_{''.join(secrets.choice(ALPHABET) for _ in range(length))}"
    return body + checksum(body)


def decide(token: FakeToken, asked: Question, now: datetime) -> Answer:
    """The account first, then the token's state, its rights, and where it may be used."""
    reason = (
        _ended(token, now)
        or (Reason.INSUFFICIENT_SCOPE if missing(token.scopes, asked.scopes) else None)
        or _denied(token, asked)
    )
    if reason is not None:
        return Refused(reason)
    return Valid(
        token_id=token.id,
        token_name=token.name,
        account_id=token.account.id,
        account_name=token.account.name,
        account_type="SUB" if token.account.main else "MAIN",
        main_account_id=token.account.main_id,
        kind=token.kind,
        scopes=token.scopes,
        expires_at=token.expires_at,
        tags=token.tags,
        filters=token.filters if token.kind == SHARED else (),
        filters_operator=token.filters_operator if token.kind == SHARED else None,
    )


def _ended(token: FakeToken, now: datetime) -> Reason | None:
    if token.account.is_suspended:
        return Reason.ACCOUNT_SUSPENDED
    if token.revoked:
        return Reason.REVOKED
    if token.expires_at is not None and now >= token.expires_at:
        return Reason.EXPIRED
    if not token.enabled:
        return Reason.DISABLED
    if token.not_before is not None and now < token.not_before:
        return Reason.NOT_YET_VALID
    return None


def _denied(token: FakeToken, asked: Question) -> Reason | None:
    allowed = _addresses.networks(token.ip_allow)
    if allowed and not _addresses.is_inside(asked.client_ip, allowed):
        return Reason.IP_DENIED
    if token.methods and asked.method.upper() not in token.methods:
        return Reason.METHOD_DENIED
    if token.paths and not is_allowed(asked.path, token.paths):
        return Reason.PATH_DENIED
    return None


def is_allowed(path: str, globs: Iterable[str]) -> bool:
    """`*` stands for anything within one segment, `**` as a segment for any segments or none."""
    plain = unquote(path.partition("?")[0])
    first, *segments = plain.split("/")
    if first or not segments or len(segments) > MOST_SEGMENTS or set("\\%\0") & set(plain):
        return False
    if "" in segments[:-1] or not {".", ".."}.isdisjoint(segments):
        return False
    return any(_pattern(glob).fullmatch(plain) for glob in globs)


@lru_cache
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile("".join(_segment(each) for each in glob.split("/")[1:]), re.DOTALL)


def _segment(glob: str) -> str:
    if glob == "**":
        return "(?:/[^/]*)*"
    return "/" + "[^/]*".join(re.escape(text) for text in glob.split("*"))
