"""Options that several commands share. Imports nothing heavy: `keyfob --help` reads this."""

from pathlib import Path
from typing import Annotated, Final

import typer

DEFAULT_FILE: Final = Path("keyfob.toml")
DEFAULT_SERVER: Final = "http://127.0.0.1:8420"

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="KEYFOB_CONFIG",
        metavar="FILE",
        help="A keyfob.toml. Without it, the one in this folder is read when there is one.",
    ),
]
DataDir = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Holds the SQLite file, root key and lock.")
]
DatabaseUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="postgresql://…; without it, SQLite.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
ServerUrl = Annotated[
    str, typer.Option("--server", envvar="KEYFOB_SERVER", metavar="URL", help="Where Keyfob is.")
]
