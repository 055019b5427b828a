"""Every route has a rule, and every operation of the API keeps it for every kind of caller."""

import re
import tempfile
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from rows import ROWS
from support.door import Door, behind, error_of
from support.house import House, acting_for

from keyfob import accounts, families, tokens
from keyfob.accounts import MAIN_ONLY, Account, Operation, Role
from keyfob.actors import OPERATOR
from keyfob.app import create_app
from keyfob.config import load
from keyfob.edge import Open
from keyfob.scopes import Scope
from keyfob_client.token_format import checksum

pytestmark = pytest.mark.anyio

ALL = (Scope("*"), Scope("tokens:reveal"))
NOTHING = (Scope("nothing:here"),)


# The gate looks at the credentials of a gateway by itself: tests/gate.
OPEN = {"GET /healthz", "GET /readyz", "GET /openapi.json", "GET /auth"}

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


def routes() -> list[Any]:
    app = create_app(load(environ={"KEYFOB_DATA_DIR": tempfile.mkdtemp()}))
    return [context.original_route for context in iter_route_contexts(behind(app).routes)]


def operations() -> dict[str, APIRoute]:
    return {
        f"{method} {route.path}": route
        for route in routes()
        if isinstance(route, APIRoute)
        for method in route.methods
    }


def test_every_route_has_a_rule():
    without = [route for route in routes() if getattr(route, "rule", None) is None]
    assert without == []


def test_every_operation_has_a_row_here():
    found = operations()
    assert {name for name, route in found.items() if route.rule is not Open.OPEN} == set(ROWS)
    assert {name for name, route in found.items() if route.rule is Open.OPEN} == OPEN


def test_every_operation_of_the_list_is_behind_a_door():
    ruled = {getattr(route, "rule", None) for route in routes()}
    assert set(Operation) <= ruled


def test_main_only_means_403_for_a_sub_account_in_the_table():
    for name, route in operations().items():
        if route.rule in MAIN_ONLY:
            assert (ROWS[name].sub, ROWS[name].sibling) == (403, 403)


@dataclass
class Scene:
    """Two families; `values` has the credential of each kind of caller."""

    door: Door
    values: dict[str, str | None]
    sub_id: int
    things: dict[str, int]
    count: int = 0

    def filled(self, body: Any) -> Any:
        """`{new}` becomes text that was not there before, `{sub}` the id of the sub account."""
        match body:
            case dict():
                return {name: self.filled(each) for name, each in body.items()}
            case list():
                return [self.filled(each) for each in body]
            case "{sub}":
                return self.sub_id
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
        path = re.sub(r"\{\w+\}", str(more.pop("id", self.things[row.of])), path)
        if who == "blank":
            return await self.door.ask_raw(method, path, " ", more.get("json"))
        return await self.door.ask(method, path, self.values[who], **more)


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


@pytest.fixture
async def scene(door, clock) -> Scene:
    house = door.house
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
    ends = clock.now.replace(hour=1)
    _, values["expired"] = await house.token(main, "expired", expires_at=ends)
    starts = clock.now.replace(hour=3)
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
    values["unknown"] = door.stranger()
    token, _ = await house.token(sub, "Target")
    things = {"token": token.id, "sub": sub.id}
    await house.member(main, "boss@example.com")
    await house.member(sub, "other@example.com")
    user = await house.member(sub, "user@example.com", Role.REGULAR)
    await house.member(main, "user@example.com", Role.REGULAR)
    things["user"] = user.id
    things["doomed account"] = (await house.sub(main, "Doomed")).id
    things["metrics account"] = await metrics_account(house, main)
    things |= await shipping_and_shared(house, sub)
    clock.forward(hours=2)
    return Scene(door, values, sub.id, things)


@pytest.mark.parametrize("operation", ROWS)
async def test_the_matrix(scene, operation):
    row = ROWS[operation]
    refused = {who: row.bad_token if code == 403 else code for who, code in REFUSED.items()}
    expected = refused | {
        "wrong scope": row.wrong_scope,
        "wrong scope of main": row.wrong_scope_of_main,
        "foreign": row.foreign,
        "sibling": row.sibling,
        "sub": row.sub,
        "main": row.main,
    }
    assert set(expected) == set(scene.values)
    before = await scene.door.dump()
    found = {}
    for who in REFUSED:
        answer = await scene.ask(operation, who)
        found[who] = answer.status_code
        if answer.is_error:
            error_of(answer)
        else:
            assert answer.json() == {"code": 403, "message": "Insufficient privileges"}
    assert await scene.door.dump() == before
    for who in (each for each in expected if each not in REFUSED):
        answer = await scene.ask(operation, who)
        found[who] = answer.status_code
        if answer.is_error:
            error_of(answer)
    assert found == expected
    assert scene.door.connections.opened == 1


async def test_every_bad_credential_gets_the_same_words(scene):
    bodies = []
    for operation in (name for name, row in ROWS.items() if row.bad_token == 403):
        for who in (who for who, status in REFUSED.items() if status == 403):
            body = error_of(await scene.ask(operation, who))
            bodies.append({name: it for name, it in body.items() if name != "requestId"})
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["message"] == "Insufficient privileges"


async def test_a_sub_account_is_told_why_a_main_only_operation_is_not_for_it(scene):
    body = error_of(await scene.ask("POST /v1/api-tokens/sub-account", "sub"))
    assert body["errorCode"] == "auth/MAIN_ACCOUNT_ONLY"
    assert "needs the main account's token" in body["message"]
    assert str(scene.sub_id) in body["message"]


async def test_a_wrong_scope_is_told_by_name(scene):
    body = error_of(await scene.ask("POST /v1/api-tokens/{id}/reveal", "wrong scope"))
    assert body["errorCode"] == "auth/INSUFFICIENT_SCOPE"
    assert body["parameters"] == {"scope": "tokens:reveal"}


ODD = (
    {"id": "no-number"},
    {"id": 999_999_999},
    {"content": b"{", "headers": {"Content-Type": "application/json"}},
    {"content": b"x" * 100_000},
    {"content": b"x", "headers": {"Content-Type": "text/plain"}},
    {"params": {"limit": "x", "unknown": "1"}},
)


async def test_who_may_is_decided_before_anything_is_looked_at(scene):
    for operation in (name for name, row in ROWS.items() if row.wrong_scope == 403):
        for who in ("no credential", "malformed", "revoked", "wrong scope"):
            for odd in ODD:
                answer = await scene.ask(operation, who, **odd)
                assert answer.status_code == REFUSED.get(who, 403), (operation, who, odd)


async def test_main_only_is_decided_before_the_body_is_looked_at(scene):
    for content in (b"", b"{", b"[]", b'{"accountId": 1}', b"x" * 100_000):
        answer = await scene.ask("POST /v1/api-tokens/sub-account", "sub", content=content)
        assert error_of(answer)["errorCode"] == "auth/MAIN_ACCOUNT_ONLY", content


async def test_a_sub_account_may_not_name_another_account(scene):
    for account in (2_000_001, scene.sub_id + 1, 2_000_002, 999_999_999):
        answer = await scene.ask("GET /v1/api-tokens", "sub", params={"accountId": account})
        assert error_of(answer)["errorCode"] == "auth/OTHER_ACCOUNT"
        body = {"name": "x", "accountId": account}
        answer = await scene.ask("POST /v1/api-tokens", "sub", json=body)
        assert error_of(answer)["errorCode"] == "auth/OTHER_ACCOUNT"


async def test_a_foreign_account_is_answered_like_one_that_is_not_there(scene):
    found = []
    for account in (2_000_002, 2_009_999, 1, 0, -1):
        answer = await scene.ask("GET /v1/api-tokens", "main", params={"accountId": account})
        body = error_of(answer)
        found.append(
            (answer.status_code, body["errorCode"], body["message"].replace(str(account), "N"))
        )
    assert set(found) == {(404, "accounts/NOT_FOUND", "Account N does not exist.")}
