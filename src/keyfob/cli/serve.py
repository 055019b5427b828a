"""`keyfob serve`: the server, in the foreground, until it is told to stop."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from keyfob.cli.options import ConfigFile, DatabaseUrl, DataDir

Host = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Default: 127.0.0.1.")]
Port = Annotated[
    int | None,
    typer.Option(metavar="N", help="Console, API, verify. Default: 8420; 0: any free one."),
]
GatePort = Annotated[
    int | None,
    typer.Option(metavar="N", help="For services and gateways. Default: 8421; 0: none."),
]
GateSocket = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The same on a Unix socket. Default: none.")
]
GateCert = Annotated[
    Path | None, typer.Option(metavar="FILE", help="With it the gate's port speaks TLS.")
]
GateKey = Annotated[Path | None, typer.Option(metavar="FILE", help="Of that certificate.")]
CacheEntries = Annotated[
    int | None,
    typer.Option(metavar="N", help="Tokens that a process remembers. Default: 200000."),
]
Workers = Annotated[
    int | None,
    typer.Option(metavar="N", help="Processes; more than one needs PostgreSQL. Default: 1."),
]
RedisUrl = Annotated[str | None, typer.Option(metavar="URL", help="Not used yet.")]
RootKeyFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Default: root.key in the data folder.")
]
PublicUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="Where people reach the console.")
]
Brand = Annotated[
    str | None, typer.Option(metavar="WORD", help="Tokens begin with it. Default: kf.")
]
Proxies = Annotated[
    str | None,
    typer.Option(metavar="CIDR,…", help="Whose X-Forwarded-For is believed. Default: nobody's."),
]
Reveal = Annotated[
    bool | None,
    typer.Option("--reveal/--no-reveal", help="Whether tokens can be shown again. Default: on."),
]
Concurrent = Annotated[
    int | None,
    typer.Option(metavar="N", help="Requests of one account at once, in a process. Default: 100."),
]
LegacyWhoami = Annotated[
    bool | None,
    typer.Option(
        "--legacy-whoami-200/--no-legacy-whoami-200",
        help="Whether the v1 who-am-i answers 200 to a bad token. Default: on.",
    ),
]


def serve(
    context: typer.Context,
    *,
    config: ConfigFile = None,
    host: Host = None,
    port: Port = None,
    gate_port: GatePort = None,
    gate_socket: GateSocket = None,
    gate_tls_cert: GateCert = None,
    gate_tls_key: GateKey = None,
    workers: Workers = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    root_key_file: RootKeyFile = None,
    public_url: PublicUrl = None,
    token_brand: Brand = None,
    trusted_proxies: Proxies = None,
    reveal: Reveal = None,
    max_concurrent_per_account: Concurrent = None,
    cache_entries: CacheEntries = None,
    legacy_whoami_200: LegacyWhoami = None,
) -> None:
    """Start the server, and stay in the foreground until told to stop."""
    gc.disable()  # while modules load nothing is garbage: a tenth of the start. server turns it on
    from keyfob.cli import host as this_host
    from keyfob.cli import server

    options = {name: value for name, value in context.params.items() if name != "config"}
    server.run(this_host.load(config, **options))
