import asyncio
import os
import stat
import sys

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from keyfob.actors import OPERATOR
from keyfob.config import Config
from keyfob.db import REVISION, Database, schema, sqlite, upgrade
from keyfob.errors import Misconfigured, Unavailable

pytestmark = pytest.mark.anyio


async def pragma(conn, name):
    return (await conn.exec_driver_sql(f"pragma {name}")).scalar()


@pytest.fixture
async def on_sqlite(tmp_path):
    database = Database.on_sqlite(tmp_path / "keyfob.db")
    await upgrade(database)
    yield database
    await database.close()


async def test_what_is_acknowledged_on_sqlite_is_on_disk(on_sqlite):
    for _ in range(3):  # whichever connection it is
        async with on_sqlite.transaction(OPERATOR) as tx:
            assert await pragma(tx.conn, "journal_mode") == "wal"
            assert await pragma(tx.conn, "synchronous") == 2  # FULL
            assert await pragma(tx.conn, "foreign_keys") == 1
        await on_sqlite.writer.dispose()


async def test_the_files_of_sqlite_are_for_their_owner_alone(tmp_path):
    before = os.umask(0o022)
    try:
        database = Database.on_sqlite(tmp_path / "keyfob.db")
        await upgrade(database)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        await database.close()
    finally:
        os.umask(before)
    names = ("keyfob.db", "keyfob.db-shm", "keyfob.db-wal", "keyfob.lock")
    assert modes == dict.fromkeys(names, 0o600)


async def test_the_readers_of_sqlite_cannot_write_and_never_checkpoint(on_sqlite):
    async with on_sqlite.reader() as one, on_sqlite.reader() as other:
        for conn in (one, other):
            assert await pragma(conn, "query_only") == 1
            assert await pragma(conn, "wal_autocheckpoint") == 0
    with pytest.raises(Unavailable):
        async with on_sqlite.reader() as conn:
            await conn.exec_driver_sql("delete from users")


async def test_a_reader_sees_one_moment(house):
    count = "select count(*) from sign_in_attempts"
    async with house.reader() as conn:
        assert (await conn.exec_driver_sql(count)).scalar() == 0
        async with house.transaction(OPERATOR) as tx:
            await tx.conn.exec_driver_sql(
                "insert into sign_in_attempts (subject, at) values ('a', 1)"
            )
        assert (await conn.exec_driver_sql(count)).scalar() == 0
    async with house.reader() as conn:
        assert (await conn.exec_driver_sql(count)).scalar() == 1


async def test_a_second_process_is_refused_and_told_the_first(on_sqlite, tmp_path):
    script = (
        "import sys, pathlib; from keyfob.db import Database\n"
        "try: Database.on_sqlite(pathlib.Path(sys.argv[1]))\n"
        "except Exception as error: print(error.code, error.message)\n"
    )
    done = await anyio.run_process(
        [sys.executable, "-c", script, str(tmp_path / "keyfob.db")],
    )
    said = done.stdout.decode()
    assert said.startswith("database/LOCKED")
    assert f"pid {os.getpid()}" in said


async def test_the_lock_is_free_when_the_database_is_closed(on_sqlite, tmp_path):
    with pytest.raises(Misconfigured):
        Database.open(Config(data_dir=tmp_path))
    await on_sqlite.close()
    again = Database.open(Config(data_dir=tmp_path))
    await again.close()
    await again.close()


async def test_a_change_that_waits_too_long_for_its_turn_is_told_to_come_again(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sqlite, "WRITER_WAIT", 0.1)
    database = Database.on_sqlite(tmp_path / "keyfob.db")
    async with database.transaction(OPERATOR):
        with pytest.raises(Unavailable) as caught:
            async with database.transaction(OPERATOR):
                pass
    await database.close()
    assert caught.value.retry_after >= 1


async def test_changes_wait_for_each_other_and_none_is_lost(house):
    async def add(number):
        async with house.transaction() as tx:
            await tx.conn.exec_driver_sql(
                f"insert into sign_in_attempts (subject, at) values ('a', {number})"  # noqa: S608
            )

    await asyncio.gather(*(add(number) for number in range(30)))
    async with house.reader() as conn:
        rows = await conn.exec_driver_sql("select count(distinct at) from sign_in_attempts")
        assert rows.scalar() == 30


async def test_a_transaction_that_fails_leaves_nothing(house):
    with pytest.raises(ZeroDivisionError):
        async with house.transaction() as tx:
            await tx.conn.exec_driver_sql(
                "insert into sign_in_attempts (subject, at) values ('a', 1)"
            )
            raise ZeroDivisionError
    async with house.reader() as conn:
        assert (await conn.exec_driver_sql("select * from sign_in_attempts")).all() == []


async def test_the_migrations_make_exactly_the_tables_of_the_schema(house):
    def compare(conn):
        return compare_metadata(MigrationContext.configure(conn), schema.metadata)

    async with house.reader() as conn:
        assert await conn.run_sync(compare) == []


async def test_upgrading_what_is_new_changes_nothing(house):
    async with house.reader() as conn:
        before = await conn.run_sync(lambda sync: sorted(inspect(sync).get_table_names()))
    await upgrade(house.db)
    async with house.reader() as conn:
        after = await conn.run_sync(lambda sync: sorted(inspect(sync).get_table_names()))
        rows = await conn.exec_driver_sql("select version_num from alembic_version")
    assert rows.scalars().all() == [REVISION]
    assert before == after == sorted([*schema.metadata.tables, "alembic_version"])


async def test_a_newer_database_is_refused_and_left_untouched(house):
    main = await house.main()
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("update alembic_version set version_num = '9999'")
        await tx.conn.exec_driver_sql("drop table setup_links")
    with pytest.raises(Misconfigured) as caught:
        await upgrade(house.db)
    assert caught.value.code == "database/NEWER"
    async with house.reader() as conn:
        tables = await conn.run_sync(lambda sync: inspect(sync).get_table_names())
        version = await conn.exec_driver_sql("select version_num from alembic_version")
        assert version.scalar() == "9999"
        assert (await conn.exec_driver_sql("select id from accounts")).scalar() == main.id
    assert "setup_links" not in tables


async def test_two_processes_that_upgrade_at_once_do_not_disturb_each_other(house):
    await asyncio.gather(*(upgrade(house.db) for _ in range(5)))


async def test_ids_start_at_2000001_and_are_never_used_again(house):
    main = await house.main()
    user = await house.member(main, "ann@example.com")
    token, _ = await house.token(main)  # the second: an account begins with one to ship data
    assert (main.id, user.id, token.id) == (2_000_001, 2_000_001, 2_000_002)
    async with house.transaction() as tx:
        for table in ("tokens", "memberships", "users", "plans", "accounts"):
            await tx.conn.exec_driver_sql(f"delete from {table}")  # noqa: S608 -- our own name
    main = await house.main()
    user = await house.member(main, "ann@example.com")
    token, _ = await house.token(main)
    assert (main.id, user.id, token.id) == (2_000_002, 2_000_002, 2_000_004)


async def test_a_database_that_is_away_is_one_clear_error():
    database = Database.on_postgresql("postgresql://nobody:hunter2@127.0.0.1:1/none")
    with pytest.raises(Unavailable) as caught:
        async with database.reader():
            pass
    with pytest.raises(Unavailable):
        async with database.transaction(OPERATOR):
            pass
    await database.close()
    assert caught.value.code == "server/UNAVAILABLE"
    assert "hunter2" not in caught.value.message
    assert not database.is_sqlite


async def test_a_fault_of_ours_is_not_taken_for_an_absent_database(house):
    sql = (
        "insert into memberships (account_id, user_id, role, active, created_at) "
        "values (1, 1, 'x', true, 1)"
    )
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with house.transaction() as tx:
            await tx.conn.exec_driver_sql(sql)
