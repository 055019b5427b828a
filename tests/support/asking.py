"""What tests of the client need: a token of nobody, an AsyncClient to ask without await, a server
that says what it is told to."""

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

from keyfob_client import AsyncClient
from keyfob_client.token_format import checksum

# Well formed, and given to nobody; the same in every process, for tests are named by it.
STRANGER = f"kf_api_{'Stranger' * 7}AbC"
STRANGER += checksum(STRANGER)
CUT = STRANGER[:-1]


class Awaited:
    """An AsyncClient asked from a test that is not async: one loop, one pool."""

    def __init__(self, **how: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(**how)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Awaitable[Any]] = getattr(self._client, name)

        async def ask(*what: Any, **more: Any) -> Any:
            return await method(*what, **more)

        return lambda *what, **more: self._runner.run(ask(*what, **more))


class Listener:
    """A server written by hand: each of `answers` is what one connection is told, then closed."""

    def __init__(self, *answers: bytes) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._answers = answers
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(timeout=10)
        self._socket.close()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._socket.accept()
            with connection, connection.makefile("rb") as stream:
                head = b"".join(iter(stream.readline, b"\r\n"))
                length = next(
                    int(line.split(b":")[1])
                    for line in head.splitlines()
                    if line.lower().startswith(b"content-length")
                )
                self.requests.append(head + stream.read(length))
                connection.sendall(answer)


def reply(status: int, body: object, **headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Content-Type: text/plain"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + content
