"""A stolen database, and a read log: worth nothing."""

import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterator

import pytest
from support.house import ORIGIN, House, acting_for
from support.kinds import share, ships
from support.server import ADMIN, PASSWORD, Server, keyfob

from keyfob import accounts, tokens, verification
from keyfob.db.schema import metadata
from keyfob.errors import Forbidden, Misconfigured, Unavailable
from keyfob.tokens import TokenId
from keyfob_client.token_format import ALPHABET, CHECK_LENGTH, SECRET_LENGTH, base62

WRONG_PASSWORD = "incorrect horse battery staple"


def of_base62(text: str) -> bytes:
    number = 0
    for digit in text:
        number = number * len(ALPHABET) + ALPHABET.index(digit)
    return number.to_bytes(32)


def spellings(secret: bytes) -> Iterator[bytes]:
    """The ways in which these bytes could lie somewhere."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for encode in base64.b64encode, base64.urlsafe_b64encode:
        for shift in range(3):  # the middle of a longer text that was encoded whole
            whole = encode(b"\0" * shift + secret)
            yield whole[4 if shift else 0 : len(whole) // 4 * 4 - 4]
    yield base62(int.from_bytes(secret), -(-len(secret) * 8 // 5)).lstrip("0").encode()


def of_token(value: str) -> dict[str, bytes]:
    secret = value[-SECRET_LENGTH - CHECK_LENGTH : -CHECK_LENGTH]
    raw = of_base62(secret)
    return {
        f"{kind} of {value[:12]}": it
        for kind, it in {
            "text": secret.encode(),
            "bytes": raw,
            "SHA-256 of the token": hashlib.sha256(value.encode()).digest(),
            "SHA-256 of the text": hashlib.sha256(secret.encode()).digest(),
            "SHA-256 of the bytes": hashlib.sha256(raw).digest(),
        }.items()
    }


def found_in(haystack: bytes, secrets: dict[str, bytes]) -> list[str]:
    return [
        name
        for name, secret in secrets.items()
        if any(spelling in haystack for spelling in spellings(secret))
    ]


async def everything_stored(house: House) -> bytes:
    """The files of SQLite as they lie there; every value of every row of PostgreSQL."""
    if house.db.is_sqlite:
        folder = house.config.data_dir
        files = [each for each in folder.iterdir() if each.name != "root.key"]
        assert any(each.name.endswith("-wal") and each.stat().st_size for each in files)
        return b"".join(each.read_bytes() for each in files)
    parts: list[bytes] = []
    async with house.reader() as conn:
        for table in metadata.sorted_tables:
            for row in await conn.execute(table.select()):
                parts += [it if isinstance(it, bytes) else str(it).encode() for it in row]
                parts.append(json.dumps([str(it) for it in row]).encode())
    return b"\0".join(parts)


@pytest.mark.anyio
async def test_a_stolen_database_holds_no_secret(house):
    async with house.transaction() as tx:
        link = await accounts.make_setup_link(tx)
        await accounts.redeem_setup_link(tx, link)
        unused = await accounts.make_setup_link(tx)
    main = await house.main()
    await house.member(main, ADMIN, password=PASSWORD)
    signed_in = await accounts.sign_in(house.db, ORIGIN, email=ADMIN, password=PASSWORD)
    with pytest.raises(Forbidden):
        await accounts.sign_in(house.db, ORIGIN, email=ADMIN, password=WRONG_PASSWORD)
    with pytest.raises(Forbidden):
        await accounts.sign_in(house.db, ORIGIN, email=PASSWORD, password=PASSWORD)
    values = []
    for name in ("kept", "shown", "deleted", "shown once"):
        token, value = await house.token(main, name, retrievable=name != "shown once")
        values.append(str(value))
        async with house.transaction(acting_for(main, "*", "tokens:reveal")) as tx:
            if name == "shown":
                assert (await tokens.reveal(tx, house.instance, token.id))[1] == value
            if name == "deleted":
                await tokens.revoke(tx, token.id)
    shared = await share(house, acting_for(main))
    values += [
        str(value)
        for value in (shared.value, *[it for _, it in await ships(house, acting_for(main))])
    ]
    secrets = {
        "password": PASSWORD.encode(),
        "wrong password": WRONG_PASSWORD.encode(),
        "session id": signed_in.session_id.encode(),
        "used link": link.encode(),
        "unused link": unused.encode(),
        "pepper": house.instance.pepper.material,
        "sealing key": house.instance.sealing.material,
        "root key": base64.b64decode(house.config.root_key.read_bytes()),
    }
    for value in values:
        secrets |= of_token(value)
    stored = await everything_stored(house)
    assert found_in(stored, {"what is there": b"Workshop o11y"}) == ["what is there"]
    assert found_in(stored, secrets) == []


@pytest.mark.parametrize("spelling", range(9))
def test_the_search_finds_what_is_there(spelling):
    secret = bytes(range(40, 72))
    text = [*spellings(secret)][spelling]
    assert found_in(b"before" + text + b"after", {"it": secret}) == ["it"]


def test_the_log_holds_no_secret(new_server: Server):
    server = new_server.init().start()
    value = server.made["apiToken"]
    with server.client() as client:
        made = client.post("/v1/api-tokens", json={"name": "Made"}).json()
        assert client.post("/v1/verify", json={"token": made["token"]}).json()["valid"]
        assert client.get("/v2/whoami", headers={"X-API-TOKEN": value[:-1] + "!"}).is_error
        assert client.get("/v1/api-tokens", params={"q": made["token"]}).status_code == 200
        assert client.post("/v1/api-tokens", content=value[:60].encode()).status_code == 400
        assert client.delete(f"/v1/api-tokens/{made['id']}").status_code == 204
        headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        for password in (WRONG_PASSWORD, PASSWORD):
            form = {"email": ADMIN, "password": password}
            answer = client.post("/login", data=form, headers=headers)
        sessions = [each.value for each in answer.cookies.jar if each.value]
        assert sessions
    assert server.stop() == 0
    text = server.log.read_bytes()
    assert b"/v2/whoami" in text
    secrets = {"password": PASSWORD.encode(), "wrong password": WRONG_PASSWORD.encode()}
    secrets |= {f"session {n}": each.encode() for n, each in enumerate(sessions)}
    for each in (value, made["token"]):
        secrets |= of_token(each)
    root_key = base64.b64decode((server.data_dir / "root.key").read_bytes())
    assert found_in(text, secrets | {"root key": root_key}) == []


@pytest.mark.anyio
@pytest.mark.parametrize("thief", ["without a root key", "with another root key"])
async def test_without_the_root_key_nothing_opens_and_nothing_changes(
    database_url, tmp_path, clock, thief
):
    house = await House.open(tmp_path / "data", database_url, clock)
    main = await house.main()
    await house.token(main)
    root_key, folder = house.config.root_key, tmp_path / "data"
    before = await everything_stored_plainly(house)
    await house.close()
    kept = root_key.read_bytes()
    root_key.unlink()
    if thief == "with another root key":
        root_key.write_bytes(base64.b64encode(b"x" * 32))
        root_key.chmod(0o600)
    with pytest.raises(Misconfigured) as caught:
        await House.open(folder, database_url, clock)
    assert "root key" in caught.value.message
    if thief == "without a root key":
        assert not root_key.exists()
    root_key.write_bytes(kept)
    root_key.chmod(0o600)
    again = await House.open(folder, database_url, clock)
    assert await everything_stored_plainly(again) == before
    await again.close()


async def everything_stored_plainly(house: House) -> list[str]:
    async with house.reader() as conn:
        return [
            repr(tuple(row))
            for table in metadata.sorted_tables
            for row in (await conn.execute(table.select().order_by(*table.primary_key))).all()
        ]


def test_the_program_says_so_in_one_line(tmp_path):
    server = Server(tmp_path / "data").init()
    (server.data_dir / "root.key").write_bytes(base64.b64encode(b"y" * 32))
    rows = sqlite3.connect(server.data_dir / "keyfob.db").iterdump()
    before = [*rows]
    done = keyfob("serve", env=server.env, code=None)
    assert done.returncode == 1
    assert "the root key does not belong to this database; nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr
    assert [*sqlite3.connect(server.data_dir / "keyfob.db").iterdump()] == before


@pytest.mark.anyio
async def test_a_sealed_value_or_a_verifier_moved_to_another_token_opens_nothing(house):
    main, other = await house.main(), await house.main("Other")
    mine, value = await house.token(main, "Mine")
    theirs, their_value = await house.token(other, "Theirs")
    reader = acting_for(other, "*", "tokens:reveal")
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql(
            "UPDATE sealed_tokens SET sealed = (SELECT sealed FROM sealed_tokens "  # noqa: S608 -- numbers
            f"WHERE token_id = {mine.id}) WHERE token_id = {theirs.id}"
        )
        await tx.conn.exec_driver_sql(
            f"UPDATE tokens SET verifier = (SELECT verifier FROM tokens WHERE id = {mine.id}) "  # noqa: S608 -- numbers
            f"WHERE id = {theirs.id}"
        )
    with pytest.raises(Unavailable) as caught:
        async with house.transaction(reader) as tx:
            await tokens.reveal(tx, house.instance, theirs.id)
    assert (caught.value.code, str(value) in str(caught.value)) == ("tokens/SEAL_BROKEN", False)
    assert await accepted(house, value) == mine.id
    assert await accepted(house, their_value) is None


@pytest.mark.anyio
async def test_a_token_moved_to_another_account_is_not_shown_there(house):
    main, other = await house.main(), await house.main("Other")
    mine, _ = await house.token(main, "Mine")
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql(
            f"UPDATE tokens SET account_id = {other.id} WHERE id = {mine.id}"  # noqa: S608 -- numbers
        )
    with pytest.raises(Unavailable):
        async with house.transaction(acting_for(other, "*", "tokens:reveal")) as tx:
            await tokens.reveal(tx, house.instance, mine.id)


@pytest.mark.anyio
async def test_flipped_bits_fail_closed(house):
    main = await house.main()
    token, value = await house.token(main)
    shower = acting_for(main, "*", "tokens:reveal")
    async with house.reader() as conn:
        query = f"SELECT sealed FROM sealed_tokens WHERE token_id = {token.id}"  # noqa: S608 -- a number
        sealed = bytes((await conn.exec_driver_sql(query)).scalar_one())
    for at in (*range(0, len(sealed), 7), len(sealed) - 1):
        bent = bytearray(sealed)
        bent[at] ^= 1 << at % 8
        await store(house, "sealed_tokens", token.id, bytes(bent))
        with pytest.raises(Unavailable) as caught:
            async with house.transaction(shower) as tx:
                await tokens.reveal(tx, house.instance, token.id)
        assert str(value)[30:40] not in repr(caught.value.__dict__)
    for short in (b"", sealed[:5], sealed[:12], sealed[:20]):
        await store(house, "sealed_tokens", token.id, short)
        with pytest.raises(Unavailable):
            async with house.transaction(shower) as tx:
                await tokens.reveal(tx, house.instance, token.id)
    await store(house, "sealed_tokens", token.id, sealed)
    async with house.transaction(shower) as tx:
        assert (await tokens.reveal(tx, house.instance, token.id))[1] == value


async def store(house: House, table: str, token_id: TokenId, sealed: bytes) -> None:
    rows = metadata.tables[table]
    async with house.transaction() as tx:
        await tx.conn.execute(
            rows.update().where(rows.c.token_id == token_id).values(sealed=sealed)
        )


async def accepted(house: House, value: str) -> TokenId | None:
    lookup = house.lookup
    verdict, token = await lookup.patiently(
        lambda reading: verification.authenticate(lookup, value, verification.NO_USE, reading)
    )
    return token.id if token is not None and verdict is verification.ACCEPTED else None
