"""What the first start of an installation leaves, made once for all tests that begin with it."""

import shutil
from pathlib import Path
from typing import Final

from support import postgres
from support.clock import Clock
from support.house import House

ENGINES: Final = ("sqlite", "postgresql")


class FirstStart:
    """Migrations and new keys take a third of a second for each test; copies of them take none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.urls: dict[str, str] = {}

    async def copy(self, engine: str, to: Path) -> str:
        """Return the address of a database; its root key, or with SQLite all of it, is in `to`."""
        if engine not in self.urls:
            self.urls[engine] = await self._made(engine)
        shutil.copytree(self.folder / engine, to)
        url = self.urls[engine]
        return await postgres.create_database(template=postgres.name_of(url)) if url else ""

    async def _made(self, engine: str) -> str:
        url = await postgres.create_database() if engine == "postgresql" else ""
        clock = Clock.set_up(self.folder / f"{engine}.clock")
        await (await House.open(self.folder / engine, url, clock)).close()
        return url
