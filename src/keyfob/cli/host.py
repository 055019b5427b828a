"""On the host: settings from their three sources, and the installation opened with them."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from keyfob import config as settings
from keyfob.cli.options import DEFAULT_FILE
from keyfob.config import Config
from keyfob.db import Database
from keyfob.house import open_house
from keyfob.keys import Instance


def load(file: Path | None, **options: object) -> Config:
    """Raise Misconfigured as `config.load` does."""
    return settings.load(file=config_file(file), environ=os.environ, options=options)


def config_file(named: Path | None) -> Path | None:
    """The one that was named; else the one in this folder, when there is one."""
    return named or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)


@asynccontextmanager
async def house(config: Config) -> AsyncGenerator[tuple[Database, Instance]]:
    """Raise Misconfigured, with what to do about it, when it cannot be opened."""
    db, instance = await open_house(config)
    try:
        yield db, instance
    finally:
        await db.close()
