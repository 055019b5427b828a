import asyncio
import io
from collections.abc import Callable, Generator
from dataclasses import dataclass

import pytest
from support.house import House
from support.server import Server

from keyfob.cli.main import run
from keyfob.db import utc_now
from keyfob.scopes import EVERYTHING, REVEAL


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


async def settle(server: Server) -> None:
    """A main account, one below it, and a token that may show others again."""
    house = await House.open(server.data_dir, "", utc_now)
    main = await house.main()
    sub = await house.sub(main)
    _, value = await house.token(main, "The admin's", scopes=(EVERYTHING, REVEAL))
    _, of_sub = await house.token(sub, "The sub account's")
    server.made = {
        "accountId": main.id, "subId": sub.id, "apiToken": str(value), "subToken": str(of_sub),
    }  # fmt: skip
    await house.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    server = Server(tmp_path_factory.mktemp("town") / "data", is_covered=True)
    asyncio.run(settle(server))
    yield server.start()
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture
def new_server(new_server: Server) -> Server:
    """What `keyfob serve` itself does is seen by coverage here, and nowhere else."""
    new_server.is_covered = True
    return new_server


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The command, run in the test's own process; it sees no terminal."""

    def call(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = run([*arguments])
        told = capsys.readouterr()
        return Done(int(code), told.out, told.err)

    return call


@pytest.fixture
def keyfob_here(town, monkeypatch, cli):
    """As `cli`, speaking with the town's server for its main account."""
    monkeypatch.setenv("KEYFOB_SERVER", town.url)
    monkeypatch.setenv("KEYFOB_TOKEN", town.made["apiToken"])
    return cli
