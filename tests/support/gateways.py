"""Gateways as they are installed, with the configurations of examples/gateways."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from support.server import PATIENCE, environment, free_port

EXAMPLES = Path(__file__).parents[2] / "examples" / "gateways"
GATE, BACKEND = "127.0.0.1:8421", "127.0.0.1:8000"  # as the examples have them

Sent = list[tuple[str, str]]  # headers


@dataclass(frozen=True)
class Answer:
    """The names of `headers` are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Asking:
    """A connection that is kept, and sends what it is told to, headers twice and odd paths, too."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def __call__(
        self, method: str, path: str, headers: Sent, body: bytes | list[bytes] = b""
    ) -> Answer:
        """A list is sent in chunks."""
        try:
            return self._ask(method, path, headers, body)
        except BaseException:
            self._connection.close()  # half a request must not be in the way of the next
            raise

    def _ask(self, method: str, path: str, headers: Sent, body: bytes | list[bytes]) -> Answer:
        self._connection.putrequest(method, path, skip_accept_encoding=True)
        for name, text in headers:
            self._connection.putheader(name, text)
        in_chunks = isinstance(body, list)
        if in_chunks:
            self._connection.putheader("Transfer-Encoding", "chunked")
        elif body:
            self._connection.putheader("Content-Length", str(len(body)))
        self._connection.endheaders(body or None, encode_chunked=in_chunks)
        answer = self._connection.getresponse()
        told = {name.lower(): text for name, text in answer.getheaders()}
        return Answer(answer.status, told, answer.read())

    def close(self) -> None:
        self._connection.close()


@contextmanager
def asking(port: int) -> Generator[Asking]:
    ask = Asking(port)
    yield ask
    ask.close()


class Backend:
    """Answers every request with what came of it, as JSON. `connections` counts those it took."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.port: int = self._server.server_port
        self.connections = 0
        self.requests = 0

    def __enter__(self) -> Self:
        self._server.daemon_threads = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(backend: Backend) -> type[BaseHTTPRequestHandler]:
    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            backend.connections += 1

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.echo
            raise AttributeError(name)

        def echo(self) -> None:
            backend.requests += 1
            came = self.body()
            told = {
                "method": self.command,
                "path": self.path,
                "headers": [[name.lower(), text] for name, text in self.headers.items()],
                "body": came.decode("latin-1"),
            }
            body = json.dumps(told).encode()
            self.send_response(backend.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            came = b""
            while length := int(self.rfile.readline(), 16):
                came += self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
            return came

        def log_message(self, *_: object) -> None:
            """Nothing: what is sent here has tokens in it."""

    return Echo


@dataclass(frozen=True)
class Setting:
    """Where a gateway is set up. `more` are files of its own, in place of the example's."""

    folder: Path
    gate_port: int
    backend_port: int
    token: str
    more: Mapping[str, str]

    def example(self, name: str, **exchanged: str) -> str:
        """Its text, with the addresses of this test."""
        text = self.more.get(name) or (EXAMPLES / name).read_text(encoding="utf-8")
        addresses = {
            GATE: f"127.0.0.1:{self.gate_port}",
            BACKEND: f"127.0.0.1:{self.backend_port}",
        }
        for old, new in (addresses | exchanged).items():
            text = text.replace(old, new)
        return text

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        return file


@contextmanager
def running(command: list[str], port: int, log: Path, **env: str) -> Generator[int]:
    """The program, until it answers on the port and to the end of the block."""
    if shutil.which(command[0]) is None:
        raise AssertionError(f"the tests need {command[0]}: apt-get install {command[0]}")
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment() | env)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _listens(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


NGINX = """
user root;
worker_processes 1;
pid nginx.pid;
events {}
http {
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    # A client at any address, for the tests.
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Test-Address;
    include conf.d/*.conf;
}
"""


@contextmanager
def nginx(setting: Setting) -> Generator[int]:
    port = free_port()
    listen = {"listen 80;": f"listen 127.0.0.1:{port};"}
    setting.write("conf.d/keyfob.conf", setting.example("nginx/keyfob.conf", **listen))
    setting.write("keyfob/scopes.conf", setting.example("nginx/scopes.conf"))
    token = {"<the gateway's token>": setting.token}
    setting.write("keyfob/token.conf", setting.example("nginx/token.conf", **token))
    file = setting.write("nginx.conf", NGINX)
    folder = str(setting.folder)
    command = ["nginx", "-p", folder, "-c", str(file), "-e", "stderr", "-g", "daemon off;"]
    with running(command, port, setting.folder / "nginx.log") as listening:
        yield listening


@contextmanager
def haproxy(setting: Setting) -> Generator[int]:
    port = free_port()
    lua = setting.write("keyfob.lua", setting.example("haproxy/keyfob.lua"))
    token = setting.write("keyfob.token", setting.token + "\n")
    exchanged = {
        "bind :80": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/keyfob.lua": str(lua),
        "/etc/haproxy/keyfob.token": str(token),
    }
    file = setting.write("haproxy.cfg", setting.example("haproxy/haproxy.cfg", **exchanged))
    command = ["haproxy", "-db", "-f", str(file)]
    with running(command, port, setting.folder / "haproxy.log") as listening:
        yield listening


@contextmanager
def caddy(setting: Setting) -> Generator[int]:
    port = free_port()
    text = setting.example("caddy/Caddyfile", **{":80 {": f"http://127.0.0.1:{port} {{"})
    file = setting.write("Caddyfile", CADDY + text)
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    env = {"KEYFOB_GATEWAY_TOKEN": setting.token, "HOME": str(setting.folder)}
    with running(command, port, setting.folder / "caddy.log", **env) as listening:
        yield listening


CADDY = "{\n\tadmin off\n}\n"

GATEWAYS: dict[str, Callable[[Setting], AbstractContextManager[int]]] = {
    "nginx": nginx,
    "haproxy": haproxy,
    "caddy": caddy,
}
