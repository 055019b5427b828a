"""The account API as a client lives with it: one life, and fifty at once."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx2
import pytest
from support import postgres
from support.server import ADMIN, TLS, Server, keyfob
from support.story import ACCOUNTS, AUDIT, SHIPPING, Life

pytestmark = pytest.mark.anyio

AT_ONCE = 50  # clients
SECONDS = 60
VOLUME = 100  # GB a day
TITLES = {
    "Admin created a sub account",
    "Admin updated a sub account",
    "Admin deleted a sub account",
    "Added user",
    "Updated user role",
    "Suspended user",
    "Deleted user",
    "User created a token",
    "User updated a token",
    "User deleted a token",
    "User created a token filter",
    "User deleted a token filter",
}
# Not of the account API: asked for elsewhere.
OURS = {
    "/v1/api-tokens",
    "/v1/api-tokens/{id}",
    "/v1/api-tokens/{id}/reveal",
    "/v1/api-tokens/{id}/usage",
    "/v1/usage",
    "/v1/verify/batch",
    "/auth",
    "/healthz",
    "/readyz",
}


@pytest.fixture(params=["sqlite", "postgresql"])
async def server(request, tmp_path) -> AsyncGenerator[Server]:
    """A main account on a flexible plan, served by a process of its own."""
    url = await postgres.create_database() if request.param == "postgresql" else ""
    settings = {"DATABASE_URL": url} if url else {}
    server = Server(tmp_path / "data", settings).init()
    account = str(server.made["accountId"])
    plan = ("--volume-gb", str(VOLUME), "--flexible", "--warm-days", "5")
    keyfob("accounts", "set-plan", account, *plan, env=server.env)
    yield server.start()
    assert server.stop() == 0, server.log.read_text()
    if url:
        await postgres.drop_database(url)


class Connections:
    """Counts what a client opened: httpx2 tells each step that it takes."""

    def __init__(self) -> None:
        self.opened = 0

    async def __call__(self, event: str, _: object) -> None:
        self.opened += event == "connection.connect_tcp.complete"


def client(server: Server, trace: Connections | None = None) -> httpx2.AsyncClient:
    async def traced(request: httpx2.Request) -> None:
        if trace is not None:
            request.extensions["trace"] = trace

    return httpx2.AsyncClient(
        base_url=server.url, headers={"X-API-TOKEN": server.made["apiToken"]}, timeout=60,
        verify=TLS, event_hooks={"request": [traced]},
    )  # fmt: skip


def life(server: Server, http: httpx2.AsyncClient, name: str) -> Life:
    return Life(http, server.made["accountId"], name, ADMIN)


async def test_a_life_over_one_connection(server):
    connections = Connections()
    async with client(server, connections) as http:
        me = life(server, http, "Team")
        await me.live_to_the_full()
        (main,) = await me.ask("GET", ACCOUNTS)
        assert (main["accountId"], main["isOwner"]) == (server.made["accountId"], True)
        assert main["sharedGB"] == VOLUME
        trail = await me.ask("POST", AUDIT, {"includeFiltersData": True})
        assert trail["total"] == len(trail["results"]) > 40
        assert {each["auditEventTypeTitle"] for each in trail["results"]} >= TITLES
        types = await me.ask("POST", f"{AUDIT}/event-types")
        assert set(types["eventTypes"]) >= TITLES
        described = (await http.get("/openapi.json")).json()["paths"]
        assert set(unasked(me, described)) <= OURS
    assert connections.opened == 1


def unasked(me: Life, described: dict[str, Any]) -> Generator[str]:
    """The paths of operations that nobody asked for."""
    for path, operations in described.items():
        pattern = re.sub(r"{[^}]+}", "[^/]+", path)
        for method in operations:
            if not any(m == method.upper() and re.fullmatch(pattern, p) for m, p in me.asked):
                yield path


async def test_fifty_lives_at_once(server):
    """No 5xx, no lost update, and what must hold holds at every moment, for a minute."""
    until = time.monotonic() + SECONDS
    lived: Counter[str] = Counter()

    async def lives(number: int) -> None:
        async with client(server) as http:
            while time.monotonic() < until:
                lived["begun"] += 1
                await life(server, http, f"Team {number}-{lived['begun']}").live()
                lived["whole"] += 1

    async def watch() -> None:
        async with client(server) as http:
            me = life(server, http, "Watcher")
            while time.monotonic() < until:
                await sums_hold(me)
                lived["looks"] += 1
                await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        for number in range(AT_ONCE):
            group.create_task(lives(number))
    assert lived["whole"] == lived["begun"] >= AT_ONCE
    assert lived["looks"] > 10
    async with client(server) as http:
        (main,) = await life(server, http, "After").ask("GET", ACCOUNTS)
        assert main["sharedGB"] == VOLUME


async def sums_hold(me: Life) -> None:
    """What is shared is what nobody reserved; every account has an enabled token to ship."""
    accounts = await me.ask("GET", ACCOUNTS)
    reserved = sum(each["reservedDailyGB"] or 0 for each in accounts)
    assert {each["sharedGB"] for each in accounts} == {round(VOLUME - reserved, 9)}
    assert reserved <= VOLUME
    for detail in await me.ask("GET", f"{ACCOUNTS}/detailed"):
        assert detail["account"]["accountToken"], detail
    limits = await me.ask("GET", f"{SHIPPING}/limits")
    assert 1 <= limits["numOfEnabledTokens"] <= limits["maxAllowedTokens"]
