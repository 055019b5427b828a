"""`keyfob init` and `keyfob accounts create-main`: a main account, its first admin, its plan."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from keyfob.cli.options import AsJson, ConfigFile, DatabaseUrl, DataDir


class Model(StrEnum):
    SUBSCRIPTION = "subscription"
    CONSUMPTION = "consumption"


AccountName = Annotated[
    str, typer.Option(metavar="NAME", help="What the main account is called.", show_default=False)
]
AdminEmail = Annotated[
    str, typer.Option(metavar="E-MAIL", help="Signs in as its first admin.", show_default=False)
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Holds the admin's password ('-': standard input). Without it KEYFOB_ADMIN_PASSWORD "
        "is taken, or you are asked.",
    ),
]
TokenName = Annotated[
    str | None, typer.Option(metavar="NAME", help="Make an API token too, and print it.")
]
TokenScope = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SCOPE",
        help="What that token may do; may be repeated. Without it: '*', which is all but "
        "tokens:reveal.",
    ),
]
PlanName = Annotated[Model | None, typer.Option(help="A new plan: subscription.")]
Volume = Annotated[float | None, typer.Option(metavar="GB", help="GB a day. A new plan: 100.")]
Flexible = Annotated[
    bool | None, typer.Option("--flexible/--not-flexible", help="A new plan: not flexible.")
]
Reserved = Annotated[
    float | None, typer.Option(metavar="GB", help="Of a flexible plan, GB a day. A new plan: 0.")
]
Warm = Annotated[int | None, typer.Option(metavar="DAYS", help="A new plan: 0, no warm tier.")]
Retention = Annotated[int | None, typer.Option(metavar="DAYS", help="A new plan: 30.")]
Shipping = Annotated[
    int | None, typer.Option(metavar="N", help="Enabled ones, per account. A new plan: 15.")
]
Shared = Annotated[
    bool | None, typer.Option("--shared-tokens/--no-shared-tokens", help="A new plan: on.")
]


INIT: Final = "init"
INIT_HELP: Final = """
Set up a new installation on this host: database, keys, a main account and its admin.

Refused when it is set up already.
"""
CREATE_MAIN: Final = "create-main"
CREATE_MAIN_HELP: Final = """
Make one more main account, on this host: a family of its own, with its first admin.

Somebody who is known by the e-mail address keeps their name and password.
"""


def found(
    context: typer.Context,
    *,
    account_name: AccountName,
    admin_email: AdminEmail,
    admin_password_file: PasswordFile = None,
    api_token_name: TokenName = None,
    api_token_scope: TokenScope = None,
    plan: PlanName = None,
    volume_gb: Volume = None,
    flexible: Flexible = None,
    reserved_gb: Reserved = None,
    warm_days: Warm = None,
    retention_days: Retention = None,
    max_shipping_tokens: Shipping = None,
    shared_tokens: Shared = None,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Both commands: they take the same options and print the same answer."""
    from keyfob.cli import founding

    founding.run(context.params, first=context.info_name == INIT)
