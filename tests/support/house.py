"""An installation opened in the test's own process: its database, its keys, and short cuts."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keyfob import accounts, families, tokens, users
from keyfob.accounts import Account, Plan, Role
from keyfob.actors import OPERATOR, Actor, ActorKind, Origin
from keyfob.config import Config, load
from keyfob.db import Clock, Connection, Database, Transaction
from keyfob.families import Wanted
from keyfob.house import open_house
from keyfob.keys import Instance
from keyfob.scopes import EVERYTHING, Scope
from keyfob.tokens import Draft, Secret, Token
from keyfob.users import User
from keyfob.verification import Lookup
from support import compiled

compiled.share()
ORIGIN = Origin(ip="203.0.113.7", agent="a test", request_id="0" * 32)


@dataclass
class House:
    config: Config
    db: Database
    instance: Instance
    lookup: Lookup

    @classmethod
    async def open(cls, folder: Path, database_url: str, clock: Clock, **settings: Any) -> "House":
        config = load(
            environ={},
            options={"data_dir": folder, "database_url": database_url or None, **settings},
        )
        db, instance = await open_house(config, clock=clock)
        return cls(config, db, instance, Lookup(db, instance, entries=config.cache_entries))

    async def close(self) -> None:
        await self.db.close()

    def transaction(self, actor: Actor = OPERATOR) -> AbstractAsyncContextManager[Transaction]:
        return self.db.transaction(actor)

    def reader(self) -> AbstractAsyncContextManager[Connection]:
        return self.db.reader()

    async def act(
        self, action: Callable[..., Awaitable[Any]], *args: Any, by: Actor = OPERATOR, **more: Any
    ) -> Any:
        """`await action(tx, …)` in a transaction of its own."""
        async with self.transaction(by) as tx:
            return await action(tx, *args, **more)

    async def read(self, read: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
        """`await read(conn, …)`."""
        async with self.reader() as conn:
            return await read(conn, *args, **more)

    async def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Execute; the rows that come, if it gives any."""
        async with self.transaction() as tx:
            done = await tx.conn.exec_driver_sql(text)
            return [tuple(row) for row in done] if done.returns_rows else []

    async def main(self, name: str = "Workshop o11y", **plan: Any) -> Account:
        async with self.transaction() as tx:
            return await families.found(tx, self.instance, name=name, plan=Plan(**plan))

    async def sub(self, main: Account, name: str = "Sub account", **more: Any) -> Account:
        wanted = Wanted(name=name, **({"retention_days": 7} | more))
        async with self.transaction() as tx:
            account, _ = await families.open_sub(
                tx, self.instance, wanted, main_id=main.id, email=None
            )
        return account

    async def member(
        self, account: Account, email: str, role: Role = Role.ADMIN, password: str = ""
    ) -> User:
        hashed = await users.new_password(password, email=email) if password else None
        async with self.transaction() as tx:
            return await accounts.add_member(tx, account, email=email, role=role, password=hashed)

    async def token(
        self, account: Account, name: str = "A token", actor: Actor = OPERATOR, **more: Any
    ) -> tuple[Token, Secret]:
        async with self.transaction(actor) as tx:
            return await tokens.create(
                tx, self.instance, Draft(name=name, **more), account_id=account.id
            )

    async def suspend(self, account: Account, *, again: bool = True) -> None:
        """Or, with `again` False, let it go on."""
        async with self.transaction() as tx:
            await (accounts.suspend if again else accounts.resume)(tx, account.id)


def acting_for(account: Account, *scopes: str) -> Actor:
    """A token of the account, holding these scopes; all of them when none is named."""
    held = tuple(Scope(scope) for scope in scopes) or (EVERYTHING,)
    return Actor(
        kind=ActorKind.TOKEN, id=2_999_999, name="the test's token", account_id=account.id,
        main_id=account.main_id, scopes=held, origin=ORIGIN,
    )  # fmt: skip
