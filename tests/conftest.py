from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from support import postgres
from support.clock import Clock
from support.door import Door
from support.elsewhere import Elsewhere
from support.first_start import ENGINES, FirstStart
from support.house import House
from support.indoors import Indoors
from support.server import Server


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of `keyfob serve`. The plain one leaves Nagle's delay on: 40 ms for each answer."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock.set_up(tmp_path / "clock")


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    return FirstStart(tmp_path_factory.mktemp("first_start"))


@pytest.fixture(params=ENGINES)
async def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, first_start: FirstStart
) -> AsyncGenerator[str]:
    """
    Both engines, for real: an empty address is SQLite. It has been started once, and has no
    accounts; the rest of it is in `tmp_path / "data"`.
    """
    url = await first_start.copy(request.param, tmp_path / "data")
    yield url
    if url:
        await postgres.drop_database(url)


@pytest.fixture
async def house(database_url: str, tmp_path: Path, clock: Clock) -> AsyncGenerator[House]:
    """An opened installation without accounts, on either engine, with a clock to turn."""
    house = await House.open(tmp_path / "data", database_url, clock)
    yield house
    await house.close()


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Generator[Elsewhere]:
    """A process of its own, in which the server of each `door` runs."""
    with Elsewhere(tmp_path_factory.mktemp("elsewhere") / "log") as elsewhere:
        yield elsewhere


@pytest.fixture
async def door(
    elsewhere: Elsewhere, database_url: str, tmp_path: Path, clock: Clock
) -> AsyncGenerator[Door]:
    """The server in another process, on either engine, with a clock to turn."""
    async with Door.open(elsewhere, tmp_path / "data", database_url, clock) as door:
        yield door


@pytest.fixture
async def indoors(database_url: str, tmp_path: Path, clock: Clock) -> AsyncGenerator[Indoors]:
    """The server in this process, for tests that look behind its door."""
    async with Indoors.open(tmp_path / "data", database_url, clock) as indoors:
        yield indoors


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """One running server on SQLite that tests share; each makes what it needs under own names."""
    server = Server(tmp_path_factory.mktemp("server") / "data", is_covered=True).init().start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def new_server(tmp_path: Path) -> Generator[Server]:
    """A server of the test's own, not yet started, its data folder empty."""
    server = Server(tmp_path / "data")
    yield server
    if server.process is not None and server.process.poll() is None:
        server.stop()
