"""Where the gate listens: a port, with TLS or without, a Unix socket, in one process or two."""

import shutil
import socket
import ssl
import stat
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from rows.gate import TOKEN, auth
from support import postgres
from support.raw import Raw, read_answers
from support.server import PATIENCE, Server, free_port, keyfob

NOBODY = b"GET /auth HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n"
LIMIT = 10  # seconds that a stop may take at most
THREADS = 8


@pytest.fixture
def own(new_server) -> Server:
    """A server with a gate of its own."""
    new_server.gate_port = free_port()
    return new_server.init()


@pytest.fixture
def folder() -> Generator[Path]:
    """A short one: the path of a socket has at most 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="kf-"))
    yield folder
    shutil.rmtree(folder)


def request_of(server: Server) -> bytes:
    return auth().replace(TOKEN, server.made["apiToken"].encode())


def address_of(server: Server) -> tuple[str, int]:
    assert server.gate_port
    return "127.0.0.1", server.gate_port


def asked_once(raw: Raw, server: Server) -> str:
    raw.send([request_of(server).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")])
    (answer,) = read_answers(raw.rest())
    assert answer.headers["x-keyfob-account-id"] == str(server.made["accountId"])
    return answer.told


@pytest.fixture
def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gate")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


def test_tls_on_its_port_and_nothing_else(own, certificate):
    own.settings |= {"GATE_TLS_CERT": certificate[0], "GATE_TLS_KEY": certificate[1]}
    own.start()
    client = ssl.create_default_context(cafile=certificate[0])
    client.set_alpn_protocols(["h2", "http/1.1"])
    for text in (request_of(own), b"\0" * 50, b"\x16\x03\x01\x00\x05hello"):
        with Raw(address_of(own)) as plain:
            plain.send([text])
            assert b"HTTP" not in plain.rest()
    with Raw(address_of(own)) as silent, Raw(address_of(own)) as raw:
        raw.socket = client.wrap_socket(raw.socket, server_hostname="127.0.0.1")
        assert raw.socket.selected_alpn_protocol() == "http/1.1"
        assert asked_once(raw, own) == "200"
        with Raw(address_of(own)) as half:
            half.socket = client.wrap_socket(half.socket, server_hostname="127.0.0.1")
            half.send([request_of(own), b"\0"])
            assert [each.told for each in read_answers(half.rest())] == [
                "200",
                "400 request/NOT_HTTP",
            ]
        assert own.stop() == 0
        assert silent.rest() == b""
    assert "Traceback" not in own.log.read_text()


def test_a_certificate_that_is_none_stops_the_start(own, certificate):
    certificate[0].write_text("no certificate")
    tls = {"KEYFOB_GATE_TLS_CERT": str(certificate[0]), "KEYFOB_GATE_TLS_KEY": str(certificate[1])}
    said = keyfob("serve", env=own.env | tls, code=1).stderr
    assert said.startswith("keyfob: KEYFOB_GATE_TLS_CERT and KEYFOB_GATE_TLS_KEY: ")
    assert said.count("\n") == 1


def test_a_unix_socket_for_its_owner_and_group(own, folder):
    path = folder / "gate.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    own.settings["GATE_SOCKET"] = path
    own.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with Raw(str(path)) as raw:
        assert asked_once(raw, own) == "200"
    with Raw(address_of(own)) as raw:
        assert asked_once(raw, own) == "200"
    with Raw(str(path)) as idle:
        assert own.stop() == 0
        assert idle.rest() == b""
    assert own.start().stop() == 0


def test_a_unix_socket_in_use_or_a_file_in_its_place_is_left_alone(own, folder):
    path = folder / "gate.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        env = own.env | {"KEYFOB_GATE_SOCKET": str(path)}
        said = keyfob("serve", env=env, code=1).stderr
        assert said == (
            f"keyfob: cannot listen on {path}: Address already in use; see KEYFOB_GATE_SOCKET\n"
        )
        other.accept()[0].close()  # the look that found it in use
    path.unlink()
    path.write_text("kept")
    assert keyfob("serve", env=env, code=1).stderr == said
    assert path.read_text() == "kept"


def test_a_port_that_was_chosen_and_is_taken_stops_the_start(own):
    with socket.create_server(address_of(own)):
        said = keyfob("serve", env=own.env, code=1).stderr
    assert said == (
        f"keyfob: port {own.gate_port} of 127.0.0.1 is in use; stop what uses it, "
        "or choose another one with --gate-port or KEYFOB_GATE_PORT\n"
    )


def test_a_port_that_nobody_chose_and_is_taken_is_done_without(new_server):
    new_server.gate_port = None
    new_server.init()
    with ExitStack() as stack:
        with suppress(OSError):  # then another program has it already: all the same
            stack.enter_context(socket.create_server(("127.0.0.1", 8421)))
        new_server.start()
        with new_server.client() as client:
            assert client.get("/v2/whoami").status_code == 200
        said = new_server.log.read_text()
        assert "Gateways cannot ask here: port 8421 of 127.0.0.1 is in use" in said
        assert new_server.stop() == 0


def test_port_0_is_none(new_server):
    new_server.init().start()
    listening = [
        each
        for each in psutil.Process(new_server.process.pid).net_connections()
        if each.status == psutil.CONN_LISTEN
    ]
    assert [each.laddr.port for each in listening] == [new_server.port]


@pytest.mark.anyio
async def test_each_of_two_processes_answers(own):
    url = await postgres.create_database()
    own.settings |= {"DATABASE_URL": url, "WORKERS": 2}
    try:
        shutil.rmtree(own.data_dir)
        own.init().start()
        answered = set()
        ends = time.monotonic() + PATIENCE  # the second one may still be starting
        while len(answered) < 2:
            assert time.monotonic() < ends
            with ExitStack() as stack:  # many at once: of one after another a process may take all
                raws = [stack.enter_context(Raw(address_of(own))) for _ in range(20)]
                for raw in raws:
                    raw.send([NOBODY])
                answers = [answer for raw in raws for answer in read_answers(raw.rest())]
            assert {answer.told for answer in answers} == {"401 auth/NO_CREDENTIAL"}
            # The beginning is the same in all that one process answers.
            answered |= {answer.error["requestId"].partition("-")[0] for answer in answers}
        for _ in range(20):
            with Raw(address_of(own)) as raw:
                assert asked_once(raw, own) == "200"
        assert own.stop() == 0
    finally:
        await postgres.drop_database(url)


class Load(threading.Thread):
    """One request after another on one connection, until it is closed."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.raw = Raw(address_of(server))
        self.request = request_of(server)
        self.answered = 0
        self.has_begun = threading.Event()  # to get answers, and more than a few
        self.last_sent = 0.0

    def run(self) -> None:
        with self.raw, suppress(ConnectionResetError, BrokenPipeError):
            while True:
                self.raw.socket.sendall(self.request)
                sent = time.monotonic()
                answer = self.raw.socket.recv(65536)
                if not answer:
                    self.last_sent = sent
                    return
                assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
                self.answered += 1
                if self.answered > 10:
                    self.has_begun.set()
                if b"\r\nconnection: close\r\n" in answer:
                    assert self.raw.rest() == b""
                    return


def test_a_stop_under_load_leaves_nothing_unanswered(own):
    """Ten times. A request that is sent after the signal may find the door closed."""
    for _ in range(10):
        own.start()
        load = [Load(own) for _ in range(THREADS)]
        with Raw(address_of(own)) as idle:
            for each in load:
                each.start()
            for each in load:
                assert each.has_begun.wait(PATIENCE)
            signalled = time.monotonic()
            assert own.stop() == 0
            assert time.monotonic() - signalled < LIMIT
            assert idle.rest() == b""
        for each in load:
            each.join(timeout=PATIENCE)
            assert not each.is_alive()
            assert each.last_sent == 0 or each.last_sent > signalled
    log = own.log.read_text()
    assert "Traceback" not in log
    assert own.made["apiToken"] not in log
