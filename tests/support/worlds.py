"""The same accounts and tokens twice: in a real installation, and in the client's fake."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from keyfob import accounts, tokens
from keyfob.limits import Restrictions
from keyfob.scopes import Scope
from keyfob_client import Filter
from keyfob_client.testing import FakeKeyfob
from support.house import House, acting_for
from support.kinds import filtered, share, ship

NOW = datetime.now(UTC).replace(microsecond=0)
MADE = NOW - timedelta(days=2)
ACCOUNTS = {
    "main": None, "sub": "main", "sibling": "main", "other": None, "idle": "main",
    "gone": None, "below the gone": "gone",
}  # fmt: skip
SUSPENDED = ("idle", "gone")
VERIFY = ("tokens:verify",)


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a token is made, and what becomes of it: `disabled` or `revoked`."""

    account: str = "main"
    scopes: tuple[str, ...] = ("*",)
    tags: tuple[str, ...] = ()
    expires_at: datetime | None = None
    not_before: datetime | None = None
    ip_allow: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    end: str = ""


TOKENS = {
    "good": Made(tags=("ci", "team:o11y"), expires_at=NOW + timedelta(days=1)),
    "searcher": Made(scopes=("logs:search", "metrics:*")),
    "expired": Made(expires_at=NOW - timedelta(days=1)),
    "disabled": Made(end="disabled"),
    "revoked": Made(end="revoked"),
    "scheduled": Made(not_before=NOW + timedelta(days=1)),
    "expired and disabled": Made(expires_at=NOW - timedelta(days=1), end="disabled"),
    "at the office": Made(ip_allow=("203.0.113.0/24", "2001:db8::/32", "::ffff:198.51.100.0/120")),
    "reads": Made(methods=("GET", "HEAD")),
    "on paths": Made(paths=("/v1/search/**", "/v1/*/status")),
    "narrow": Made(scopes=("logs:search",), ip_allow=("203.0.113.7/32",), methods=("GET",)),
    "of the sub account": Made(account="sub"),
    "of others": Made(account="other"),
    "of the idle": Made(account="idle"),
    "of the gone": Made(account="gone", scopes=VERIFY),
    "caller": Made(scopes=VERIFY),
    "weak caller": Made(scopes=("tokens:read",)),
    "sub account's caller": Made(account="sub", scopes=VERIFY),
    "caller elsewhere": Made(scopes=VERIFY, ip_allow=("203.0.113.0/24",)),
    "caller that reads": Made(scopes=VERIFY, methods=("GET",)),
    "caller on a path": Made(scopes=VERIFY, paths=("/v1/verify",)),
    "disabled caller": Made(scopes=VERIFY, end="disabled"),
    "revoked caller": Made(scopes=VERIFY, end="revoked"),
    "expired caller": Made(scopes=VERIFY, expires_at=NOW - timedelta(days=1)),
    "scheduled caller": Made(scopes=VERIFY, not_before=NOW + timedelta(days=1)),
    "caller with all of tokens": Made(scopes=("tokens:*",)),
    "caller with less than verify": Made(scopes=("tokens:verify:some", "tokens:reveal")),
    "caller that posts": Made(scopes=VERIFY, methods=("POST",)),
    "caller that may only verify": Made(scopes=VERIFY, paths=("/v1/verify/**", "/auth/**")),
    "sibling's caller": Made(account="sibling", scopes=VERIFY),
    "caller of others": Made(account="other", scopes=VERIFY),
    "caller of the idle": Made(account="idle", scopes=VERIFY),
    "caller below the gone": Made(account="below the gone", scopes=VERIFY),
    "of the sibling": Made(account="sibling"),
    "revoked of the sub account": Made(account="sub", end="revoked"),
    "revoked of others": Made(account="other", end="revoked"),
    "revoked and expired": Made(expires_at=NOW - timedelta(days=1), end="revoked"),
    "scheduled and disabled": Made(not_before=NOW + timedelta(days=1), end="disabled"),
    "revoked of the idle": Made(account="idle", end="revoked"),
    "revealer": Made(scopes=("*", "tokens:reveal")),
    "of three words": Made(scopes=("a:b:c", "logs:*")),
    "without wildcards": Made(scopes=("tokens:read",)),
    "on one host": Made(ip_allow=("203.0.113.7",)),
    "on this host": Made(ip_allow=("127.0.0.1",)),
    "on one host of v6": Made(ip_allow=("2001:db8::7",)),
    "everywhere in v4": Made(ip_allow=("0.0.0.0/0",)),
    "on files": Made(paths=("/files/*.json", "/a/**/z", "/exact/", "/two words/*")),
    "on every path": Made(paths=("/**",)),
    "on every word": Made(paths=("/*",)),
}


@dataclass
class World:
    """`values` are tokens by name, `names` what each id stands for: ids differ between worlds."""

    values: dict[str, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def told(self, body: Any) -> Any:
        """A body with names in place of ids, and without the id of the request."""
        match body:
            case dict():
                return {
                    name: self.names[value] if name.endswith("Id") else self.told(value)
                    for name, value in body.items()
                    if name != "requestId"
                }
            case list():
                return [self.told(each) for each in body]
            case _:
                return body


async def real(folder: Path, database_url: str = "") -> World:
    """Made two days ago, in a folder that a server can then be started on."""
    house, world, made = await House.open(folder, database_url, lambda: MADE), World(), {}
    for name, main in ACCOUNTS.items():
        made[name] = await (house.sub(made[main], name) if main else house.main(name))
        world.names[made[name].id] = name
    for name, each in TOKENS.items():
        token, value = await house.token(
            made[each.account], name, tags=each.tags, scopes=tuple(map(Scope, each.scopes)),
            expires_at=each.expires_at, not_before=each.not_before,
            restrictions=Restrictions(
                ip_allow=each.ip_allow, methods=each.methods, paths=each.paths
            ),
        )  # fmt: skip
        world.values[name], world.names[token.id] = str(value), name
        async with house.transaction() as tx:
            if each.end == "disabled":
                await tokens.update(tx, token.id, {"enabled": False})
            if each.end == "revoked":
                await tokens.revoke(tx, token.id)
    actor = acting_for(made["main"])
    token, value = await ship(house, actor, "shipping")
    world.values["shipping"], world.names[token.id] = str(value), "shipping"
    shared = await share(house, actor, (await filtered(house, actor)).id, name="shared")
    world.values["shared"], world.names[shared.token.id] = str(shared.value), "shared"
    async with house.transaction() as tx:
        for name in SUSPENDED:
            await accounts.suspend(tx, made[name].id)
    await house.close()
    return world


def fake() -> tuple[FakeKeyfob, World]:
    keyfob, world, made = FakeKeyfob(), World(), {}
    for name, main in ACCOUNTS.items():
        made[name] = keyfob.account(name, main=made[main] if main else None)
        world.names[made[name].id] = name
    for name, each in TOKENS.items():
        spec = {key: value for key, value in vars(each).items() if key not in {"account", "end"}}
        token = keyfob.mint(name, account=made[each.account], **spec)
        world.values[name], world.names[token.id] = token.value, name
        if each.end == "disabled":
            token.disable()
        if each.end == "revoked":
            token.revoke()
    for name, kind, expires_at in (
        ("shipping", "ship", None),
        ("shared", "share", MADE + timedelta(days=7)),
    ):
        token = keyfob.mint(name, kind=kind, account=made["main"], expires_at=expires_at)
        world.values[name], world.names[token.id] = token.value, name
    token.filters = (Filter(id=1, field="host", value="web-1", description="of web-1"),)
    for name in SUSPENDED:
        made[name].suspended = True
    return keyfob, world
