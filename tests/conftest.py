from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import postgres
from support.door import Door
from support.house import House
from support.server import Server

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of `keyfob serve`. The plain one leaves Nagle's delay on: 40 ms for each answer."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest) -> AsyncGenerator[str]:
    """Both engines, for real: an empty address is SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    url = await postgres.create_database()
    yield url
    await postgres.drop_database(url)


@pytest.fixture
async def house(database_url: str, tmp_path: Path, clock: Clock) -> AsyncGenerator[House]:
    """An opened installation without accounts, on either engine, with a clock to turn."""
    house = await House.open(tmp_path / "data", database_url, clock)
    yield house
    await house.close()


@pytest.fixture
async def door(database_url: str, tmp_path: Path, clock: Clock) -> AsyncGenerator[Door]:
    """The server in this process, on either engine, with a clock to turn."""
    async with Door.open(tmp_path / "data", database_url, clock) as door:
        yield door


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """One running server on SQLite that tests share; each makes what it needs under own names."""
    server = Server(tmp_path_factory.mktemp("server") / "data").init().start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def new_server(tmp_path: Path) -> Generator[Server]:
    """A server of the test's own, not yet started, its data folder empty."""
    server = Server(tmp_path / "data")
    yield server
    if server.process is not None and server.process.poll() is None:
        server.stop()
