"""Every kind of caller asks every operation of a server that is a process of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from rows import ROWS
from support.calling import calling, error_of
from support.house import House
from support.matrix import Scene, expected_of, furnish
from support.server import Server

pytestmark = pytest.mark.anyio


class TwoHoursAgo:
    """A clock that each scene turns on by two hours: to this moment."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


async def test_the_matrix_holds_over_one_connection(database_url, tmp_path):
    """Each operation has families of its own, all made before the server starts."""
    settings = {"DATABASE_URL": database_url} if database_url else {}
    server = Server(tmp_path / "data", settings | {"TRUSTED_PROXIES": "127.0.0.1/32"})
    async with calling(server) as caller:
        clock = TwoHoursAgo()
        house = await House.open(server.data_dir, database_url, clock)
        scenes: dict[str, Scene] = {}
        for number, operation in enumerate(ROWS):
            there = await furnish(house, clock, people=str(number))
            scenes[operation] = Scene(caller, there)
            clock.forward(hours=-2)
        await house.close()
        server.start()
        for operation, scene in scenes.items():
            expected, found = expected_of(operation), {}
            for who in expected:
                answer = await scene.ask(operation, who)
                found[who] = answer.status_code
                if answer.is_error:
                    error_of(answer)
            assert found == expected, operation
        assert caller.connections.opened == 1
    assert server.stop() == 0, server.log.read_text()
