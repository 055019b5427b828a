"""Found a family: its main account, its first admin and, if wanted, its first API token."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import typer

from keyfob import accounts, families, scopes, tokens, users
from keyfob.accounts import AccountId, Plan, PlanModel, Role
from keyfob.actors import OPERATOR
from keyfob.cli import hidden, host
from keyfob.cli.streams import note, say
from keyfob.config import Config
from keyfob.db import Connection, Database
from keyfob.errors import Conflict
from keyfob.keys import Instance
from keyfob.tokens import Draft, Secret
from keyfob.users import NewPassword, UserId

PASSWORD_VARIABLE: Final = "KEYFOB_ADMIN_PASSWORD"  # noqa: S105 -- its name
STANDARD_INPUT: Final = Path("-")

# Options of the commands, by the field of a Plan that they fill.
PLAN_FIELDS: Final = (
    "volume_gb",
    "flexible",
    "reserved_gb",
    "warm_days",
    "retention_days",
    "max_shipping_tokens",
    "shared_tokens",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is to be founded. `first`: in an installation where nobody has been yet."""

    account_name: str
    admin_email: str
    password_file: Path | None
    token_name: str | None
    token_scopes: tuple[scopes.Scope, ...] | None
    plan: Plan
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    account_id: AccountId
    admin_id: UserId
    api_token: Secret | None
    admin_was_known: bool

    def as_json(self) -> str:
        return json.dumps(
            {"accountId": self.account_id, "adminId": self.admin_id, "apiToken": self.api_token}
        )


def run(given: Mapping[str, Any], *, first: bool) -> None:
    """`given` are the options of `keyfob init`, under their own names."""
    config = host.load(
        given["config"], data_dir=given["data_dir"], database_url=given["database_url"]
    )
    wanted = given["api_token_scope"]
    family = Family(
        account_name=given["account_name"],
        admin_email=users.email_address(given["admin_email"], field="adminEmail"),
        password_file=given["admin_password_file"],
        token_name=given["api_token_name"],
        token_scopes=scopes.parse(wanted, field="apiTokenScope") if wanted else None,
        plan=_plan(given),
        first=first,
    )
    founded = asyncio.run(_found(config, family))
    if founded.admin_was_known:
        note(f"{family.admin_email} is known here already, and keeps name and password.")
    say(
        founded.as_json() if given["as_json"] else _told(founded, family, config),
        lost=_unseen(founded),
    )


def plan_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Plan that the options name."""
    fields = {name: given[name] for name in PLAN_FIELDS if given[name] is not None}
    model = {"model": PlanModel(given["plan"].value)} if given["plan"] is not None else {}
    return model | fields


def _plan(given: Mapping[str, Any]) -> Plan:
    plan = Plan(**plan_fields(given))
    plan.check()
    return plan


async def _found(config: Config, family: Family) -> Founded:
    async with host.house(config) as (db, instance):
        async with db.reader() as conn:
            await _refuse_second(conn, family)
            await families.refuse_taken(conn, family.account_name)
            known = await users.by_email(conn, family.admin_email) is not None
        password = None if known else await _new_password(family)
        return await _store(db, instance, family, password)


async def _store(
    db: Database, instance: Instance, family: Family, password: NewPassword | None
) -> Founded:
    async with db.transaction(replace(OPERATOR, responsible=family.admin_email)) as tx:
        if family.first:
            await accounts.require_empty(tx)
        account = await families.found(tx, instance, name=family.account_name, plan=family.plan)
        admin = await accounts.add_member(
            tx, account, email=family.admin_email, role=Role.ADMIN, password=password
        )
        value = None
        if family.token_name is not None:
            draft = Draft(name=family.token_name, scopes=family.token_scopes)
            _, value = await tokens.create(tx, instance, draft, account_id=account.id)
    return Founded(
        account_id=account.id,
        admin_id=admin.id,
        api_token=value,
        admin_was_known=password is None,
    )


async def _refuse_second(conn: Connection, family: Family) -> None:
    if family.first and not await accounts.is_empty(conn):
        raise Conflict(
            "this installation is set up already; "
            "for one more main account run: keyfob accounts create-main",
            code="setup/ALREADY_DONE",
        )


async def _new_password(family: Family) -> NewPassword:
    text = _password_text(family.password_file, email=family.admin_email)
    return await users.new_password(text, email=family.admin_email, field="adminPassword")


def _password_text(file: Path | None, *, email: str) -> str:
    """From the file, else from the environment, else typed twice by whoever sits there."""
    if file is not None:
        return _first_line(file)
    if given := os.environ.get(PASSWORD_VARIABLE):
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            f"there is nobody to ask: put the password in {PASSWORD_VARIABLE} or in a file",
            param_hint="--admin-password-file",
        )
    return hidden.ask_twice(f"Password for {email}")


def _first_line(file: Path) -> str:
    """A file written by an editor or by `echo` ends in a newline that nobody types."""
    try:
        text = sys.stdin.read() if file == STANDARD_INPUT else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise typer.BadParameter(f"{file}: {why}", param_hint="--admin-password-file") from None
    return text.removesuffix("\n").removesuffix("\r")


def _told(founded: Founded, family: Family, config: Config) -> str:
    made = f"Main account {founded.account_id}, {family.account_name!r}, is made."
    sign_in = f"{family.admin_email} signs in at {config.url} once the server runs: keyfob serve"
    if founded.api_token is None:
        return f"{made}\n{sign_in}"
    return f"{made}\nIts API token {family.token_name!r}: {founded.api_token}\n{sign_in}"


def _unseen(founded: Founded) -> str:
    made = f"main account {founded.account_id} and its admin are made nevertheless"
    if founded.api_token is None:
        return made
    return f"{made}, and an API token too: sign in, and see it on the page of API tokens"
