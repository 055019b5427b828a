"""Run the server: take the port, see that the installation opens, say where it is, serve."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Never

import structlog
import typer
import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from keyfob import accounts
from keyfob.actors import OPERATOR
from keyfob.app import ALONE, Shared, create_app, gate_tls
from keyfob.cli import host, logs
from keyfob.cli.protocol import BoundedProtocol
from keyfob.config import Config
from keyfob.errors import Misconfigured
from keyfob.verification import TallyFile

KEEP_ALIVE: Final = 75  # seconds (contract 1.1)
LAST_REQUESTS: Final = 10  # seconds they get to finish once the server is told to stop
BACKLOG: Final = 2048  # connections that wait to be accepted

log = structlog.get_logger("keyfob")


def run(config: Config) -> None:
    """Return when told to stop. Raise Misconfigured when it cannot start."""
    logs.configure()
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _leave)
    listener = listen(config)
    config = config.model_copy(update={"port": listener.getsockname()[1]})
    gate = [*gates(config)]
    link = asyncio.run(_prepare(config))
    typer.echo(f"Keyfob is at {config.url}")
    if link:
        typer.echo(
            f"Nobody has been here yet. Set up the main account and its admin, within "
            f"{_minutes()} minutes, once:\n{link}"
        )
    log.info("serving", url=config.url, workers=config.workers)
    try:
        _serve(config, listener, gate)
    finally:
        log.info("stopped")


def listen(config: Config) -> socket.socket:
    """Connections wait in the backlog until somebody accepts them: the address is good already."""
    return _bound(config.host, config.port, option="port")


def gates(config: Config) -> Generator[socket.socket]:
    """
    Where services and gateways ask: a port, unless it is 0, and a Unix socket, if one is named.

    Raise Misconfigured when it cannot listen there. Only where nobody chose the port, and another
    program has it, the server goes without, and says so: two on one machine are no mistake.
    """
    gate_tls(config)
    if config.gate_port:
        try:
            yield _bound(config.host, config.gate_port, option="gate-port")
        except Misconfigured as error:
            if "gate_port" in config.model_fields_set:
                raise
            log.warning("no gate", reason=error.message)
            typer.echo(f"Gateways cannot ask here: {error.message}.", err=True)
    if config.gate_socket:
        yield _unix(config.gate_socket)


def _bound(host: str, port: int, *, option: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        why = why_not(error, host, port, option)
        raise Misconfigured(why, code="serve/CANNOT_LISTEN") from error
    listener.set_inheritable(True)
    return listener


def _unix(path: Path) -> socket.socket:
    """One that a process left behind is replaced; one that somebody listens on is not."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        if path.is_socket() and listener.connect_ex(str(path)) == errno.ECONNREFUSED:
            path.unlink()
        listener.close()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        path.chmod(0o660)
        listener.listen(BACKLOG)
    except OSError as error:
        raise Misconfigured(
            f"cannot listen on {path}: {error.strerror}; see KEYFOB_GATE_SOCKET",
            code="serve/CANNOT_LISTEN",
        ) from error
    listener.set_inheritable(True)
    return listener


def application(config: Config, shared: Shared) -> ASGIApp:
    """What each process runs that answers requests."""
    logs.configure()
    app = create_app(config, shared=shared)
    gc.freeze()  # modules and routes stay for good: no collection has to walk them again
    gc.enable()
    return app


async def _prepare(config: Config) -> str:
    """See that everything opens; return the set-up link when nobody has been here yet."""
    async with host.house(config) as (db, _):
        async with db.reader() as conn:
            if not await accounts.is_empty(conn):
                return ""
        async with db.transaction(OPERATOR) as tx:
            secret = await accounts.make_setup_link(tx)
    return f"{config.url}/setup?link={secret}"


def _serve(config: Config, listener: socket.socket, gate: Sequence[socket.socket]) -> None:
    if config.workers == 1:
        uvicorn.Server(settings(config, Shared(gate=gate))).run(sockets=[listener])
        return
    try:
        tally = TallyFile.lay_out(workers=config.workers)
    except OSError as error:
        raise Misconfigured(
            f"no memory for {config.workers} workers to share: {error.strerror}",
            code="serve/NO_MEMORY",
        ) from error
    shared = Shared(gate=gate, tally=tally)
    Multiprocess(settings(config, shared), sockets=[listener]).run()


def settings(config: Config, shared: Shared = ALONE) -> uvicorn.Config:
    """What each process runs, and how."""
    server = http_settings(partial(application, config, shared))
    server.factory = True
    server.workers = config.workers
    return server


def http_settings(app: ASGIApp | Callable[[], ASGIApp]) -> uvicorn.Config:
    """How HTTP itself is served."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_REQUESTS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


def _leave(_: int, __: object) -> Never:
    """Told to stop, it did: that is success. uvicorn raises the signal anew when it is done."""
    sys.exit(0)


def _minutes() -> int:
    return int(accounts.LINK_LIFETIME.total_seconds() // 60)


def why_not(error: OSError, host: str, port: int, option: str = "port") -> str:
    """Why it cannot listen, and what to do about it. `option` is what it is set with."""
    setting = "KEYFOB_" + option.replace("-", "_").upper()
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {port} of {host} is in use; stop what uses it, "
                f"or choose another one with --{option} or {setting}"
            )
        case errno.EACCES:
            return (
                f"port {port} needs rights that you do not have; "
                f"choose one above 1023 with --{option} or {setting}"
            )
        case _:
            return (
                f"cannot listen on {host}, port {port}: {error.strerror}; "
                f"see --host and --{option}, KEYFOB_HOST and {setting}"
            )
