"""The database is away, another one, or broken: 503 or 500 in the one shape, then well again."""

import json
import shutil
import socket

import asyncpg
import pytest
from sqlalchemy import make_url
from support import postgres
from support.calling import error_of
from support.door import Door
from support.server import Server

pytestmark = pytest.mark.anyio


async def statement(url: str, text: str) -> None:
    parts = make_url(url)
    connection = await asyncpg.connect(
        host=parts.query.get("host") or parts.host, port=parts.port or 5432,
        user=parts.username, password=parts.password or None, database="postgres",
    )  # fmt: skip
    await connection.execute(text)
    await connection.close()


async def test_postgresql_goes_away_and_comes_back(elsewhere, tmp_path, clock):
    url = await postgres.create_database()
    name = make_url(url).database
    async with Door.open(elsewhere, tmp_path / "data", url, clock) as door:
        main = await door.house.main()
        _, value = await door.house.token(main)
        assert (await door.ask("GET", "/readyz")).status_code == 200
        await statement(url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await statement(
            url,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 -- a name of our own
        )
        for method, path, token in (
            ("GET", "/readyz", None),
            ("GET", "/v2/whoami", value),
            ("POST", "/v1/verify", value),
            ("POST", "/v1/api-tokens", value),
        ):
            answer = await door.ask(method, path, token, json={"token": value, "name": "x"})
            assert answer.status_code == 503, (path, answer.text)
            assert error_of(answer)["errorCode"] == "server/UNAVAILABLE"
            assert int(answer.headers["retry-after"]) >= 1
        assert (await door.ask("GET", "/healthz")).status_code == 200
        assert (await door.ask("GET", "/v2/whoami", "junk")).status_code == 403
        await statement(url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert (await door.ask("GET", "/readyz")).status_code == 200
        assert (await door.ask("GET", "/v2/whoami", value)).json()["accountId"] == main.id
    await postgres.drop_database(url)


async def test_a_bug_is_told_with_a_request_id_and_no_detail(door):
    """A table dropped under the running application. SQLite calls that "not reachable"."""
    main = await door.house.main()
    _, value = await door.house.token(main)
    await door.house.sql("DROP TABLE sealed_tokens")
    answer = await door.ask("POST", "/v1/api-tokens", value, json={"name": "Half done"})
    body = error_of(answer)
    if door.is_sqlite:
        assert (answer.status_code, body["errorCode"]) == (503, "server/UNAVAILABLE")
    else:
        assert (answer.status_code, body["errorCode"]) == (500, "server/INTERNAL")
        assert body["parameters"] == {}
    assert "sealed" not in answer.text
    assert (await door.ask("GET", "/v1/api-tokens", value)).json()["total"] == 1


async def test_a_bug_is_logged_with_its_request_id_and_without_the_token(indoors, capfd):
    if indoors.house.db.is_sqlite:
        return
    main = await indoors.house.main()
    _, value = await indoors.house.token(main)
    await indoors.house.sql("DROP TABLE sealed_tokens")
    answer = await indoors.ask("POST", "/v1/api-tokens", value, json={"name": "Half done"})
    log = capfd.readouterr().out
    assert "UndefinedTable" in log
    assert answer.json()["requestId"] in log
    assert str(value)[30:50] not in log


async def test_another_database_is_not_ready(door):
    await door.house.sql("UPDATE instance SET id = 'ffffffffffffffffffffffffffffffff'")
    answer = await door.ask("GET", "/readyz")
    assert answer.status_code == 503
    assert error_of(answer)["errorCode"] == "server/OTHER_DATABASE"


async def test_a_replaced_file_is_not_written_to_nor_believed(elsewhere, tmp_path, clock):
    async with Door.open(elsewhere, tmp_path / "data", "", clock) as door:
        main = await door.house.main()
        _, value = await door.house.token(main)
        file = tmp_path / "data" / "keyfob.db"
        kept = file.with_suffix(".kept")
        shutil.move(file, kept)
        for step in ("gone", "another file"):
            if step == "another file":
                shutil.copy(kept, file)
            for method, path in (
                ("GET", "/readyz"),
                ("GET", "/v2/whoami"),
                ("POST", "/v1/api-tokens"),
            ):
                answer = await door.ask(method, path, value, json={"name": step})
                assert answer.status_code == 503, (step, path)
                assert answer.headers["retry-after"]
        shutil.move(kept, file)
        assert (await door.ask("GET", "/readyz")).status_code == 200
        answer = await door.ask("POST", "/v1/api-tokens", value, json={"name": "Back"})
        assert answer.status_code == 201


def exchange(connection: socket.socket, request: bytes) -> tuple[int, dict]:
    """Send the bytes; read one answer of known length."""
    connection.sendall(request)
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536)
    head, _, body = text.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", b"0")):
        body += connection.recv(65536)
    assert fields.get(b"connection") != b"close", head
    return int(head.split()[1]), json.loads(body) if body else {}


def test_the_connection_stays_open_after_every_error(server: Server):
    """Public clients send the same body again and need the connection that was (contract 1.1)."""
    host = f"Host: 127.0.0.1\r\nX-API-TOKEN: {server.made['apiToken']}\r\n"

    def request(line: str, body: bytes = b"", headers: str = host) -> bytes:
        return f"{line} HTTP/1.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body

    nobody = "Host: 127.0.0.1\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for asked, status in (
            (request("GET /v2/whoami"), 200),
            (request("GET /v2/whoami", headers=nobody), 401),
            (request("POST /v1/verify", b'{"token": "x"}', nobody), 401),
            (request("POST /v1/verify", b"x" * 50_000, nobody), 401),
            (request("POST /v1/verify", b"{"), 400),
            (request("GET /v1/api-tokens/1"), 404),
            (request("DELETE /v1/api-tokens/1", b'{"x": 1}'), 404),
            (request("GET /nowhere"), 404),
            (request("PUT /v1/verify", b"{}"), 405),
            (request("OPTIONS /v1/verify"), 405),
            (request("POST /v1/verify", b"x" * 1_000_000), 413),
            (request("POST /v1/verify", b'{"token": "x"}'), 200),
        ):
            assert exchange(connection, asked)[0] == status, asked[:80]
