"""What may come over a socket to the gate, and what is said of it."""

from dataclasses import dataclass, field
from enum import StrEnum

TOKEN = b"<a good token>"  # put in its place when it is sent
BODY = b'{"token":"' + TOKEN + b'"}'
GOOD = b"GET /auth HTTP/1.1"
HOST = b"Host: gate"
TOKENS = (b"X-Keyfob-Gateway: " + TOKEN, b"X-API-TOKEN: " + TOKEN)
NOT_HTTP = "400 request/NOT_HTTP"
TOO_LONG = "431 request/HEAD_TOO_LARGE"
KIB = 1024


class Then(StrEnum):
    """What becomes of the connection."""

    OPEN = "one more request is answered"
    CLOSED = "closed, and nothing more is said"
    WAITS = "not closed, and nothing is said: the request is not whole"


@dataclass(frozen=True)
class Row:
    name: str
    sent: bytes
    answers: tuple[str, ...] = ("200",)
    then: Then = Then.OPEN
    methods: tuple[str, ...] = field(default=(), kw_only=True)


def lines(*each: bytes) -> bytes:
    return b"\r\n".join([*each, b"", b""])


def auth(*more: bytes, first: bytes = GOOD, host: tuple[bytes, ...] = (HOST,)) -> bytes:
    return lines(first, *host, *TOKENS, *more)


def verify(*more: bytes, body: bytes = BODY, path: bytes = b"/v1/verify") -> bytes:
    """Without a word about the length of the body."""
    return lines(b"POST " + path + b" HTTP/1.1", HOST, TOKENS[1], *more) + body


def chunked(body: bytes, *more: bytes) -> bytes:
    return verify(b"Transfer-Encoding: chunked", *more, body=body)


def refused(name: str, sent: bytes, told: str = NOT_HTTP) -> Row:
    """Alone, that is, whatever comes behind it."""
    return Row(name, sent + auth(), (told,), Then.CLOSED)


A_BODY = b"%x\r\n" % len(BODY.replace(TOKEN, b"x" * 72)) + BODY + b"\r\n"
END = b"0\r\n\r\n"
OF_72 = b"Content-Length: 84"  # of BODY, when a token has 72 bytes
WHOLE = chunked(A_BODY + END)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
UPGRADE = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")

FIRST_LINES = [
    refused("garbage", b"\x00\xff\x7f" * 20 + b"\r\n\r\n"),
    refused("words", b"NONSENSE\r\n\r\n"),
    refused("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 32),
    refused("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
    refused("PROXY line", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
    refused("HTTP/2 preface", PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    refused("HTTP/0.9", b"GET /auth\r\n\r\n"),
    refused("HTTP/0.9 with headers", auth(first=b"GET /auth")),
    refused("HTTP/0.9 by name", auth(first=b"GET /auth HTTP/0.9")),
    refused("HTTP/1.2", auth(first=b"GET /auth HTTP/1.2")),
    refused("HTTP/2.0", auth(first=b"GET /auth HTTP/2.0")),
    refused("HTTP/2.0 kept alive", auth(b"Connection: keep-alive", first=b"GET /auth HTTP/2.0")),
    refused("HTTP/11", auth(first=b"GET /auth HTTP/11")),
    refused("http/1.1", auth(first=b"GET /auth http/1.1")),
    refused("HTTP /1.1", auth(first=b"GET /auth HTTP /1.1")),
    refused("no version", auth(first=b"GET /auth ")),
    refused("only a method", b"GET\r\n\r\n"),
    refused("a space first", auth(first=b" GET /auth HTTP/1.1")),
    refused("tabs", auth(first=b"GET\t/auth\tHTTP/1.1")),
    refused("a space at the end", auth(first=b"GET /auth HTTP/1.1 ")),
    refused("a space in the path", auth(first=b"GET /auth x HTTP/1.1")),
    refused("NUL in the path", auth(first=b"GET /au\0th HTTP/1.1")),
    refused("non-ASCII in the path", auth(first="GET /äuth HTTP/1.1".encode())),
    refused("lower case method", auth(first=b"get /auth HTTP/1.1")),
    refused("unknown method", auth(first=b"BREW /auth HTTP/1.1")),
    refused("CONNECT, authority", auth(first=b"CONNECT gate:443 HTTP/1.1")),
    refused("CONNECT, path", auth(first=b"CONNECT /auth HTTP/1.1")),
    refused("CONNECT, whole URL", auth(first=b"CONNECT http://gate/auth HTTP/1.1")),
    refused("authority form", auth(first=b"GET gate:80 HTTP/1.1")),
    refused("asterisk", auth(first=b"OPTIONS * HTTP/1.1")),
    refused("another scheme", auth(first=b"GET ftp://gate/auth HTTP/1.1")),
    refused("no authority", auth(first=b"GET http:///auth HTTP/1.1")),
    refused("no slash", auth(first=b"GET auth HTTP/1.1")),
    refused("bare LF everywhere", auth().replace(b"\r\n", b"\n")),
    refused("bare LF after the first line", auth().replace(b"\r\n", b"\n", 1)),
    refused("bare CR after the first line", auth().replace(b"\r\n", b"\r", 1)),
    refused("bare CR everywhere", auth().replace(b"\r\n", b"\r")),
    refused("1 MB of path", auth(first=b"GET /" + b"a" * KIB * KIB + b" HTTP/1.1"), TOO_LONG),
    refused("65 KiB of path", auth(first=b"GET /" + b"a" * 65 * KIB + b" HTTP/1.1"), TOO_LONG),
    Row("whole URL", auth(first=b"GET http://gate/auth HTTP/1.1")),
    Row("whole URL, upper case", auth(first=b"GET HTTP://gate:80/auth?a=b HTTP/1.1")),
    Row("whole URL without a path", auth(first=b"GET http://gate HTTP/1.1"),
        ("404 request/UNKNOWN_PATH",)),
    Row("a fragment", auth(first=b"GET /auth#x HTTP/1.1"), ("404 request/UNKNOWN_PATH",)),
    Row("two slashes", auth(first=b"GET //auth HTTP/1.1"), ("404 request/UNKNOWN_PATH",)),
    Row("dots", auth(first=b"GET /x/../auth HTTP/1.1"), ("404 request/UNKNOWN_PATH",)),
    Row("encoded", auth(first=b"GET /%61uth HTTP/1.1"), ("404 request/UNKNOWN_PATH",)),
    Row("empty lines first", b"\r\n\r\n" + auth()),
    Row("more below /auth", auth(first=b"GET /auth/any/thing?x HTTP/1.1")),
    Row("60 KiB of query", auth(first=b"GET /auth?" + b"a" * 60 * KIB + b" HTTP/1.1")),
    Row("HTTP/1.0", auth(first=b"GET /auth HTTP/1.0"), ("200",), Then.CLOSED),
    Row("HTTP/1.0 without a host", auth(first=b"GET /auth HTTP/1.0", host=()), ("200",),
        Then.CLOSED),
    Row("HTTP/1.0 kept alive", auth(b"Connection: keep-alive", first=b"GET /auth HTTP/1.0")),
    Row("HTTP/1.0, two at once", auth(first=b"GET /auth HTTP/1.0") * 2, ("200",), Then.CLOSED),
]  # fmt: skip

HEADERS = [
    refused("no host", auth(host=())),
    refused("two hosts", auth(HOST)),
    refused("two hosts that differ", auth(b"Host: other")),
    refused("two hosts in HTTP/1.0", auth(HOST, first=b"GET /auth HTTP/1.0")),
    refused("no headers", b"GET /auth HTTP/1.1\r\n\r\n"),
    refused("a space before the colon", auth(b"X : y")),
    refused("a space before the name", auth(b" X: y")),
    refused("a space in the name", auth(b"X y: z")),
    refused("an empty name", auth(b": y")),
    refused("no colon", auth(b"nonsense")),
    refused("folded", auth(b"X: y", b" z")),
    refused("a folded token", auth().replace(TOKEN, TOKEN + b"\r\n\t")),
    refused("folded after nothing", auth(b"X:", b" y")),
    refused("NUL in a value", auth(b"X: a\0b")),
    refused("NUL in a name", auth(b"X\0: y")),
    refused("escape in a value", auth(b"X: a\x1bb")),
    refused("non-ASCII in a name", auth("Ä: y".encode())),
    refused("bare LF after a header", auth(b"X: y\nZ: a")),
    refused("bare CR in a value", auth(b"X: y\rZ: a")),
    refused("bare LF for the empty line", auth()[:-2] + b"\n"),
    refused("1 MB of value", auth(b"X: " + b"a" * KIB * KIB), TOO_LONG),
    refused("1 MB of name", auth(b"X" * KIB * KIB + b": y"), TOO_LONG),
    refused("65 KiB of value", auth(b"X: " + b"a" * 65 * KIB), TOO_LONG),
    refused("65 KiB of values", auth(*(b"X: " + b"a" * KIB for _ in range(65))), TOO_LONG),
    refused("10,000 headers", auth(*(b"X: y" for _ in range(10_000))), TOO_LONG),
    refused("101 headers", auth(*(b"X: y" for _ in range(98))), TOO_LONG),
    Row("100 headers", auth(*(b"X: y" for _ in range(97)))),
    Row("60 KiB of value", auth(b"X: " + b"a" * 60 * KIB)),
    Row("65 KiB of value, behind another", auth() + auth(b"X: " + b"a" * 65 * KIB) + auth(),
        ("200", TOO_LONG), Then.CLOSED),
    Row("non-ASCII in a value", auth("X: ä".encode())),
    Row("an empty value", auth(b"X:")),
    Row("an empty value before a token", lines(GOOD, HOST, b"X:", *TOKENS)),
    Row("spaces around a token", auth().replace(TOKEN, b" \t" + TOKEN + b" \t")),
    Row("names in upper case", auth().replace(b"Keyfob-Gateway", b"KEYFOB-GATEWAY")),
    Row("an empty host", auth(host=(b"Host:",))),
    Row("the gateway's token twice", auth(TOKENS[0]), ("400 request/INVALID",)),
    Row("the client's token twice", auth(TOKENS[1]), ("400 auth/TWO_CREDENTIALS",)),
    Row("no token", lines(GOOD, HOST), ("401 auth/NO_CREDENTIAL",)),
    Row("no token of the client", lines(GOOD, HOST, TOKENS[0]), ("401 auth/NO_CREDENTIAL",)),
    Row("a wrong token", auth().replace(TOKEN, TOKEN + b"x"), ("403 auth/BAD_TOKEN",)),
    Row("NUL written out", auth(b"X-Real-IP: %00")),
    Row("connection: close", auth(b"Connection: close"), ("200",), Then.CLOSED),
    Row("connection: close, among others", auth(b"Connection: x, Close"), ("200",), Then.CLOSED),
    Row("close, and more behind it", auth(b"Connection: close") + auth(), ("200",), Then.CLOSED),
    Row("close, and nonsense behind it", auth(b"Connection: close") + b"\0", ("200",), Then.CLOSED),
    Row("an error, and close", lines(GOOD, HOST, b"Connection: close"),
        ("401 auth/NO_CREDENTIAL",), Then.CLOSED),
    Row("h2c offered", auth(*UPGRADE)),
    Row("h2c offered, and more behind it", auth(*UPGRADE) + auth(), ("200", "200")),
    Row("h2c offered with a body", verify(*UPGRADE, OF_72) + auth(), ("200", "200")),
    Row("h2c offered with chunks", WHOLE.replace(HOST, lines(HOST, *UPGRADE)[:-4]) * 2,
        ("200", "200")),
    Row("h2c offered, and a body expected", verify(*UPGRADE, b"Expect: 100-continue", OF_72),
        ("100", "200")),
    Row("h2c offered to another version", auth(b"Connection: keep-alive, upgrade", b"Upgrade: h2c",
                                               first=b"GET /auth HTTP/1.0"), ("200",)),
    refused("h2c offered with CONNECT", auth(*UPGRADE, first=b"CONNECT /auth HTTP/1.1")),
    Row("h2c offered, then its preface", auth(*UPGRADE) + PREFACE,
        ("200", NOT_HTTP), Then.CLOSED),
    Row("h2c, 2000 times", auth(*UPGRADE) * 2000, ("200",) * 2000),
    Row("websocket offered", auth(b"Connection: Upgrade", b"Upgrade: websocket",
                                  b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: eA==")),
    Row("upgrade without a connection header", auth(b"Upgrade: h2c")),
    Row("upgrade and close", auth(b"Connection: close, upgrade", b"Upgrade: h2c") + auth(),
        ("200",), Then.CLOSED),
]  # fmt: skip

BODIES = [
    refused("length and chunks", chunked(A_BODY + END, OF_72)),
    refused("chunks and length", verify(OF_72, b"Transfer-Encoding: chunked", body=A_BODY + END)),
    refused("length twice, equal", verify(OF_72, OF_72)),
    refused("length twice, different", verify(OF_72, b"Content-Length: 5")),
    refused("a list of lengths", verify(b"Content-Length: 84, 84")),
    refused("negative length", verify(b"Content-Length: -1")),
    refused("+84", verify(b"Content-Length: +84")),
    refused("0x54", verify(b"Content-Length: 0x54")),
    refused("84.0", verify(b"Content-Length: 84.0")),
    refused("8 4", verify(b"Content-Length: 8 4")),
    refused("no length in the length", verify(b"Content-Length:")),
    refused("length in letters", verify(b"Content-Length: x")),
    refused("huge length", verify(b"Content-Length: " + b"9" * 40)),
    refused("length of 2**64", verify(b"Content-Length: 18446744073709551616")),
    refused("a space before the length's colon", verify(b"Content-Length : 84")),
    refused("gzip, chunked", verify(b"Transfer-Encoding: gzip, chunked", body=A_BODY + END)),
    refused("chunked, gzip", verify(b"Transfer-Encoding: chunked, gzip", body=A_BODY + END)),
    refused("chunked twice", chunked(A_BODY + END, b"Transfer-Encoding: chunked")),
    refused("gzip, then chunked", verify(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked",
                                         body=A_BODY + END)),
    refused("identity", verify(b"Transfer-Encoding: identity", OF_72)),
    refused("xchunked", verify(b"Transfer-Encoding: xchunked", body=A_BODY + END)),
    refused("chunked;q=1", verify(b"Transfer-Encoding: chunked;q=1", body=A_BODY + END)),
    refused("chunks in HTTP/1.0", chunked(A_BODY + END).replace(b"HTTP/1.1", b"HTTP/1.0")),
    refused("a chunk size that is none", chunked(b"x\r\n")),
    refused("an empty chunk size", chunked(b"\r\n")),
    refused("a negative chunk size", chunked(b"-1\r\n")),
    refused("0x1", chunked(b"0x1\r\n{\r\n")),
    refused("a space after the chunk size", chunked(b"1 \r\n{\r\n")),
    refused("a space before the chunk size", chunked(b" 1\r\n{\r\n")),
    refused("a chunk size beyond 64 bits", chunked(b"f" * 17 + b"\r\n{")),
    refused("a chunk longer than said", chunked(b"1\r\n{}\r\n")),
    refused("a chunk without its end", chunked(b"1\r\n{0\r\n\r\n")),
    refused("bare LF after a chunk size", chunked(b"1\n{\r\n")),
    refused("bare CR in an extension", chunked(b"1;a\rb\r\n{\r\n")),
    refused("bare LF in an extension", chunked(b"1;a\nb\r\n{\r\n")),
    refused("a length among the trailers", chunked(A_BODY + b"0\r\nContent-Length: 1\r\n\r\n")),
    refused("a folded trailer", chunked(A_BODY + b"0\r\nX: y\r\n z\r\n\r\n")),
    refused("101 trailers", chunked(A_BODY + b"0\r\n" + b"X: y\r\n" * 101 + b"\r\n"), TOO_LONG),
    refused("1 MB of trailer", chunked(A_BODY + b"0\r\nX: " + b"a" * KIB * KIB), TOO_LONG),
    refused("1 MB of extension", chunked(b"1;" + b"a" * KIB * KIB), TOO_LONG),
    Row("chunks", WHOLE),
    Row("chunks of one byte", chunked(b"".join(b"1\r\n%c\r\n" % each for each in b'{"token":"x"}')
                                      + END)),
    Row("chunked, in capitals", WHOLE.replace(b": chunked", b":  CHUNKED ")),
    Row("a chunk size with zeros", chunked(b"000000000" + A_BODY + END)),
    Row("an extension", chunked(A_BODY.replace(b"\r\n", b';a=b;c="d"\r\n', 1) + END)),
    Row("a trailer", chunked(A_BODY + b"0\r\nX: y\r\n\r\n")),
    Row("a host among the trailers", chunked(A_BODY + b"0\r\nHost: x\r\nHost: y\r\n\r\n")),
    Row("a host after the body, and none before",
        chunked(A_BODY + b"0\r\nHost: x\r\n\r\n").replace(HOST + b"\r\n", b""),
        (NOT_HTTP,), Then.CLOSED),
    Row("a token among the trailers",
        WHOLE.replace(TOKENS[1] + b"\r\n", b"")[:-2] + TOKENS[1] + b"\r\n\r\n",
        ("401 auth/NO_CREDENTIAL",)),
    Row("the gateway's token among the trailers",
        lines(GOOD, HOST, TOKENS[1], b"Transfer-Encoding: chunked") + b"0\r\n" + TOKENS[0]
        + b"\r\n\r\n", ("401 auth/NO_CREDENTIAL",)),
    Row("an expectation in the trailers", chunked(A_BODY + b"0\r\nExpect: 100-continue\r\n\r\n")),
    Row("GET with a body", auth(b"Content-Length: 5") + b"GET /" + auth(), ("200", "200")),
    Row("HEAD with a body", auth(b"Content-Length: 5", first=b"HEAD /auth HTTP/1.1") + b"GET /"
        + auth(), ("200", "200"), methods=("HEAD", "GET")),
    Row("a length of zero", verify(b"Content-Length: 0", body=b""), ("400 request/INVALID",)),
    Row("a length with zeros", verify(b"Content-Length: 0084")),
    Row("a body and no length", verify(), ("400 request/INVALID", NOT_HTTP), Then.CLOSED),
    Row("a length too short", verify(b"Content-Length: 5"), ("400 request/NOT_JSON", NOT_HTTP),
        Then.CLOSED),
    Row("a length too long", verify(b"Content-Length: 85"), (), Then.WAITS),
    Row("a body of 64 KiB", verify(b"Content-Length: 65536", body=BODY.ljust(65536 - 58))),
    Row("a body of more than 64 KiB", verify(b"Content-Length: 65537", body=b" " * 65537) + auth(),
        ("413 request/TOO_LARGE",), Then.CLOSED),
    Row("the same in chunks", chunked(b"10001\r\n" + b" " * 65537 + b"\r\n" + END) + auth(),
        ("413 request/TOO_LARGE",), Then.CLOSED),
    Row("a body of more than 64 KiB, far", verify(b"Content-Length: 999999999", body=b" " * 10**6),
        ("413 request/TOO_LARGE",), Then.CLOSED),
    Row("a body that nobody wants", auth(b"Content-Length: 70000") + b" " * 70000, ("200",),
        Then.CLOSED),
    Row("a batch of 1 MiB", verify(b"Content-Length: 1048576", path=b"/v1/verify/batch",
                                   body=b'{"items":[]}'.ljust(1048576))),
    Row("the same by its whole URL", verify(
        b"Content-Length: 1048576", path=b"http://gate/v1/verify/batch",
        body=b'{"items":[]}'.ljust(1048576))),
    Row("a batch of more", verify(b"Content-Length: 1048577", path=b"/v1/verify/batch",
                                  body=b" " * 1048577) + auth(),
        ("413 request/TOO_LARGE",), Then.CLOSED),
    Row("expected", verify(b"Expect: 100-continue", OF_72), ("100", "200")),
    Row("expected, in capitals", verify(b"Expect: 100-Continue ", OF_72), ("100", "200")),
    Row("expected, the body not sent", verify(b"Expect: 100-continue", OF_72, body=b""), ("100",),
        Then.WAITS),
    Row("expected in HTTP/1.0", verify(b"Expect: 100-continue", OF_72)
        .replace(b"HTTP/1.1", b"HTTP/1.0"), ("200",), Then.CLOSED),
    Row("something unknown expected", verify(b"Expect: 200-ok", OF_72)),
    refused("expected, and no host", verify(b"Expect: 100-continue", OF_72)
            .replace(HOST + b"\r\n", b"")),
    Row("expected behind a close", auth(b"Connection: close")
        + verify(b"Expect: 100-continue", OF_72), ("200",), Then.CLOSED),
]  # fmt: skip

METHODS = [
    *(Row(f"{method} of /auth", auth(first=f"{method} /auth HTTP/1.1".encode()),
          methods=(method,))
      for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
                     "PROPFIND", "PURGE", "SEARCH", "M-SEARCH", "QUERY")),
    *(Row(f"{method} of /v1/verify", auth(first=f"{method} /v1/verify HTTP/1.1".encode()),
          ("405 request/UNKNOWN_METHOD",))
      for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")),
    Row("HEAD of /v1/verify", auth(first=b"HEAD /v1/verify HTTP/1.1"), ("405",), methods=("HEAD",)),
    Row("HEAD of /healthz", auth(first=b"HEAD /healthz HTTP/1.1"), methods=("HEAD",)),
    Row("HEAD of nothing", auth(first=b"HEAD /x HTTP/1.1"), ("404",), methods=("HEAD",)),
    Row("POST of /healthz", auth(first=b"POST /healthz HTTP/1.1"), ("405 request/UNKNOWN_METHOD",)),
]  # fmt: skip

BAD = lines(GOOD, HOST, b"X y: z")
WRONG = auth().replace(TOKEN, b"x")
PIPELINES = [
    Row("good, bad, good", auth() + BAD + auth(), ("200", NOT_HTTP), Then.CLOSED),
    Row("good, wrong, good", auth() + WRONG + auth(), ("200", "403 auth/BAD_TOKEN", "200")),
    Row("bad, good", BAD + auth(), (NOT_HTTP,), Then.CLOSED),
    Row("two bad ones", BAD * 2, (NOT_HTTP,), Then.CLOSED),
    Row("200 in one write", auth() * 200, ("200",) * 200),
    Row("200, and a bad one", auth() * 200 + BAD, (*("200",) * 200, NOT_HTTP), Then.CLOSED),
    Row("200 of each kind", (auth() + verify(OF_72) + WHOLE) * 200, ("200",) * 600),
    Row("all errors", (WRONG + lines(GOOD, HOST) + auth(first=b"GET /x HTTP/1.1")) * 3,
        ("403 auth/BAD_TOKEN", "401 auth/NO_CREDENTIAL", "404 request/UNKNOWN_PATH") * 3),
    Row("good, then one too large", auth() + verify(b"Content-Length: 70000", body=b" " * 70000)
        + auth(), ("200", "413 request/TOO_LARGE"), Then.CLOSED),
    Row("a request within a body", verify(b"Content-Length: 9999", body=auth()),
        (), Then.WAITS),
    Row("half a first line", b"GET /au", (), Then.WAITS),
    Row("half a head", auth()[:-2], (), Then.WAITS),
    Row("half a header", auth()[:-20], (), Then.WAITS),
    Row("half a body", verify(b"Content-Length: 99", body=b"{"), (), Then.WAITS),
    Row("half a chunk", chunked(b"5\r\n{"), (), Then.WAITS),
    Row("half the trailers", chunked(A_BODY + b"0\r\nX: y\r\n"), (), Then.WAITS),
    Row("good, and half", auth() + b"GET /auth HT", ("200",), Then.WAITS),
    Row("nothing", b"", (), Then.OPEN),
    Row("an empty line", b"\r\n", (), Then.OPEN),
]  # fmt: skip

ROWS = [*FIRST_LINES, *HEADERS, *BODIES, *METHODS, *PIPELINES]
