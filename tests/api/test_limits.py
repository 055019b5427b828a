"""How many requests of one account run at once, over real connections."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest
from starlette.requests import Request
from support import postgres
from support.server import PATIENCE, Server, keyfob
from support.wire import Answer, Wire

from keyfob.edge import bounded_body
from keyfob.errors import Invalid, TooManyAttempts
from keyfob.verification import Running, TallyFile
from keyfob.verification.limits import SLOTS

MOST = 100  # the default
NEW = b'{"name": "Never finished"}'


@pytest.fixture(scope="module")
def limited(tmp_path_factory) -> Generator[Server]:
    server = Server(tmp_path_factory.mktemp("limited") / "data").init()
    second = keyfob(
        "accounts", "create-main", "--account-name", "Second", "--admin-email", "b@example.com",
        "--api-token-name", "Another", "--json",
        env=server.env | {"KEYFOB_ADMIN_PASSWORD": "correct horse battery staple"},
    )  # fmt: skip
    server.made["second"] = second.stdout.split('"apiToken": "')[1].split('"')[0]
    server.start()
    yield server
    assert server.stop() == 0


@contextmanager
def running(server: Server, count: int) -> Generator[list[Wire]]:
    """So many requests of the account that have begun and whose bodies are half there."""
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(server)) for _ in range(count)]
        for wire in wires:
            wire.begin("/v1/api-tokens", server.made["apiToken"], NEW[:5], length=len(NEW))
        yield wires


def who_am_i(wire: Wire, server: Server) -> Answer:
    return wire.ask("GET", "/v2/whoami", server.made["apiToken"])


def test_one_more_than_a_hundred_is_told_to_wait_and_keeps_its_connection(limited):
    with Wire(limited) as one_more, running(limited, MOST):
        refused = who_am_i(one_more, limited)
        assert refused.status == 429
        assert refused.headers["retry-after"] == "1"
        assert refused.headers.get("connection", "keep-alive") == "keep-alive"
        body = refused.json()
        assert body["errorCode"] == "auth/TOO_MANY_AT_ONCE"
        assert (
            body["message"]
            == "At most 100 requests of one account may run at once. Try again in a second."
        )
        assert body["parameters"] == {"retryAfter": 1}
        refused = one_more.ask("POST", "/v1/api-tokens", limited.made["apiToken"], NEW)
        assert refused.status == 429
        # Another account, and whoever needs no token, notice nothing.
        assert one_more.ask("GET", "/v2/whoami", limited.made["second"]).status == 200
        assert one_more.ask("GET", "/healthz").status == 200
        assert who_am_i(one_more, limited).status == 429
        # Who may not do it at all is told that.
        assert one_more.ask("GET", "/v2/whoami", "junk").status == 403


def test_the_place_of_a_request_that_ends_is_free_whether_it_ends_well_or_not(limited):
    with Wire(limited) as one_more:
        with running(limited, MOST) as wires:
            assert who_am_i(one_more, limited).status == 429
            wires[0].more(b'e": 1       '.ljust(len(NEW) - 5))
            assert wires[0].answer().status == 400
            assert who_am_i(one_more, limited).status == 200
            assert who_am_i(wires[0], limited).status == 200
        # The others left in the middle of their bodies: the server notices, one after another.
        ends = time.monotonic() + PATIENCE
        while limited.log.read_text().count('"status": 400') < MOST:
            assert time.monotonic() < ends
            time.sleep(0.02)
        with running(limited, MOST):
            assert who_am_i(one_more, limited).status == 429


def test_a_hundred_at_once_all_pass(limited):
    with running(limited, MOST - 1) as wires, Wire(limited) as last:
        assert who_am_i(last, limited).status == 200
        for number, wire in enumerate(wires):
            wire.more(b'e":"%015d"}' % number)
        assert {wire.answer().status for wire in wires} == {201}


def test_a_setting_changes_the_number(new_server):
    new_server.settings["MAX_CONCURRENT_PER_ACCOUNT"] = 1
    new_server.init().start()
    with Wire(new_server) as one_more, running(new_server, 1):
        refused = who_am_i(one_more, new_server)
    assert refused.status == 429
    assert refused.json()["message"].startswith("At most 1 ")


@pytest.fixture
async def two_workers(new_server) -> AsyncGenerator[Server]:
    url = await postgres.create_database()
    new_server.settings |= {"DATABASE_URL": url, "WORKERS": 2, "MAX_CONCURRENT_PER_ACCOUNT": 6}
    new_server.init().start()
    yield new_server
    assert new_server.stop() == 0
    await postgres.drop_database(url)


def workers_of(server: Server) -> list[psutil.Process]:
    """Those that run: one that ends has no command line any more, or is gone while it is asked."""
    workers = []
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # of which a zombie is one
            if "spawn_main" in " ".join(child.cmdline()):
                workers.append(child)
    return workers


def connections_of(worker: psutil.Process) -> set[int]:
    """The ports of the clients that this worker has accepted."""
    return {it.raddr.port for it in worker.net_connections("tcp") if it.raddr}


def port_of(wire: Wire) -> int:
    return wire._socket.getsockname()[1]  # noqa: SLF001 -- by which the worker is found


def by_worker(server: Server, stack: ExitStack, at_least: int) -> list[list[Wire]]:
    """Which worker takes a connection is chance: so many are opened as it takes."""
    wires = []
    while True:
        wires += [stack.enter_context(Wire(server)) for _ in range(at_least)]
        assert all(wire.ask("GET", "/healthz").status == 200 for wire in wires)
        found = [
            [wire for wire in wires if port_of(wire) in connections_of(worker)]
            for worker in workers_of(server)
        ]
        if min(len(each) for each in found) >= at_least:
            return found
        assert len(wires) < 400


async def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        await asyncio.sleep(0.1)


@pytest.mark.anyio
async def test_more_workers_and_new_ones_find_a_place_in_the_count(two_workers):
    """As told by the signals of uvicorn: one more, and all anew."""
    before = {each.pid for each in workers_of(two_workers)}
    two_workers.process.send_signal(signal.SIGTTIN)
    await until(lambda: len(workers_of(two_workers)) == 3)
    two_workers.process.send_signal(signal.SIGHUP)
    await until(lambda: not before & {each.pid for each in workers_of(two_workers)})
    await until(lambda: len(workers_of(two_workers)) == 3)
    with running(two_workers, 6), Wire(two_workers) as one_more:
        assert who_am_i(one_more, two_workers).status == 429
    assert "alone" not in two_workers.log.read_text()


HOLD = """
import fcntl, sys
fcntl.lockf(int(sys.argv[1]), fcntl.LOCK_EX, 0, 0)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_worker_that_finds_no_row_counts_alone():
    file = TallyFile.lay_out(workers=1)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file.fd)], pass_fds=[file.fd], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as others:  # fmt: skip
        assert others.stdout.readline() == "held\n"
        alone = Running.shared(1, file)
        others.communicate()
    with alone.place(1), pytest.raises(TooManyAttempts), alone.place(1):
        raise AssertionError
    among = Running.shared(1, file)
    with among.place(1), alone.place(1), pytest.raises(TooManyAttempts), among.place(1):
        raise AssertionError


def test_accounts_far_apart_may_share_a_count_and_never_lose_one():
    places = Running.shared(2, TallyFile.lay_out(workers=1))
    with places.place(1):
        with places.place(1 + SLOTS), pytest.raises(TooManyAttempts), places.place(1):
            raise AssertionError
        with places.place(1):
            pass


@pytest.mark.anyio
async def test_all_workers_count_together_and_what_a_dead_one_had_is_free(two_workers):
    token = two_workers.made["apiToken"]
    with ExitStack() as stack:
        ones, others = by_worker(two_workers, stack, 4)
        for wire in ones[:3] + others[:3]:
            wire.begin("/v1/api-tokens", token, NEW[:5], length=len(NEW))
        assert who_am_i(ones[3], two_workers).status == 429
        assert who_am_i(others[3], two_workers).status == 429
        workers_of(two_workers)[1].kill()
        await until(lambda: who_am_i(ones[3], two_workers).status == 200)
        ones[0].more(NEW[5:])
        assert ones[0].answer().status == 201


def test_places_are_counted_by_account_and_given_back_after_an_error():
    places = Running(1)
    with places.place(1), places.place(2), pytest.raises(TooManyAttempts), places.place(1):
        raise AssertionError
    with pytest.raises(ZeroDivisionError), places.place(1):
        _ = 1 / 0
    with places.place(1):
        pass
    assert places._running == {}  # noqa: SLF001 -- nothing is kept of who has left


@pytest.mark.anyio
async def test_a_body_that_stops_or_trickles_is_given_up(anyio_backend):
    async def trickle():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def stopped():
        await asyncio.sleep(3600)

    for receive in (trickle, stopped):
        request = Request({"type": "http", "method": "POST", "headers": []}, receive)
        with pytest.raises(Invalid) as refused:
            await bounded_body(request, seconds=0.1)
        assert refused.value.code == "request/TOO_SLOW"
        assert refused.value.message == "did not arrive within 0.1 seconds"
