"""Every route has a rule, and every operation of the API keeps it for every kind of caller."""

import tempfile
from typing import Any

import pytest
from fastapi.routing import APIRoute
from rows import ROWS
from support.calling import error_of
from support.indoors import behind
from support.matrix import REFUSED, Scene, expected_of, furnish

from keyfob.accounts import MAIN_ONLY, Operation
from keyfob.app import create_app
from keyfob.config import load
from keyfob.edge import Open

pytestmark = pytest.mark.anyio

# The gate looks at the credentials of a gateway by itself: tests/gate.
OPEN = {"GET /healthz", "GET /readyz", "GET /openapi.json", "GET /auth"}


def routes() -> list[Any]:
    app = create_app(load(environ={"KEYFOB_DATA_DIR": tempfile.mkdtemp()}))
    return behind(app).routes


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


@pytest.fixture
async def scene(door, clock) -> Scene:
    return Scene(door, await door.inside(furnish, clock))


@pytest.mark.parametrize("operation", ROWS)
async def test_the_matrix(door, scene, operation):
    expected = expected_of(operation)
    assert set(expected) == set(scene.families.values)
    before = await door.dump()
    found = {}
    for who in REFUSED:
        answer = await scene.ask(operation, who)
        found[who] = answer.status_code
        if answer.is_error:
            error_of(answer)
        else:
            assert answer.json() == {"code": 403, "message": "Insufficient privileges"}
    assert await door.dump() == before
    for who in (each for each in expected if each not in REFUSED):
        answer = await scene.ask(operation, who)
        found[who] = answer.status_code
        if answer.is_error:
            error_of(answer)
    assert found == expected
    assert door.connections.opened == 1


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
    assert str(scene.families.sub_id) in body["message"]


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
    for account in (2_000_001, scene.families.sub_id + 1, 2_000_002, 999_999_999):
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
