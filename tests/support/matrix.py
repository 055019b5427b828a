"""Two families, and a credential of every kind: who asks, and what the matrix of rows expects."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rows import ROWS

from keyfob import accounts, families, tokens
from keyfob.accounts import Account, Role
from keyfob.actors import OPERATOR
from keyfob.scopes import Scope
from keyfob.tokens import mint
from keyfob_client.token_format import checksum
from support.calling import Caller
from support.house import House, acting_for

ALL = (Scope("*"), Scope("tokens:reveal"))
NOTHING = (Scope("nothing:here"),)

# Credentials that are not good, and what everybody who sends one gets, whatever they ask.
REFUSED = {
    "no credential": 401,
    "blank": 401,
    "malformed": 403,
    "changed character": 403,
    "unknown": 403,
    "wrong secret": 403,
    "other brand": 403,
    "disabled": 403,
    "expired": 403,
    "scheduled": 403,
    "revoked": 403,
    "suspended account": 403,
    "other address": 403,
}


def expected_of(operation: str) -> dict[str, int]:
    """The status that each kind of caller gets; those who only fail come first."""
    row = ROWS[operation]
    refused = {who: row.bad_token if code == 403 else code for who, code in REFUSED.items()}
    return refused | {
        "wrong scope": row.wrong_scope,
        "wrong scope of main": row.wrong_scope_of_main,
        "foreign": row.foreign,
        "sibling": row.sibling,
        "sub": row.sub,
        "main": row.main,
    }


@dataclass(frozen=True)
class Families:
    """Two, of them `values` has the credential of each kind of caller."""

    values: dict[str, str | None]
    sub_id: int
    things: dict[str, int]


@dataclass
class Scene:
    """`caller` asks as somebody of the families, about one of their things."""

    caller: Caller
    families: Families
    count: int = 0

    def filled(self, body: Any) -> Any:
        """`{new}` becomes text that was not there before, `{sub}` the id of the sub account."""
        match body:
            case dict():
                return {name: self.filled(each) for name, each in body.items()}
            case list():
                return [self.filled(each) for each in body]
            case "{sub}":
                return self.families.sub_id
            case str():
                return body.replace("{new}", str(self.count))
            case _:
                return body

    async def ask(self, operation: str, who: str, **more: Any):
        method, path = operation.split()
        row = ROWS[operation]
        if row.body is not None and "content" not in more:
            self.count += 1
            more.setdefault("json", self.filled(row.body))
        path = re.sub(r"\{\w+\}", str(more.pop("id", self.families.things[row.of])), path)
        if who == "blank":
            return await self.caller.ask_raw(method, path, " ", more.get("json"))
        return await self.caller.ask(method, path, self.families.values[who], **more)


async def metrics_account(house: House, main: Account) -> int:
    async with house.transaction(acting_for(main)) as tx:
        made, _ = await families.metrics.open_metrics(
            tx, house.instance, email="boss@example.com", name="", plan_uts=None, authorized=()
        )
    return made.account.id


async def shipping_and_shared(house: House, account: Account) -> dict[str, int]:
    async with house.transaction(acting_for(account)) as tx:
        ship, _ = await tokens.shipping.create(tx, house.instance, name="Second", enabled=True)
        share = await tokens.shared.create(
            tx, house.instance, name="Target", filters=(), operator=tokens.FiltersOperator.OR
        )
        of_it = await tokens.shared.create_filter(tx, field="f", value="v", description="")
    return {"shipping token": ship.id, "shared token": share.token.id, "filter": of_it.id}


async def furnish(house: House, clock: Any, people: str = "") -> Families:
    """The clock goes on by two hours: meanwhile a token expired, another began to hold."""
    main, foreign, gone = [await house.main(name) for name in ("Main", "Foreign", "Gone")]
    sub, sibling = await house.sub(main), await house.sub(main, "Sibling")
    values: dict[str, str | None] = {"no credential": None, "blank": " ", "malformed": "junk"}
    for name, account, scopes in (
        ("main", main, ALL),
        ("sub", sub, ALL),
        ("sibling", sibling, ALL),
        ("foreign", foreign, ALL),
        ("wrong scope", sub, NOTHING),
        ("wrong scope of main", main, NOTHING),
        ("suspended account", gone, ALL),
    ):
        _, values[name] = await house.token(account, name, scopes=scopes)
    ends = clock.now + timedelta(hours=1)
    _, values["expired"] = await house.token(main, "expired", expires_at=ends)
    starts = clock.now + timedelta(hours=3)
    _, values["scheduled"] = await house.token(main, "scheduled", not_before=starts)
    only = tokens.Restrictions.parse(ip_allow=["198.51.100.0/24"])
    _, values["other address"] = await house.token(main, "elsewhere", restrictions=only)
    disabled, values["disabled"] = await house.token(main, "disabled")
    revoked, values["revoked"] = await house.token(main, "revoked")
    async with house.transaction(OPERATOR) as tx:
        await tokens.update(tx, disabled.id, {"enabled": False})
        await tokens.revoke(tx, revoked.id)
        await accounts.suspend(tx, gone.id)
    good = str(values["main"])
    values["changed character"] = good[:30] + ("A" if good[30] != "A" else "B") + good[31:]
    forged = good[:23] + good[24:-6] + "0"
    values["wrong secret"] = forged + checksum(forged)
    other = "zz" + good[2:-6]
    values["other brand"] = other + checksum(other)
    values["unknown"] = str(mint(house.instance.token_brand, "api"))
    token, _ = await house.token(sub, "Target")
    things = {"token": token.id, "sub": sub.id}
    await house.member(main, "boss@example.com")
    await house.member(sub, f"other{people}@example.com")
    user = await house.member(sub, f"user{people}@example.com", Role.REGULAR)
    await house.member(main, f"user{people}@example.com", Role.REGULAR)
    things["user"] = user.id
    things["doomed account"] = (await house.sub(main, "Doomed")).id
    things["metrics account"] = await metrics_account(house, main)
    things |= await shipping_and_shared(house, sub)
    clock.forward(hours=2)
    return Families(values, sub.id, things)
