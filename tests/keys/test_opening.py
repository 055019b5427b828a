import pytest
from support.house import House

from keyfob import audit, keys
from keyfob.errors import Misconfigured
from keyfob.keys import RootKey

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reopen(house, database_url, tmp_path, clock):
    """Close the house, and open it again with other settings."""
    opened = []

    async def again(**settings) -> House:
        await house.close()
        opened.append(await House.open(tmp_path / "data", database_url, clock, **settings))
        return opened[-1]

    yield again
    for each in opened:
        await each.close()


async def refused(reopen, code, **settings):
    with pytest.raises(Misconfigured) as caught:
        await reopen(**settings)
    assert caught.value.code == code


async def test_an_installation_opens_again_as_it_was(house, reopen):
    before = house.instance
    assert (await reopen()).instance == before
    assert before.pepper.material != before.sealing.material


async def test_making_it_is_on_record_and_opening_it_is_not(house, reopen):
    again = await reopen()
    async with again.reader() as conn:
        (entry,) = await audit.trail(conn)
    assert (entry.action, entry.account_id) == ("instance.created", 0)
    assert entry.subject == f"instance:{again.instance.id}"
    assert entry.changes == {"token_brand": (None, "kf")}


async def test_no_key_is_in_the_database_readable(house):
    async with house.reader() as conn:
        rows = (await conn.exec_driver_sql("select wrapped from keys")).scalars().all()
    assert len(rows) == 2
    for key in (house.instance.pepper, house.instance.sealing):
        assert all(key.material not in row and key.material.hex() not in repr(row) for row in rows)


async def test_the_root_key_of_another_installation_is_refused(reopen, tmp_path):
    RootKey.create(tmp_path / "other.key")
    await refused(reopen, "keys/WRONG_ROOT_KEY", root_key_file=tmp_path / "other.key")


async def test_a_database_without_its_root_key_is_refused_and_no_new_one_is_made(reopen, tmp_path):
    (tmp_path / "data" / "root.key").unlink()
    await refused(reopen, "keys/ROOT_KEY")
    assert not (tmp_path / "data" / "root.key").exists()


async def test_wrapped_keys_that_changed_places_do_not_open(house, reopen):
    async with house.transaction() as tx:
        rows = await tx.conn.exec_driver_sql("select id, wrapped from keys order by id")
        (one, first), (two, second) = rows.all()
        for key_id, wrapped in ((one, second), (two, first)):
            mark = "?" if house.db.is_sqlite else "$1"
            await tx.conn.exec_driver_sql(
                f"update keys set wrapped = {mark} where id = {key_id}",  # noqa: S608 -- our own id
                (wrapped,),
            )
    await refused(reopen, "keys/WRONG_ROOT_KEY")


async def test_the_brand_can_be_changed_until_there_are_tokens(house, reopen):
    again = await reopen(token_brand="logz")
    assert again.instance.token_brand == "logz"
    async with again.reader() as conn:
        entries = await audit.trail(conn, limit=1)
    assert entries[0].action == "instance.rebranded"


async def test_the_brand_is_fixed_once_there_are_tokens(house, reopen):
    await house.token(await house.main())
    await refused(reopen, "keys/BRAND_IS_FIXED", token_brand="logz")
    assert (await reopen()).instance.token_brand == "kf"


async def test_a_database_knows_whose_it_is(house):
    async with house.reader() as conn:
        assert await keys.is_instance(conn, house.instance)
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql("delete from instance")
    async with house.reader() as conn:
        assert not await keys.is_instance(conn, house.instance)


async def test_a_root_key_put_there_beforehand_is_used(tmp_path, clock):
    RootKey.create(tmp_path / "given.key")
    before = (tmp_path / "given.key").read_bytes()
    house = await House.open(tmp_path / "data", "", clock, root_key_file=tmp_path / "given.key")
    await house.close()
    assert (tmp_path / "given.key").read_bytes() == before
    assert not (tmp_path / "data" / "root.key").exists()
