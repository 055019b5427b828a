from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import pytest
from support import postgres
from support.house import House
from support.server import Server, free_port

from keyfob.cli.server import listen
from keyfob.config import load
from keyfob.gate import Gate, Listener
from keyfob.verification import Usage


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that the server runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """One running server with a gate of its own, that tests share."""
    server = Server(tmp_path_factory.mktemp("gate") / "data", gate_port=free_port())
    server.init().start()
    yield server
    assert server.stop() == 0


@pytest.fixture
async def database_url() -> AsyncGenerator[str]:
    """The engine on which answers may have to wait; the process that tests share is on SQLite."""
    url = await postgres.create_database()
    yield url
    await postgres.drop_database(url)


@dataclass
class Listening:
    """A listener in the test's own process."""

    house: House
    token: str
    listener: Listener
    address: tuple[str, int]

    def pass_time(self, seconds: int) -> None:
        """It is seen when the listener looks at its clock next, within a second."""
        self.listener._connections.tick += seconds  # noqa: SLF001 -- no setting shortens these

    @property
    def open(self) -> int:
        return len(self.listener._connections.open)  # noqa: SLF001 -- what nobody may leak


@pytest.fixture
async def listening(house: House) -> AsyncGenerator[Listening]:
    _, value = await house.token(await house.main())
    listener = Listener(Gate(house.lookup, Usage(), ()))
    socket = listen(load(environ={}, options={"port": free_port()}))
    await listener.start([socket])
    yield Listening(house, str(value), listener, socket.getsockname())
    await listener.stop(seconds=1)
