"""Markers, as the workshop's tool sends them (meaning 8)."""

import subprocess
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from support.calling import error_of

from keyfob import audit
from keyfob.actors import OPERATOR
from keyfob.db import milliseconds
from keyfob.db.schema import markers
from keyfob.scopes import Scope

pytestmark = pytest.mark.anyio

PATH = "/v2/markers/create-markers"
PLAIN = {"title": "Deployed", "description": "Version 2"}


@pytest.fixture
async def main(door):
    return await door.house.main()


@pytest.fixture
async def value(door, main):
    _, value = await door.house.token(main, "highlighter")
    return value


async def stored(door):
    async def read(conn):
        rows = await conn.execute(select(markers).order_by(markers.c.id))
        return [SimpleNamespace(**row) for row in rows.mappings()]

    return await door.house.read(read)


async def sent(door, value, *given, **more):
    return await door.ask("POST", PATH, value, json={"markers": [*given]} | more)


async def test_a_marker_is_stored_whole(door, main, value):
    given = {
        "title": "Deployed", "description": "Version 2\nby the pipeline", "tag": "DEPLOYMENT",
        "timestamp": 1_795_471_200_123, "metadata": {"a": [1, 1.5, None, {"é": "\x01"}]},
    }  # fmt: skip
    answer = await sent(door, value, given)
    assert (answer.status_code, answer.content) == (204, b"")
    (row,) = await stored(door)
    assert row.account_id == main.id
    assert milliseconds(row.at) == 1_795_471_200_123
    assert (row.title, row.description, row.tag, row.metadata) == (
        given["title"], given["description"], "DEPLOYMENT", given["metadata"],
    )  # fmt: skip
    assert row.created_by == "highlighter"
    assert row.id >= 2_000_001


async def test_what_is_left_out_or_null_is_other_now_and_nothing(door, value, clock):
    nulls = dict.fromkeys(("tag", "timestamp", "metadata"))
    assert (await sent(door, value, PLAIN, PLAIN | nulls)).status_code == 204
    for row in await stored(door):
        assert (row.tag, row.at, row.metadata) == ("OTHER", clock.now, {})


@pytest.mark.parametrize("timestamp", [0, "1795471200000", 1795471200000.0, 253402300799000])
async def test_a_time_may_be_text_or_a_whole_float(door, value, timestamp):
    assert (await sent(door, value, PLAIN | {"timestamp": timestamp})).status_code == 204
    (row,) = await stored(door)
    assert milliseconds(row.at) == int(timestamp)


async def test_unknown_fields_are_ignored_and_so_are_a_slash_and_an_absent_content_type(
    door, value
):
    odd = PLAIN | {"id": 3, "tags": ["x"]}
    assert (await sent(door, value, odd, version=2)).status_code == 204
    content = b'{"markers": [{"title": "a", "description": "b"}]}'
    answer = await door.ask("POST", f"{PATH}/", value, content=content)
    assert answer.status_code == 204
    assert len(await stored(door)) == 2


@pytest.mark.parametrize(
    ("marker", "field"),
    [
        ({"title": "x"}, "description"),
        ({"description": "x"}, "title"),
        (PLAIN | {"title": None}, "title"),
        (PLAIN | {"title": " "}, "title"),
        (PLAIN | {"title": 3}, "title"),
        (PLAIN | {"title": "a\0b"}, "title"),
        (PLAIN | {"title": "a" * 201}, "title"),
        (PLAIN | {"description": "a" * 2001}, "description"),
        (PLAIN | {"tag": "RELEASE"}, "tag"),
        (PLAIN | {"tag": 1}, "tag"),
        (PLAIN | {"timestamp": -1}, "timestamp"),
        (PLAIN | {"timestamp": 1.5}, "timestamp"),
        (PLAIN | {"timestamp": "soon"}, "timestamp"),
        (PLAIN | {"timestamp": True}, "timestamp"),
        (PLAIN | {"timestamp": 10**16}, "timestamp"),
        (PLAIN | {"metadata": []}, "metadata"),
        (PLAIN | {"metadata": "text"}, "metadata"),
        (PLAIN | {"metadata": {"a": "b" * 10_001}}, "metadata"),
    ],
)
async def test_what_cannot_be_is_refused_by_name_and_none_of_the_call_is_stored(
    door, value, marker, field
):
    answer = await sent(door, value, PLAIN, marker)
    assert answer.status_code == 400
    assert error_of(answer)["parameters"]["field"] == f"markers.1.{field}"
    assert await stored(door) == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b'{"markers": null}', b'{"markers": {}}', b'{"markers": ["x"]}',
        b'{"markers": [null]}', b'{"markers": []}',
        b'{"markers": [{"title": "a", "description": "b", "metadata": {"a": 1e999}}]}',
        b'{"markers": [{"title": "a", "description": "b", "metadata": {"a": "\\ud800"}}]}',
        b'{"markers": [{"title": "a", "description": "b", "metadata": {"a": %b}}]}' % (b"9" * 5000),
    ],
)  # fmt: skip
async def test_a_body_that_marks_nothing_is_refused(door, value, content):
    answer = await door.ask("POST", PATH, value, content=content)
    assert answer.status_code == 400
    error_of(answer)
    assert await stored(door) == []


async def test_a_number_that_any_reader_takes_is_kept(door, value):
    number = int("9" * 300)
    assert (await sent(door, value, PLAIN | {"metadata": {"a": number}})).status_code == 204
    (row,) = await stored(door)
    assert row.metadata == {"a": number}


async def test_a_hundred_go_in_one_call_in_their_order_and_no_more(door, value):
    many = [PLAIN | {"title": f"Marker {number}"} for number in range(101)]
    answer = await sent(door, value, *many)
    assert error_of(answer)["message"] == "markers must be 1 to 100 markers"
    assert (await sent(door, value, *many[:100])).status_code == 204
    assert [row.title for row in await stored(door)] == [f"Marker {n}" for n in range(100)]


async def test_one_call_is_one_entry_in_the_trail(door, main, value):
    await sent(door, value, PLAIN, PLAIN | {"title": "Second"})
    ids = [row.id for row in await stored(door)]
    entries = await door.house.read(audit.trail, account_id=main.id, limit=2)
    assert [entry.action for entry in entries] == ["marker.created", "token.created"]
    assert (entries[0].subject, entries[0].subject_name) == (f"marker:{ids[0]}", "Deployed")
    assert entries[0].changes == {"markers": (None, 2)}
    answer = await door.ask("POST", "/v1/audit-trail/event-types", value)
    assert "User created markers" in answer.json()["eventTypes"]


async def test_they_are_of_the_tokens_own_account_and_go_with_it(door, main, value):
    sub = await door.house.sub(main)
    _, of_sub = await door.house.token(sub)
    await sent(door, of_sub, PLAIN)
    await sent(door, value, PLAIN)
    assert [row.account_id for row in await stored(door)] == [sub.id, main.id]
    path = f"/v1/account-management/time-based-accounts/{sub.id}"
    assert (await door.ask("DELETE", path, value)).status_code == 204
    assert [row.account_id for row in await stored(door)] == [main.id]


async def test_it_needs_the_scope_to_write(door, main):
    _, value = await door.house.token(main, "Narrow", OPERATOR, scopes=(Scope("account:read"),))
    answer = await sent(door, value, PLAIN)
    assert error_of(answer)["parameters"] == {"scope": "account:write"}
    assert await stored(door) == []


def test_the_workshops_marker_tool_sends_it_like_this(server):
    body = '{"markers":[{"title":"Deployment start","description":"o11y","tag":"DEPLOYMENT"}]}'
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--write-out", "%{http_code}", "--data", body,
         "--header", "Content-Type: application/json",
         "--header", f"X-API-TOKEN: {server.made['apiToken']}", f"{server.url}{PATH}"],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stdout == "204"
