"""A running server on which every example of the description has been run once, as it stands."""

import asyncio
import json
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from support.house import House
from support.server import Server, environment

from keyfob import families, tokens
from keyfob.accounts import Role
from keyfob.actors import OPERATOR
from keyfob.api.examples import EXAMPLES, SERVER, TOKEN
from keyfob.api.openapi import operations
from keyfob.db import utc_now
from keyfob.scopes import Scope
from keyfob.tokens import Draft
from keyfob.verification import ACCEPTED, Reason, Usage


async def prepared(folder: Path) -> tuple[str, str]:
    """
    The installation that the examples speak of: the main account 2000001 with its sub account,
    the caller's token, and the token 2000004. Return the values of the two.
    """
    house = await House.open(folder, "", utc_now)
    main = await house.main("Workshop o11y")
    async with house.transaction(OPERATOR) as tx:
        await families.set_plan(tx, main.id, {"warm_days": 5})
    await house.sub(main)
    await house.member(main, "admin@example.com")
    await house.member(main, "zoe@example.com", Role.REGULAR)
    _, caller = await house.token(main, "The caller", scopes=(Scope("*"), Scope("tokens:reveal")))
    async with house.transaction(OPERATOR) as tx:
        draft = Draft(name="Workshop API Token", tags=("workshop",))
        _, value = await tokens.create(tx, house.instance, draft, account_id=main.id)
    known = house.lookup.find(value)
    assert known is not None
    usage = Usage()
    for verdict in (ACCEPTED, Reason.EXPIRED):
        usage.count(known, verdict, house.lookup.now(), "203.0.113.7", "a client")
    await usage.write(house.db)
    await house.close()
    return str(caller), str(value)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    folder = tmp_path_factory.mktemp("examples") / "data"
    caller, value = asyncio.run(prepared(folder))
    server = Server(folder, made={"apiToken": caller, "value": value}).start()
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="session")
def description(running: Server) -> dict[str, Any]:
    with running.client() as client:
        return client.get("/openapi.json").json()


@pytest.fixture(scope="session")
def answers(running: Server, description: dict[str, Any]) -> dict[str, tuple[int, Any]]:
    """Of each operation the status and the body that came; None for an empty one."""
    caller = {"LOGZ_IO_API_TOKEN": running.made["apiToken"]}
    said = {f"{method} {path}": each for method, path, each in operations(description)}
    found: dict[str, tuple[int, Any]] = {}
    for name, example in EXAMPLES.items():
        (sample,) = said[name]["x-codeSamples"]
        source = sample["source"].replace(SERVER, running.url).replace(TOKEN, running.made["value"])
        done = subprocess.run(
            ["bash", "-c", f"{source} --silent --show-error --write-out '\n%{{http_code}}'"],
            env=environment() | caller | {"ID": str(example.id)},
            capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        text, _, status = done.stdout.rpartition("\n")
        found[name] = int(status), json.loads(text) if text else None
    return found
