"""Bytes over one socket to the gate, and a strict reader of what comes back."""

import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import httpx2
from rows.gate import Row, Then

from support.calling import error_of

Address = tuple[str, int] | str

PATIENCE = 10  # seconds
AT_ONCE = 0.15  # seconds in which an answer that is due would have come
PROBE = b"GET /healthz HTTP/1.1\r\nHost: probe\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """`told` is the status, and the code of an error; `100` for an interim word."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> str:
        if self.status < 400:
            return str(self.status)
        if not self.body:  # of HEAD
            return f"{self.status}"
        return f"{self.status} {self.error['errorCode']}"

    @property
    def error(self) -> dict:
        return error_of(httpx2.Response(self.status, headers=self.headers, content=self.body))

    @property
    def closes(self) -> bool:
        return self.headers.get("connection") == "close"


def read_answers(text: bytes, methods: Iterable[str] = ()) -> list[Answer]:
    """All of `text`, to its last byte, or fail. `methods` are those of the requests, in order."""
    answers: list[Answer] = []
    asked = iter(methods)
    while text:
        head, found, text = text.partition(b"\r\n\r\n")
        assert found, head
        line, *lines = head.split(b"\r\n")
        version, status, _ = line.split(b" ", 2)
        assert version == b"HTTP/1.1", line
        headers: dict[str, str] = {}
        for each in lines:
            name, colon, value = each.partition(b": ")
            assert colon, each
            key = name.decode("ascii").lower()
            assert key not in headers, each
            headers[key] = value.decode("ascii")
        if status == b"100":
            answers.append(Answer(100, headers, b""))
            continue
        length = 0 if next(asked, "GET") == "HEAD" else int(headers["content-length"])
        assert len(text) >= length, (head, text)
        answers.append(Answer(int(status), headers, text[:length]))
        text = text[length:]
    return answers


class Raw:
    """One connection."""

    def __init__(self, address: Address) -> None:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, pieces: Sequence[bytes]) -> None:
        """As much of it as the other side takes: it may have closed, which `rest` sees."""
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                self.socket.sendall(piece)

    def rest(self) -> bytes:
        """All that comes until the other side ends; fail when it does not."""
        parts: list[bytes] = []
        with suppress(ConnectionResetError):  # it left while more was on its way to it
            while part := self.socket.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def soon(self) -> bytes:
        """What comes within a moment: for what must not come."""
        self.socket.settimeout(AT_ONCE)
        try:
            return self.socket.recv(65536)
        except TimeoutError:
            return b""
        finally:
            self.socket.settimeout(PATIENCE)

    def until_probed(self) -> bytes:
        """Ask one thing more; all that comes, up to its answer, which is left out."""
        self.socket.sendall(PROBE)
        text = b""
        while not text.endswith(b'{"status":"ok"}'):
            part = self.socket.recv(65536)
            assert part, text
            text += part
        answers = text.rpartition(b"HTTP/1.1 200 OK\r\n")
        return answers[0]


def ask(address: Address, row: Row, pieces: Sequence[bytes]) -> None:
    """Send it so; fail unless that is answered which the row says, and nothing more."""
    with Raw(address) as raw:
        raw.send(pieces)
        match row.then:
            case Then.OPEN:
                text = raw.until_probed()
            case Then.CLOSED:
                text = raw.rest()
            case Then.WAITS:
                text = raw.soon()
                text += raw.soon() if text else b""
                raw.socket.sendall(b" ")  # not closed: this is taken
        answers = read_answers(text, row.methods)
    assert tuple(each.told for each in answers) == row.answers
    closing = [each.closes for each in answers if each.status != 100]
    assert not any(closing[:-1])
    if closing:
        assert closing[-1] is (row.then is Then.CLOSED)
