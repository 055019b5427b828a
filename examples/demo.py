"""A server filled with two main accounts, sub accounts, users, tokens and a month of use."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from keyfob import accounts, families, markers, requests, tokens, users
from keyfob.accounts import Account, AccountId, Plan, Role
from keyfob.actors import OPERATOR, Actor, Origin
from keyfob.cli import host, server
from keyfob.config import Config
from keyfob.db import Database, milliseconds, utc_now
from keyfob.errors import KeyfobError
from keyfob.families import Wanted
from keyfob.house import open_house
from keyfob.keys import Instance
from keyfob.scopes import EVERYTHING, REVEAL, Scope
from keyfob.tokens import Draft
from keyfob.verification import ACCEPTED, Lookup, Reason, Usage

PASSWORD = "a demo has no secrets"  # noqa: S105 -- it is printed, and good for the demo only
OFFICE = Origin(ip="203.0.113.7", agent="the demo")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A token of the demo: when it was made, in days before now, and what became of it."""

    name: str
    age: float
    description: str = ""
    tags: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    starts_in: float | None = None
    expires_in: float | None = None
    used: float | None = None  # days ago
    end: str = ""  # "disabled" or "revoked"
    tried: Reason | None = None  # why it was refused all of yesterday
    again: bool = True  # whether it can be shown again


@dataclass(frozen=True, kw_only=True)
class Town:
    """An account with its people and its tokens. Sub accounts follow their main account."""

    name: str
    is_main: bool = False
    people: tuple[tuple[str, Role], ...]
    made: tuple[Made, ...]


WORKSHOP = (
    Made(name="Workshop API Token", age=2, description="The one from the guide", used=0.01),
    Made(name="Terraform", age=30, tags=("ci", "team:platform"), expires_in=60, used=0.2),
    Made(name="Grafana", age=28, tags=("dashboards",), scopes=("logs:search",), used=0.001),
    Made(name="Slack alerts", age=21, tags=("alerts",), used=1.5),
    Made(
        name="Nightly export", age=26, tags=("ci",), expires_in=-3, used=3.1, tried=Reason.EXPIRED
    ),
    Made(
        name="Old build server",
        age=30,
        tags=("ci",),
        used=9,
        end="disabled",
        tried=Reason.DISABLED,
    ),
    Made(name="Partner preview", age=18, expires_in=6, used=2),
    Made(name="Conference talk", age=15),
    Made(name="Contractor", age=24, description="Gone since", used=16, end="revoked"),
    Made(name="Next quarter's partner", age=1, starts_in=14, expires_in=104, again=False),
    Made(name="Everything, to show others again", age=29, scopes=(EVERYTHING, REVEAL), used=0.5),
)
PAYMENTS = (
    Made(name="Payments API", age=20, tags=("team:payments",), used=0.02),
    Made(name="Payments staging", age=19, tags=("team:payments", "staging"), expires_in=10),
    Made(name="Load test", age=8, tags=("staging",), expires_in=-1, used=1.2),
)
MARKED = (
    (0.3, "Checkout 4.2", "Rolled out to all regions", markers.Tag.DEPLOYMENT),
    (1.2, "Database moved", "Read-only for four minutes", markers.Tag.OTHER),
    (5, "Checkout 4.1", "Rolled back after an hour", markers.Tag.DEPLOYMENT),
)
ASKED = ("Morning report", "It reads last night's logs; until now I borrow a colleague's token.")
TOWNS = (
    Town(
        name="Workshop o11y",
        is_main=True,
        people=(
            ("admin@example.com", Role.ADMIN),
            ("user@example.com", Role.REGULAR),
            ("reader@example.com", Role.READ_ONLY),
        ),
        made=WORKSHOP,
    ),
    Town(name="Payments", people=(("payments@example.com", Role.ADMIN),), made=PAYMENTS),
    Town(name="Mobile", people=(("mobile@example.com", Role.REGULAR),), made=()),
    Town(
        name="Bakery",
        is_main=True,
        people=(("baker@example.org", Role.ADMIN), ("payments@example.com", Role.READ_ONLY)),
        made=(
            Made(name="Oven telemetry", age=17, tags=("iot",), used=0.003),
            Made(name="Till", age=12, tags=("iot",), used=0.1),
        ),
    ),
    Town(name="Bakery Berlin", people=(("baker@example.org", Role.ADMIN),), made=()),
)


class Calendar:
    """The clock of the demo's house: it stands where it was set."""

    def __init__(self) -> None:
        self.today = utc_now()
        self.now = self.today

    def __call__(self) -> datetime:
        return self.now

    def days(self, number: float) -> datetime:
        """That many days from today; before it when negative."""
        return self.today + timedelta(days=number)

    def set(self, *, days_ago: float) -> None:
        self.now = self.days(-days_ago)


class House:
    def __init__(self, db: Database, instance: Instance, calendar: Calendar) -> None:
        self.db = db
        self.instance = instance
        self.calendar = calendar
        self.lookup = Lookup(db, instance, entries=1000)
        self.usage = Usage()

    async def settle(self, town: Town, main: Account | None) -> Account:
        """Make the account, then its people, then its tokens, each at its own time."""
        self.calendar.set(days_ago=31)
        async with self.db.transaction(OPERATOR) as tx:
            if main is None:
                account = await families.found(tx, self.instance, name=town.name, plan=Plan())
            else:
                wanted = Wanted(name=town.name, retention_days=7, max_daily_gb=10)
                account, _ = await families.open_sub(
                    tx, self.instance, wanted, main_id=main.id, email=None
                )
        for email, role in town.people:
            await self.join(account, email, role)
        for each in sorted(town.made, key=lambda made: -made.age):
            await self.make(account, each)
        return account

    async def join(self, account: Account, email: str, role: Role) -> None:
        password = await users.new_password(PASSWORD, email=email)
        async with self.db.transaction(OPERATOR) as tx:
            await accounts.add_member(tx, account, email=email, role=role, password=password)

    async def make(self, account: Account, made: Made) -> None:
        self.calendar.set(days_ago=made.age)
        actor = await self.admin_of(account)
        scopes = None if made.scopes is None else tuple(Scope(scope) for scope in made.scopes)
        draft = Draft(
            name=made.name,
            description=made.description,
            tags=made.tags,
            scopes=scopes,
            not_before=self._in_days(made.starts_in),
            expires_at=self._in_days(made.expires_in),
            retrievable=made.again,
        )
        async with self.db.transaction(actor) as tx:
            token, value = await tokens.create(tx, self.instance, draft, account_id=account.id)
        if made.used is not None:
            known = self.lookup.find(value)
            assert known is not None
            self.usage.count(known, ACCEPTED, milliseconds(self.calendar.days(-made.used)))
        if made.tried is not None:
            known = self.lookup.find(value)
            assert known is not None
            for minutes in range(240):
                at = self.calendar.days(-1) + timedelta(minutes=minutes)
                self.usage.count(known, made.tried, milliseconds(at))
        self.calendar.set(days_ago=made.age / 2)
        async with self.db.transaction(actor) as tx:
            match made.end:
                case "disabled":
                    await tokens.update(tx, token.id, {"enabled": False})
                case "revoked":
                    await tokens.revoke(tx, token.id)

    async def mark(self, account: Account) -> None:
        """Deployments of the last days."""
        async with self.db.transaction(await self.admin_of(account)) as tx:
            drafts = [
                markers.Draft(
                    title=title, description=text, tag=tag, at=self.calendar.days(-days_ago)
                )
                for days_ago, title, text, tag in MARKED
            ]
            await markers.create(tx, drafts)

    async def ask(self, account: Account, email: str, name: str, reason: str) -> None:
        """Somebody who may not make tokens asks for one."""
        self.calendar.set(days_ago=0.1)
        async with self.db.reader() as conn:
            user = await users.by_email(conn, email)
            assert user is not None
            seat = await accounts.seat(conn, user.id, AccountId(account.id))
        assert seat is not None
        async with self.db.transaction(seat.actor(OFFICE)) as tx:
            await requests.make(tx, name=name, reason=reason)

    async def admin_of(self, account: Account) -> Actor:
        async with self.db.reader() as conn:
            admin = (await accounts.admins(conn, account))[0]
            seat = await accounts.seat(conn, admin.user_id, AccountId(account.id))
        assert seat is not None
        return seat.actor(OFFICE)

    def _in_days(self, days: float | None) -> datetime | None:
        return None if days is None else self.calendar.days(days)


async def fill(config: Config) -> None:
    """Nothing happens to a house that is filled already."""
    calendar = Calendar()
    db, instance = await open_house(config, clock=calendar)
    try:
        async with db.reader() as conn:
            if not await accounts.is_empty(conn):
                return
        house = House(db, instance, calendar)
        main: Account | None = None
        for town in TOWNS:
            account = await house.settle(town, None if town.is_main else main)
            main = account if town.is_main else main
            if town is TOWNS[0]:
                await house.mark(account)
                await house.ask(account, "user@example.com", *ASKED)
        await house.usage.write(db)
    finally:
        await db.close()


def told(towns: Sequence[Town]) -> str:
    rows = [
        f"  {email:22} {role.title:10} of {town.name}"
        for town in towns
        for email, role in town.people
    ]
    return "\n".join([f"Everybody's password: {PASSWORD}", *rows])


def main(folder: Path) -> None:
    config = host.load(None, data_dir=folder)
    asyncio.run(fill(config))
    print(told(TOWNS), flush=True)
    server.run(config)


if __name__ == "__main__":
    try:
        if folder := os.environ.get("KEYFOB_DATA_DIR"):
            main(Path(folder))
        else:
            with tempfile.TemporaryDirectory(prefix="keyfob-demo-") as temporary:
                main(Path(temporary))
    except KeyfobError as error:
        sys.exit(f"demo: {error.message}")
