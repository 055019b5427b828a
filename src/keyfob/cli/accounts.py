"""`keyfob accounts …`: what the operator does with accounts, on the host."""

import json
from pathlib import Path
from typing import Annotated

import typer

from keyfob.cli import init
from keyfob.cli.options import AsJson, ConfigFile, DatabaseUrl, DataDir
from keyfob.cli.streams import say

app = typer.Typer(help="Accounts, on this host.", no_args_is_help=True, rich_markup_mode=None)
app.command(init.CREATE_MAIN, help=init.CREATE_MAIN_HELP)(init.found)

AccountId = Annotated[int, typer.Argument(metavar="ID", show_default=False)]


@app.command()
def suspend(
    account: AccountId,
    *,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Refuse all tokens of an account; of a main account, those of its whole family."""
    _set(account, config, data_dir, database_url, suspended=True, as_json=as_json)


@app.command()
def resume(
    account: AccountId,
    *,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let the tokens of a suspended account work again."""
    _set(account, config, data_dir, database_url, suspended=False, as_json=as_json)


@app.command("set-plan")
def set_plan(
    context: typer.Context,
    account: AccountId,
    *,
    plan: init.PlanName = None,
    volume_gb: init.Volume = None,
    flexible: init.Flexible = None,
    reserved_gb: init.Reserved = None,
    warm_days: init.Warm = None,
    retention_days: init.Retention = None,
    max_shipping_tokens: init.Shipping = None,
    shared_tokens: init.Shared = None,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Change the plan of a main account. What is not named stays; without options, show it."""
    import asyncio
    from dataclasses import asdict

    from pydantic.alias_generators import to_camel

    from keyfob import families
    from keyfob.accounts import AccountId, Plan
    from keyfob.actors import OPERATOR
    from keyfob.cli import founding, host

    async def change() -> Plan:
        settings = host.load(config, data_dir=data_dir, database_url=database_url)
        changes = founding.plan_fields(context.params)
        async with host.house(settings) as (db, _), db.transaction(OPERATOR) as tx:
            return await families.set_plan(tx, AccountId(account), changes)

    fields = asdict(asyncio.run(change()))
    if as_json:
        named = {to_camel(name): value for name, value in fields.items()}
        say(json.dumps({"accountId": account, "plan": named}))
        return
    lines = [f"  {name.replace('_', ' ')}: {_in_words(value)}" for name, value in fields.items()]
    say("\n".join([f"The plan of account {account}:", *lines]))


def _in_words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _set(
    account_id: int,
    config: Path | None,
    data_dir: Path | None,
    database_url: str | None,
    *,
    suspended: bool,
    as_json: bool,
) -> None:
    import asyncio

    from keyfob import accounts
    from keyfob.actors import OPERATOR
    from keyfob.cli import host

    async def change() -> accounts.Account:
        act = accounts.suspend if suspended else accounts.resume
        settings = host.load(config, data_dir=data_dir, database_url=database_url)
        async with host.house(settings) as (db, _), db.transaction(OPERATOR) as tx:
            return await act(tx, accounts.AccountId(account_id))

    account = asyncio.run(change())
    told = {"accountId": account.id, "accountName": account.name, "suspended": suspended}
    state = "suspended" if suspended else "active"
    say(json.dumps(told) if as_json else f"Account {account.id}, {account.name}, is {state}.")
