"""What a fuzzer sends to the gate: requests that are well formed, the same spoilt, and noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

# What turns one reading into two, if anything does.
WORDS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b":", b": ", b" ", b"\t", b"\0", b"\xff", b"%00",
    b",", b";",
    b"0\r\n\r\n", b"5\r\n", b"fffffffff\r\n", b"-1", b"+1", b"0x1", b"1e1", b"18446744073709551616",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Length: 0\r\n", b"Content-Length: 5\r\n", b"Content-Length: 99\r\n",
    b"Host: x\r\n", b"Host:\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"Expect: 100-continue\r\n", b"X: y\r\n z\r\n",
    b"GET ", b"POST ", b"HEAD ", b"CONNECT ", b"OPTIONS ", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"get ",
    b"/auth", b"/auth/", b"/v1/verify", b"/v1/verify/batch", b"/healthz", b"*",
    b"http://h", b"?a=b", b"#",
    b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b" HTTP/2.0\r\n", b" HTTP/0.9\r\n", b" HTTP/1.1 \r\n",
    b"X-API-TOKEN: ", b"X-Keyfob-Gateway: ", b"Authorization: Bearer ", b"X-USER-TOKEN: ",
    b"X-Forwarded-Method: GET\r\n", b"X-Forwarded-Uri: /a\r\n", b"X-Real-IP: 192.0.2.1\r\n",
    b"X-Forwarded-For: 192.0.2.1\r\n", b"X-Keyfob-Scopes: a:b\r\n",
    b"Content-Type: text/plain\r\n",
    b'{"token":"', b'"}', b'{"items":[', b"]}", b'"scopes":["a"]', b"{", b"}", b"[", b'"',
    b"\\u0000",
)  # fmt: skip
METHODS = (b"GET", b"GET", b"GET", b"HEAD", b"POST", b"OPTIONS", b"DELETE")
PATHS = (b"/auth", b"/auth", b"/auth/v1/search?q=1", b"http://gate/auth", b"/auth?x=1")
EXTRAS = (
    b"X-Forwarded-Method: GET", b"X-Forwarded-Uri: /v1/search", b"X-Real-IP: 203.0.113.7",
    b"X-Keyfob-Scopes: logs:search", b"X-Keyfob-Scopes: a b, c", b"Accept: */*", b"X-Empty:",
    b"Connection: keep-alive", b"Connection: close", b"Connection: Upgrade\r\nUpgrade: websocket",
    b"X-Forwarded-For: 203.0.113.7", b"Cookie: a=b", b"X-Real-IP: nowhere", b"Expect: 100-continue",
)  # fmt: skip
FIELDS = (
    b'"scopes":["logs:search"]', b'"clientIp":"203.0.113.7"', b'"method":"GET"', b'"cost":1',
    b'"path":"/v1/search"', b'"clientIp":"x"', b'"cost":-1', b'"scopes":[[]]', b'"unknown":1',
    b'"token":"x"',
)  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """Made of these tokens, good and bad."""

    tokens: Sequence[bytes]
    dice: Random

    def next(self) -> bytes:
        kind = self.dice.random()
        if kind < 0.75:
            return self._spoilt(self._requests())
        if kind < 0.93:
            words = (*WORDS, *self.tokens)
            return b"".join(self.dice.choices(words, k=self.dice.randrange(1, 40)))
        return self.dice.randbytes(self.dice.randrange(1, 300))

    def split(self, text: bytes) -> list[bytes]:
        """At random points."""
        points = sorted(
            self.dice.randrange(len(text) + 1) for _ in range(self.dice.randrange(1, 6))
        )
        ends = [*points, len(text)]
        return [text[start:end] for start, end in zip([0, *points], ends, strict=True)]

    def _requests(self) -> bytes:
        count = self.dice.choice((1, 1, 1, 2, 3))
        return b"".join(self._request() for _ in range(count))

    def _request(self) -> bytes:
        version = b"HTTP/1.0" if self.dice.random() < 0.05 else b"HTTP/1.1"
        lines = [b"Host: gate", *self.dice.sample(EXTRAS, self.dice.choice((0, 0, 1, 2, 4)))]
        body = b""
        if self.dice.random() < 0.5:
            first = self.dice.choice(METHODS) + b" " + self.dice.choice(PATHS)
            lines += [b"X-Keyfob-Gateway: " + self._token(), b"X-API-TOKEN: " + self._token()]
        else:
            path, body = self._question()
            first = b"POST " + path
            lines += [
                self.dice.choice((b"X-API-TOKEN: ", b"Authorization: Bearer ")) + self._token()
            ]
            length, body = self._framed(body)
            lines += [length]
        self.dice.shuffle(lines)
        return b"\r\n".join([first + b" " + version, *lines, b"", body])

    def _token(self) -> bytes:
        return self.dice.choice(self.tokens)

    def _question(self) -> tuple[bytes, bytes]:
        if self.dice.random() < 0.7:
            return b"/v1/verify", self._asked()
        items = b",".join(self._asked() for _ in range(self.dice.randrange(4)))
        return b"/v1/verify/batch", b'{"items":[' + items + b"]}"

    def _asked(self) -> bytes:
        more = self.dice.sample(FIELDS, self.dice.choice((0, 0, 1, 2)))
        return b"{" + b",".join([b'"token":"' + self._token() + b'"', *more]) + b"}"

    def _framed(self, body: bytes) -> tuple[bytes, bytes]:
        if self.dice.random() < 0.6:
            return b"Content-Length: %d" % len(body), body
        point = self.dice.randrange(len(body))
        extension = self.dice.choice((b"", b"", b";a=b"))
        pieces = [piece for piece in (body[:point], body[point:]) if piece]
        chunks = [b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces]
        trailer = self.dice.choice(
            (b"", b"", b"X: y\r\n", b"X-API-TOKEN: " + self._token() + b"\r\n")
        )
        return b"Transfer-Encoding: chunked", b"".join([*chunks, b"0\r\n", trailer, b"\r\n"])

    def _spoilt(self, text: bytes) -> bytes:
        for _ in range(self.dice.choice((0, 1, 1, 1, 2, 3))):
            text = self._spoilt_once(text)
        return text

    def _spoilt_once(self, text: bytes) -> bytes:
        at = self.dice.randrange(len(text) + 1)
        to = min(len(text), at + self.dice.choice((1, 1, 2, 8, 40)))
        match self.dice.randrange(7):
            case 0:
                return text[:at] + self.dice.choice(WORDS) + text[at:]
            case 1:
                return text[:at] + text[to:]
            case 2:
                return text[:to] + text[at:]
            case 3:
                return text[:at] + self.dice.randbytes(1) + text[to:]
            case 4:
                return text[:at] + self.dice.choice(WORDS) + text[to:]
            case 5:
                return text[:at]
            case _:
                lines = text.split(b"\r\n")
                one, other = self.dice.randrange(len(lines)), self.dice.randrange(len(lines))
                lines[one], lines[other] = lines[other], lines[one]
                return b"\r\n".join(lines)
