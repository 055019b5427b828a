"""The server is told to stop while somebody still sends."""

import asyncio

import pytest
from support.server import Server
from support.wire import Wire

from keyfob.config import load
from keyfob.edge import Edge


def test_a_body_that_does_not_come_in_time_is_told_that_the_server_stops(tmp_path):
    server = Server(tmp_path / "data").init().start()
    with Wire(server) as wire:
        wire.begin("/v1/api-tokens", server.made["apiToken"], b'{"name"', length=50)
        assert server.stop() == 0
        answer = wire.answer()
    assert server.gave_up_waiting()
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["errorCode"] == "server/STOPPING"
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


@pytest.mark.anyio
async def test_an_answer_that_has_begun_is_not_begun_anew():
    sent, begun = [], asyncio.Event()

    async def half(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        begun.set()
        await asyncio.sleep(60)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    edge = Edge(half, config=load(environ={}))
    task = asyncio.ensure_future(edge(scope, receive, send))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sent == ["http.response.start"]
