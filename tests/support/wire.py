"""HTTP/1.1 by hand over one socket: what a client library would hide is seen."""

import json
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from support.server import PATIENCE


class Listening(Protocol):
    @property
    def port(self) -> int: ...


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection. It is never opened again: a server that closes it fails the test."""

    def __init__(self, server: Listening) -> None:
        self._host = f"127.0.0.1:{server.port}"
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        self._read = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._read.close()
        self._socket.close()

    def send(
        self, method: str, path: str, token: str | None = None, body: bytes = b"", *,
        length: int | None = None, **headers: str,
    ) -> None:  # fmt: skip
        """`length` is what is promised, when it is not the body's."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        lines += [f"X-API-TOKEN: {token}"] if token else []
        lines += ["Content-Type: application/json"]
        lines += [f"Content-Length: {len(body) if length is None else length}"]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def begin(self, path: str, token: str, body: bytes, *, length: int) -> None:
        """POST a part of a body, and return when the server has begun to wait for the rest."""
        self.send("POST", path, token, body, length=length, Expect="100-continue")
        assert self._read.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert self._read.readline() == b"\r\n"

    def more(self, body: bytes) -> None:
        self._socket.sendall(body)

    def answer(self) -> Answer:
        line = self._read.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        headers: dict[str, str] = {}
        while (header := self._read.readline().strip()) != b"":
            name, _, text = header.decode().partition(":")
            headers[name.lower()] = text.strip()
        body = self._read.read(int(headers.get("content-length", 0)))
        return Answer(int(line.split()[1]), headers, body)

    def rest(self) -> bytes:
        """All that comes until the server closes."""
        return self._read.read()

    def is_over(self) -> bool:
        """Whether the server has closed it, with nothing more to say."""
        try:
            return self.rest() == b""
        except ConnectionResetError:
            return True

    def ask(self, *what: Any, **more: Any) -> Answer:
        self.send(*what, **more)
        return self.answer()
