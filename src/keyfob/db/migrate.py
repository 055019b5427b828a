"""Bring a database to this program's schema, at every start."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import inspect, text

from keyfob.actors import OPERATOR
from keyfob.db.database import Database
from keyfob.errors import Misconfigured

REVISION: Final = "0006"  # the newest file in migrations/versions
SCRIPTS: Final = Path(__file__).parent / "migrations"
_UPGRADE_LOCK: Final = 0x6B6579666F62  # "keyfob": one process upgrades PostgreSQL at a time


async def upgrade(database: Database) -> None:
    """
    Run the migrations that are due, all in one transaction.

    Raise Misconfigured when the database was made by a newer program: it is left untouched.
    """
    async with database.transaction(OPERATOR) as tx:
        await tx.conn.run_sync(_upgrade)


def _upgrade(conn: SyncConnection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    found = _revision(conn)
    if found == REVISION:
        return
    if found is not None and found > REVISION:
        raise Misconfigured(
            f"the database has schema {found}, this program knows schemas up to {REVISION}: "
            "it was made by a newer Keyfob; start that one, or restore an older backup",
            code="database/NEWER",
        )
    _run_migrations(conn)


def _run_migrations(conn: SyncConnection) -> None:
    # Imported here: Alembic is 0.16 s of start-up, for work that is due once in a release.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def _revision(conn: SyncConnection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
