"""`keyfob users …`: what the operator does for people, on the host."""

import json
from typing import Annotated, Final

import typer

from keyfob.cli.options import AsJson, ConfigFile, DatabaseUrl, DataDir
from keyfob.cli.streams import say
from keyfob.cli.times import shown

app = typer.Typer(help="People, on this host.", no_args_is_help=True, rich_markup_mode=None)

LOST: Final = "the link is made nevertheless, and the old password gone: run the command again"

Email = Annotated[str, typer.Argument(metavar="E-MAIL", show_default=False)]


@app.command()
def invite(
    email: Email,
    *,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """
    Let somebody in who cannot sign in: print a link with which they choose a new password.

    The old password, earlier links and every session of theirs end at once.
    """
    import asyncio

    from keyfob import accounts
    from keyfob.actors import OPERATOR
    from keyfob.cli import host

    settings = host.load(config, data_dir=data_dir, database_url=database_url)

    async def make() -> accounts.Recovery:
        async with host.house(settings) as (db, _), db.transaction(OPERATOR) as tx:
            return await accounts.recover(tx, email)

    made = asyncio.run(make())
    link = f"{settings.url}/invitation?link={made.secret}"
    ends = int(made.expires_at.timestamp())
    if as_json:
        told = {"userId": made.user.id, "email": made.user.email, "link": link, "expiresAt": ends}
        say(json.dumps(told), lost=LOST)
        return
    say(
        f"{made.user.email} chooses a new password with this link, once, until {shown(ends)}:\n"
        f"{link}\n"
        "Their old password, earlier links and sessions are no good any more.",
        lost=LOST,
    )
