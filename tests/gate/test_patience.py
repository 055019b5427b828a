"""Who is slow, who leaves, who never reads; and what becomes of them when the server stops."""

import asyncio
import socket
from contextlib import suppress

import pytest
from rows.gate import BODY, TOKEN, auth, chunked, verify
from support.raw import Raw, read_answers
from support.server import PATIENCE

pytestmark = pytest.mark.anyio

BATCH = b'{"items":[' + b",".join([b'{"token":"x"}'] * 999) + b"]}"
BIG = verify(b"Content-Length: 14000", path=b"/v1/verify/batch", body=BATCH.ljust(14000))


def good(text: bytes, listening) -> bytes:
    return text.replace(TOKEN, listening.token.encode())


async def told(raw: Raw) -> list[str]:
    """All that is answered until the end, which comes."""
    return [each.told for each in read_answers(await asyncio.to_thread(raw.rest))]


async def settled(listening, count: int) -> None:
    """Return when so many connections are open."""
    for _ in range(500):
        if listening.open == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(listening.open)


@pytest.mark.parametrize(
    ("half", "seconds", "answers"),
    [
        (auth()[:-2], 15, ["408 request/HEAD_TOO_SLOW"]),
        (b"G", 15, ["408 request/HEAD_TOO_SLOW"]),
        (verify(b"Content-Length: 99"), 30, ["400 request/TOO_SLOW"]),
        (chunked(b"5\r\n{"), 30, ["400 request/TOO_SLOW"]),
        (chunked(b"0\r\nX: y\r\n"), 30, ["400 request/TOO_SLOW"]),
        (auth() + auth()[:-2], 15, ["200", "408 request/HEAD_TOO_SLOW"]),
        (b"", 75, []),
        (b"\r\n", 75, []),
        (auth(), 75, ["200"]),
    ],
    ids=["head", "first byte", "body", "chunk", "trailers", "second", "nothing", "line", "idle"],
)  # fmt: skip
async def test_whoever_stops_half_way_has_its_time_and_is_told(listening, half, seconds, answers):
    with Raw(listening.address) as raw:
        raw.send([good(half, listening)])
        await settled(listening, 1)
        await asyncio.sleep(0.05)
        listening.pass_time(seconds - 3)
        await asyncio.sleep(1.2)
        assert listening.open == 1
        listening.pass_time(4)
        assert await told(raw) == answers
    await settled(listening, 0)


async def test_a_half_closed_client_gets_what_it_asked_for(listening):
    listening.house.lookup.expect_changes()
    with Raw(listening.address) as raw:
        raw.send([good(auth() * 3, listening)])
        raw.socket.shutdown(socket.SHUT_WR)
        assert await told(raw) == ["200"] * 3
    await settled(listening, 0)


async def test_a_half_closed_client_gets_nothing_for_half_a_request(listening):
    with Raw(listening.address) as raw:
        raw.send([good(auth() + verify(b"Content-Length: 99"), listening)])
        raw.socket.shutdown(socket.SHUT_WR)
        assert await told(raw) == ["200"]
    await settled(listening, 0)


async def test_a_client_that_half_closes_after_its_answer(listening):
    with Raw(listening.address) as raw:
        raw.send([good(auth(), listening)])
        await asyncio.to_thread(raw.socket.recv, 1)
        raw.socket.shutdown(socket.SHUT_WR)
        await asyncio.to_thread(raw.rest)
    await settled(listening, 0)


async def test_a_client_that_leaves_at_once_is_no_trouble(listening):
    said = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: said.append(context))
    for text in (auth(), auth() * 100, auth()[:50], verify(b"Content-Length: 99"), b"\0"):
        listening.house.lookup.expect_changes()
        with Raw(listening.address) as raw:
            raw.send([good(text, listening)])
        await asyncio.sleep(0.02)
    await settled(listening, 0)
    assert said == []


def stuffed(raw: Raw, text: bytes) -> int:
    """Send until nothing more is taken; return how many bytes were."""
    raw.socket.settimeout(1)
    sent = 0
    with suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
        while sent < 2**28:
            sent += raw.socket.send(text)
    return sent


async def test_whoever_never_reads_is_not_read_either_and_has_to_go(listening):
    with Raw(listening.address) as raw:
        sent = await asyncio.to_thread(stuffed, raw, good(BIG * 20, listening))
        assert sent < 2**25
        for _ in range(10):  # it may still be at work on what was taken
            listening.pass_time(76)
            await asyncio.sleep(1.1)
        await settled(listening, 0)


async def test_whoever_reads_late_gets_it_all(listening):
    with Raw(listening.address) as raw:
        wanted = 40
        sending = asyncio.create_task(asyncio.to_thread(raw.send, [good(BIG, listening)] * wanted))
        await asyncio.sleep(1)
        text = b""
        while len(text) < wanted * 30_000:
            text += await asyncio.to_thread(raw.socket.recv, 2**20)
        await sending
        raw.socket.shutdown(socket.SHUT_WR)
        text += await asyncio.to_thread(raw.rest)
        assert [each.told for each in read_answers(text)] == ["200"] * wanted


async def test_whoever_was_refused_and_goes_on_sending_is_cut_off(listening):
    with Raw(listening.address) as raw:
        raw.send([b"\0"])
        sent = await asyncio.to_thread(stuffed, raw, b"a" * 2**16)
        assert sent < 2**24
        await settled(listening, 0)


async def test_whoever_was_refused_and_stays_has_to_go(listening):
    with Raw(listening.address) as raw:
        raw.send([b"\0"])
        await settled(listening, 1)
        await asyncio.sleep(0.05)
        assert [each.told for each in read_answers(raw.rest())] == ["400 request/NOT_HTTP"]
        assert listening.open == 1
        listening.pass_time(3)
        await settled(listening, 0)


async def test_a_stop_closes_the_idle_at_once_and_lets_the_others_finish(listening):
    """Also after the first connection of all has gone."""
    with Raw(listening.address):
        await settled(listening, 1)
    await settled(listening, 0)
    with Raw(listening.address) as idle, Raw(listening.address) as half:
        half.send([good(verify(b"Content-Length: 84", body=BODY[:1]), listening)])
        await settled(listening, 2)
        await asyncio.sleep(0.05)
        stop = asyncio.create_task(listening.listener.stop(seconds=5))
        assert await told(idle) == []
        await asyncio.sleep(0.1)
        assert listening.open == 1
        half.send([good(BODY[1:] + auth(), listening)])
        (answer,) = read_answers(await asyncio.to_thread(half.rest))
        assert (answer.told, answer.closes) == ("200", True)
        await stop


async def test_a_stop_waits_for_all_that_was_asked_already_and_no_longer(listening):
    lookup = listening.house.lookup
    lookup.expect_changes()
    with Raw(listening.address) as raw:
        async with lookup._following:  # noqa: SLF001 -- as if the database took its time
            raw.send([good(auth() * 50, listening)])
            await settled(listening, 1)
            await asyncio.sleep(0.05)
            stop = asyncio.create_task(listening.listener.stop(seconds=10 * PATIENCE))
            await asyncio.sleep(0.1)
            assert listening.open == 1
        await asyncio.wait_for(stop, PATIENCE)
        assert await told(raw) == ["200"] * 50


async def test_a_stop_does_not_wait_for_ever(listening):
    with Raw(listening.address) as raw:
        raw.send([auth()[:-2]])
        await settled(listening, 1)
        await asyncio.sleep(0.05)
        await listening.listener.stop(seconds=0.2)
        assert await told(raw) == []
    await settled(listening, 0)
