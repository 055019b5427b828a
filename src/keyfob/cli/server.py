"""Run the server: take the port, see that the installation opens, say where it is, serve."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from functools import partial
from typing import Final, Never

import structlog
import typer
import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from keyfob import accounts
from keyfob.actors import OPERATOR
from keyfob.app import create_app
from keyfob.cli import host, logs
from keyfob.cli.protocol import BoundedProtocol
from keyfob.config import Config
from keyfob.errors import Misconfigured

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
    link = asyncio.run(_prepare(config))
    typer.echo(f"Keyfob is at {config.url}")
    if link:
        typer.echo(
            f"Nobody has been here yet. Set up the main account and its admin, within "
            f"{_minutes()} minutes, once:\n{link}"
        )
    log.info("serving", url=config.url, workers=config.workers)
    try:
        _serve(config, listener)
    finally:
        log.info("stopped")


def listen(config: Config) -> socket.socket:
    """Connections wait in the backlog until somebody accepts them: the address is good already."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        listener = socket.create_server((config.host, config.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Misconfigured(why_not(error, config), code="serve/CANNOT_LISTEN") from error
    listener.set_inheritable(True)
    return listener


def application(config: Config) -> ASGIApp:
    """What each process runs that answers requests."""
    logs.configure()
    app = create_app(config)
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


def _serve(config: Config, listener: socket.socket) -> None:
    server = settings(config)
    if config.workers > 1:
        Multiprocess(server, sockets=[listener]).run()
    else:
        uvicorn.Server(server).run(sockets=[listener])


def settings(config: Config) -> uvicorn.Config:
    """How the HTTP server itself behaves."""
    return uvicorn.Config(
        partial(application, config),
        factory=True,
        workers=config.workers,
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


def why_not(error: OSError, config: Config) -> str:
    """Why it cannot listen, and what to do about it."""
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {config.port} of {config.host} is in use; stop what uses it, "
                "or choose another one with --port or KEYFOB_PORT"
            )
        case errno.EACCES:
            return (
                f"port {config.port} needs rights that you do not have; "
                "choose one above 1023 with --port or KEYFOB_PORT"
            )
        case _:
            return (
                f"cannot listen on {config.host}, port {config.port}: {error.strerror}; "
                "see --host and --port, KEYFOB_HOST and KEYFOB_PORT"
            )
