import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.house import ORIGIN

from keyfob import audit, users
from keyfob.actors import visitor
from keyfob.errors import Conflict, Invalid
from keyfob.users import email_address

pytestmark = pytest.mark.anyio

PASSWORD = "a sentence of my own"


@pytest.mark.parametrize(
    "text",
    ["ann@example.com", "a@b.co", "ann+x@example.com", "_a-b.c-d@a-b.c-d.example", "A.B@C.DE",
     "1@2.museum"],
)  # fmt: skip
def test_an_address_that_matches_the_contract_is_taken_in_small_letters(text):
    assert email_address(f"  {text} ") == text.lower()


@pytest.mark.parametrize(
    "text",
    ["", " ", "ann", "ann@", "@example.com", "ann@example", "ann@example.c", "ann@example.c1",
     "ann@@example.com", "ann@exa mple.com", "an n@example.com", ".ann@example.com",
     "ann.@example.com", "a..b@example.com", "ann@.example.com", "ann@example..com",
     "ann@example.com\nbcc: x@y.zz", "änn@example.com", "ann@exämple.com", "a+b.c+d@example.com",
     '"ann"@example.com', "ann@[127.0.0.1]", "ann@example.com.", "a" * 250 + "@b.co",
     "ann\0@example.com", "ann@example.\u212aom"],
)  # fmt: skip
def test_an_address_that_does_not_is_refused(text):
    with pytest.raises(Invalid) as caught:
        email_address(text, field="username")
    assert caught.value.field == "username"


def test_somebody_without_a_name_is_called_by_the_first_part_of_their_address():
    assert users.full_name("", email="ann@example.com") == "ann"
    assert users.full_name(" Ann B. ", email="ann@example.com") == "Ann B."
    assert users.full_name("", email="a" * 200 + "@b.co") == "a" * 100


async def test_one_address_is_one_user(house):
    main = await house.main()
    user = await house.member(main, "Ann@Example.com")
    async with house.reader() as conn:
        assert await users.by_email(conn, "ann@example.com") == user
        assert await users.by_id(conn, user.id) == user
        assert await users.by_email(conn, "nobody@example.com") is None
    with pytest.raises(Conflict) as caught:
        async with house.transaction() as tx:
            await users.create(
                tx, account_id=main.id, email=user.email, full_name="Ann", password=None
            )
    assert caught.value.code == "users/ALREADY_EXISTS"


@pytest.mark.parametrize(
    "text", ["", "x" * 14, "short password", "a" * 15, "ababababababababab", "x" * 257]
)
async def test_a_password_that_is_short_long_or_simple_is_refused(text):
    with pytest.raises(Invalid) as caught:
        await users.new_password(text, email="ann@example.com")
    assert caught.value.field == "password"
    assert not text or text not in caught.value.message


async def test_the_own_address_is_no_password():
    with pytest.raises(Invalid):
        await users.new_password("Ann.Bee@Example.com", email="ann.bee@example.com")


@pytest.mark.parametrize(
    "text", ["fifteen letters", "wörter mit ümläut", "  spaces stay  x", "🗝" * 251 + "abcde"]
)
async def test_a_password_of_15_to_256_characters_is_kept_as_typed(text):
    secret = await users.new_password(text, email="ann@example.com")
    assert await users.verify_password(secret.hash, text)
    assert not await users.verify_password(secret.hash, text + " ")
    assert not await users.verify_password(secret.hash, text.strip() + "x")


async def test_a_password_is_argon2id_with_the_settings_of_the_requirements():
    secret = await users.new_password(PASSWORD, email="ann@example.com")
    assert secret.hash.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert PASSWORD not in repr(secret)
    assert "argon2" not in repr(secret)


@pytest.mark.parametrize("text", ["", "nobody has this password", "None", "x" * 10_000])
async def test_somebody_without_a_password_has_none_that_could_be_guessed(text):
    assert not await users.verify_password(None, text)
    assert not await users.verify_password("", text)
    assert not await users.verify_password("not a hash", text)


async def test_a_new_password_ends_every_session_and_replaces_the_old(house):
    main = await house.main()
    user = await house.member(main, "ann@example.com", password=PASSWORD)
    session_ids = []
    for _ in range(2):
        async with house.transaction(visitor(ORIGIN)) as tx:
            session_ids.append(await users.start(tx, user, account_id=main.id))
    secret = await users.new_password("quite another sentence", email=user.email)
    async with house.transaction() as tx:
        await users.set_password(tx, user, secret)
    async with house.reader() as conn:
        for session_id in session_ids:
            assert await users.resume(conn, session_id, now=house.db.now()) is None
        assert await users.password_hash(conn, user.id) == secret.hash
        (entry,) = await audit.trail(conn, subject=f"user:{user.id}", limit=1)
    assert entry.action == "user.changed_password"


@pytest.fixture
async def signed_in(house):
    """The house, a main account, a user of it, and the id of a session."""
    main = await house.main()
    user = await house.member(main, "ann@example.com")
    async with house.transaction(visitor(ORIGIN)) as tx:
        return main, user, await users.start(tx, user, account_id=main.id)


async def resume(house, session_id):
    async with house.reader() as conn:
        return await users.resume(conn, session_id, now=house.db.now())


async def test_only_the_hash_of_a_session_id_is_stored(house, signed_in):
    _, user, session_id = signed_in
    async with house.reader() as conn:
        rows = (await conn.exec_driver_sql("select * from sessions")).all()
    assert session_id not in repr(rows)
    session = await resume(house, session_id)
    assert session.digest == hashlib.sha256(session_id.encode()).digest()
    assert (session.user_id, session.created_at) == (user.id, house.db.now())
    for other in ("", session_id[:-1], session_id.swapcase(), session.digest.hex()):
        assert await resume(house, other) is None


async def test_a_session_ends_at_the_very_moment_it_was_idle_for_30_minutes(
    house, signed_in, clock
):
    _, _, session_id = signed_in
    clock.forward(minutes=30, milliseconds=-1)
    session = await resume(house, session_id)
    async with house.transaction() as tx:
        await users.touch(tx, session)
    clock.forward(minutes=30, milliseconds=-1)
    assert await resume(house, session_id)
    clock.forward(milliseconds=1)
    assert await resume(house, session_id) is None
    assert timedelta(minutes=30) == users.IDLE


async def test_a_session_ends_after_12_hours_however_busy(house, signed_in, clock):
    main, user, session_id = signed_in
    for _ in range(12 * 60 // 20 - 1):
        clock.forward(minutes=20)
        async with house.transaction() as tx:
            await users.touch(tx, await resume(house, session_id))
    clock.forward(minutes=20, milliseconds=-1)
    assert await resume(house, session_id)
    clock.forward(milliseconds=1)
    assert await resume(house, session_id) is None
    clock.forward(milliseconds=1)
    async with house.transaction(visitor(ORIGIN)) as tx:
        await users.start(tx, user, account_id=main.id)
    async with house.reader() as conn:
        rows = await conn.exec_driver_sql("select count(*) from sessions")
    assert rows.scalar() == 1  # old ones are cleared away


async def test_who_enters_another_account_acts_for_it_and_that_is_on_record(house, signed_in):
    main, user, session_id = signed_in
    sub = await house.sub(main)
    async with house.transaction(visitor(ORIGIN)) as tx:
        await users.enter(tx, await resume(house, session_id), account_id=sub.id)
    assert (await resume(house, session_id)).account_id == sub.id
    async with house.reader() as conn:
        entry = (await audit.trail(conn, account_id=sub.id))[0]
    assert (entry.action, entry.subject) == ("user.entered_account", f"user:{user.id}")


async def test_who_signs_out_is_out_here_only(house, signed_in):
    main, user, session_id = signed_in
    async with house.transaction(visitor(ORIGIN)) as tx:
        elsewhere = await users.start(tx, user, account_id=main.id)
    async with house.transaction(visitor(ORIGIN)) as tx:
        await users.end(tx, await resume(house, session_id))
    assert await resume(house, session_id) is None
    assert await resume(house, elsewhere)
    async with house.reader() as conn:
        (entry,) = await audit.trail(conn, account_id=main.id, limit=1)
    assert entry.action == "user.signed_out"


@given(st.text())
def test_whatever_is_typed_as_an_address_is_taken_or_refused(text):
    try:
        taken = email_address(text)
    except Invalid:
        assert not users.is_email_address(text.strip())
        return
    assert users.is_email_address(taken)
    assert taken == taken.lower().strip()
