"""Memory makes no difference to any answer: changes and questions in every order."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule
from support import postgres
from support.house import House, acting_for
from support.kinds import filtered, share

from keyfob import families, tokens
from keyfob.errors import Conflict, Forbidden, NotFound
from keyfob.limits import Restrictions
from keyfob.scopes import Scope
from keyfob.tokens import mint
from keyfob.verification import Lookup, Use, verify

NAMES = st.integers(0, 999).map(str)
USES = st.sampled_from(
    [
        Use(),
        Use(scopes=(Scope("a:b"),)),
        Use(ip="203.0.113.7", method="GET", path="/a"),
        Use(ip="198.51.100.1", method="POST", path="/b"),
    ]
)
WIDER = st.sampled_from(
    [
        {"enabled": False},
        {"enabled": True},
        {"scopes": (Scope("a:b"),)},
        {"scopes": (Scope("*"),)},
        {"restrictions": Restrictions.parse(ip_allow=["203.0.113.0/24"])},
        {"restrictions": Restrictions()},
        {"tags": ("one", "two")},
    ]
)

# Without shrinking: it would take minutes, and what was found is short enough.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


class Memory(RuleBasedStateMachine):
    """`known` are the values that were given out, whatever became of their tokens."""

    on_postgresql = False
    accounts = Bundle("accounts")
    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.time = datetime(2030, 1, 1, tzinfo=UTC)
        self.number = 0
        self.values = []

    def run(self, coroutine):
        return self.runner.run(coroutine)

    @initialize(target=accounts)
    def open(self):
        self.run(self._open())
        return self.main

    async def _open(self):
        self.url = await postgres.create_database() if self.on_postgresql else ""
        self.house = await House.open(Path(self.folder.name), self.url, lambda: self.time)
        self.main = await self.house.main()

    def teardown(self):
        self.run(self._close())
        self.runner.close()
        self.folder.cleanup()

    async def _close(self):
        await self.house.close()
        if self.url:
            await postgres.drop_database(self.url)

    def numbered(self, word):
        self.number += 1
        return f"{word}-{self.number}"

    @rule(target=accounts)
    def new_account(self):
        return self.run(self.house.sub(self.main, self.numbered("sub")))

    @rule(target=known, account=accounts, days=st.none() | st.integers(1, 3))
    def new_token(self, account, days):
        expires_at = None if days is None else self.time + timedelta(days=days)
        return self.run(self._new_token(account, expires_at=expires_at))

    async def _new_token(self, account, **more):
        try:
            token, value = await self.house.token(account, self.numbered("token"), **more)
        except NotFound:  # the account was closed
            return "gone", str(mint("kf", "api")), None
        self.values.append(str(value))
        return account, str(value), token.id

    @rule(target=known, account=accounts)
    def new_shared_token(self, account):
        return self.run(self._new_shared_token(account))

    async def _new_shared_token(self, account):
        actor = acting_for(account)
        try:
            one = await filtered(self.house, actor, self.numbered("web"))
            made = await share(self.house, actor, one.id)
        except Forbidden:
            return "gone", str(mint("kf", "share")), None
        self.values.append(str(made.value))
        return account, str(made.value), made.token.id

    @rule(target=known)
    def stranger(self):
        return "gone", str(mint("kf", "api")), None

    def change(self, held, action):
        """An action on the token, as its account; some cannot be done any more."""
        account, _, token_id = held
        if token_id is not None:
            self.ask_of_everything()
            self.run(self._change(account, action, token_id))
            self.ask_of_everything()

    async def _change(self, account, action, token_id):
        try:
            async with self.house.transaction(acting_for(account)) as tx:
                await action(tx, token_id)
        except (Conflict, NotFound):  # it is gone, or revoked
            return

    @rule(held=known, changes=WIDER)
    def change_token(self, held, changes):
        self.change(held, lambda tx, token_id: tokens.update(tx, token_id, changes))

    @rule(held=known)
    def revoke_token(self, held):
        self.change(held, tokens.revoke)

    @rule(account=accounts, suspended=st.booleans())
    def suspend(self, account, suspended):
        self.ask_of_everything()
        self.run(self._suspend(account, suspended))
        self.ask_of_everything()

    async def _suspend(self, account, suspended):
        try:
            await self.house.suspend(account, again=suspended)
        except NotFound:
            return

    @rule(account=accounts)
    def close_account(self, account):
        if account.id != self.main.id:
            self.ask_of_everything()
            self.run(self._close_account(account))
            self.ask_of_everything()

    async def _close_account(self, account):
        try:
            async with self.house.transaction(acting_for(self.main)) as tx:
                await families.close(tx, account.id)
        except NotFound:
            return

    @rule(hours=st.integers(1, 30))
    def time_goes_on(self, hours):
        self.time += timedelta(hours=hours)

    @rule(held=known, account=accounts, use=USES)
    def ask(self, held, account, use):
        self.run(self._ask(held[1], account, use))

    @rule()
    def ask_of_everything(self):
        self.run(self._ask_of_everything())

    async def _ask_of_everything(self):
        for value in self.values:
            await self._ask(value, self.main, Use())

    async def _ask(self, value, account, use):
        fresh = Lookup(self.house.db, self.house.instance, entries=100)
        self.house.db.followers.remove(fresh.expect_changes)
        remembered, read = [
            await lookup.patiently(
                lambda reading, lookup=lookup: verify(
                    lookup, value, use, account_id=account.id, reading=reading
                )
            )
            for lookup in (self.house.lookup, fresh)
        ]
        assert remembered.verdict is read.verdict
        assert told(remembered.token) == told(read.token)


def told(token):
    """All that an answer may say of it."""
    if token is None:
        return None
    account = token.account
    return (
        token.id, token.kind, token.name, token.tags, token.scopes, token.restrictions,
        token.expires_at, token.filters, token.filters_operator, account.id, account.main_id,
        account.name, account.suspended,
    )  # fmt: skip


class MemoryOnPostgresql(Memory):
    on_postgresql = True


TestOnSqlite = Memory.TestCase
TestOnSqlite.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, phases=PHASES
)
TestOnPostgresql = MemoryOnPostgresql.TestCase
TestOnPostgresql.settings = settings(
    max_examples=5, stateful_step_count=40, deadline=None, phases=PHASES
)
