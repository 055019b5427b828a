import asyncio
import re
import shutil
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any, TypeVar

import pytest
from httpx2 import Response
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient
from support.browser import chromium, page, sign_in
from support.house import House
from support.server import Server

from keyfob import accounts, tokens, users
from keyfob.accounts import Role
from keyfob.app import create_app
from keyfob.config import Config, load
from keyfob.db import Clock, Transaction, schema, utc_now
from keyfob.tokens import Draft

T = TypeVar("T")
NOW = datetime(2030, 1, 1, tzinfo=UTC)
PASSWORD = "a sentence that nobody guesses"
ANN = "ann@example.com"  # admin of the main account
BOB = "bob@example.com"  # a user of it
CAROL = "carol@example.com"  # admin of the sub account only
TOKENS = "/settings/manage-tokens/api"
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Console:
    """The application in this process, and one browser's cookies."""

    client: TestClient

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers={"Accept": "text/html", **headers})

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: object) -> Response:
        """As a form of the main account's pages sends it."""
        form = {"account": "2000001", **fields}
        return self.client.post(path, data=form, headers=OURS if headers is None else headers)

    def sign_in(self, email: str = ANN, password: str = PASSWORD, **fields: str) -> Response:
        return self.post("/login", email=email, password=password, **fields)

    def add(self, name: str) -> tuple[str, str]:
        """Make a token; return its id and its value."""
        page = self.post(TOKENS, name=name)
        assert page.status_code == 201, page.text
        value = re.search(r"=(kf_api_\w{65})", text_of(page))
        token_id = re.search(r'id="token-(\d+)"', page.text)
        assert value
        assert token_id
        return token_id.group(1), value.group(1)


def text_of(page: Response) -> str:
    """What a person reads."""
    text = re.sub(r"<(script|style)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"</?(?:var|code|span)\b[^>]*>|<[^>]+>", _gap, text)).split())


def _gap(tag: re.Match[str]) -> str:
    return "" if re.match(r"</?var\b", tag.group()) else " "


def names_in(page: Response) -> list[str]:
    found = re.findall(r'<(?:a|span) class="name"[^>]*>([^<]*)<', page.text)
    return [unescape(name) for name in found]


@dataclass(frozen=True)
class Furnished:
    """A data folder to be copied, and a session of Ann's in it: signing in costs half a second."""

    folder: Path
    session: str


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Do it in a loop and a thread of its own: a browser's loop may be at work in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """A main account, a sub account and three people."""
    folder = tmp_path_factory.mktemp("furnished") / "data"

    async def furnish() -> str:
        house = await House.open(folder, "", lambda: NOW)
        main = await house.main()
        sub = await house.sub(main, "Team Blue")
        for account, email, role in (
            (main, ANN, Role.ADMIN), (main, BOB, Role.REGULAR), (sub, CAROL, Role.ADMIN),
        ):  # fmt: skip
            await house.member(account, email, role, PASSWORD)
        async with house.transaction() as tx:
            ann = await users.by_email(tx.conn, ANN)
            session = await users.start(tx, ann, account_id=main.id)
        await house.close()
        return session

    return Furnished(folder, apart(furnish()))


@pytest.fixture
def config(furnished: Furnished, tmp_path: Path) -> Config:
    shutil.copytree(furnished.folder, tmp_path / "data")
    return load(environ={}, options={"data_dir": tmp_path / "data"})


@pytest.fixture
def console(config: Config, clock: Clock) -> Generator[Console]:
    """Nobody is signed in yet."""
    with serving(config, clock) as client:
        yield Console(client)


@pytest.fixture
def ann(console: Console, furnished: Furnished) -> Console:
    """Signed in as the admin of the main account."""
    console.client.cookies.set("keyfob_session", furnished.session, domain="127.0.0.1", path="/")
    return console


@pytest.fixture
def served(config: Config, clock: Clock, furnished: Furnished) -> Generator[Callable[[], Console]]:
    """Start the server, signed in as the main account's admin: once the house is furnished."""
    with ExitStack() as started:

        def start() -> Console:
            client = started.enter_context(serving(config, clock))
            client.cookies.set("keyfob_session", furnished.session, domain="127.0.0.1", path="/")
            return Console(client)

        yield start


# A browser runs a loop of its own: none may be open while tests with another loop run, so it is
# closed with the module that needs it.


@pytest.fixture(scope="module")
def site(furnished, tmp_path_factory) -> Generator[Server]:
    folder = tmp_path_factory.mktemp("site") / "data"
    shutil.copytree(furnished.folder, folder)
    server = Server(folder).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def signed_in(browser, site):
    """The cookies of the main account's admin: attempts to sign in are limited, so it is one."""
    with page(browser, site.url) as opened:
        sign_in(opened, ANN, PASSWORD)
        return opened.context.storage_state()


@pytest.fixture
def at(browser, site, signed_in) -> Generator[Page]:
    """The main account's admin, at the API tokens, in a profile of their own."""
    with page(browser, site.url, storage_state=signed_in) as opened:
        opened.goto(TOKENS)
        yield opened


@pytest.fixture
def two(browser, site, signed_in) -> Generator[tuple[Page, Page]]:
    """The main account's admin twice: what is done in the one window is news in the other."""
    with (
        page(browser, site.url, storage_state=signed_in) as mine,
        page(browser, site.url, storage_state=signed_in) as theirs,
    ):
        yield mine, theirs


@contextmanager
def served_with(
    folder: Path, furnished: Furnished, drafts: Sequence[Draft], *, crowd: int = 0
) -> Generator[Server]:
    """
    A server on a copy of the furnished folder, its main account with these tokens besides, and
    with a crowd of rows like the first one's, which nobody has the values of.
    """
    shutil.copytree(furnished.folder, folder)

    async def fill() -> None:
        house = await House.open(folder, "", utc_now)
        async with house.transaction() as tx:
            main = (await accounts.mains(tx.conn))[0]
            await tokens.create_many(tx, house.instance, drafts, account_id=main.id)
            if crowd:
                await _multiply(tx, crowd)
        await house.close()

    apart(fill())
    server = Server(folder).start()
    yield server
    server.stop()


async def _multiply(tx: Transaction, crowd: int) -> None:
    """Made one by one, a hundred thousand take minutes."""
    table = schema.tokens
    [like] = (await tx.conn.execute(table.select().order_by(table.c.id.desc()).limit(1))).mappings()
    rows = [
        {
            **like, "id": like["id"] + number, "public_id": f"{number:016}",
            "name": f"Crowd {number:06}", "name_key": f"crowd {number:06}",
        }
        for number in range(1, crowd + 1)
    ]  # fmt: skip
    await tx.conn.execute(table.insert(), rows)


def serving(config: Config, clock: Clock) -> TestClient:
    app = create_app(config, clock=clock)
    return TestClient(app, base_url=config.url, follow_redirects=False)


def setup_link(config: Config, clock: Clock) -> str:
    """As `keyfob serve` prints it; the server must not run yet."""

    async def make() -> str:
        house = await House.open(config.data_dir, "", clock)
        async with house.transaction() as tx:
            secret = await accounts.make_setup_link(tx)
        await house.close()
        return secret

    return apart(make())
