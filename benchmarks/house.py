"""A data folder with an account, its admin signed in, and as many tokens as a benchmark wants."""

import asyncio
import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from keyfob import accounts, families, tokens, users
from keyfob.accounts import Plan, Role
from keyfob.actors import OPERATOR
from keyfob.config import load
from keyfob.db import schema, utc_now
from keyfob.house import open_house
from keyfob.tokens import Draft, TokenKind

BATCH = 1000  # rows

# Like a token that is there, under another name.
ALIKE = """
INSERT INTO tokens (public_id, name, name_key, verifier, {rest})
SELECT :public_id, 'Stored ' || :number, 'stored ' || :number, :verifier, {rest}
FROM tokens WHERE id = :like
"""
# So many at once, of which nobody knows the secret.
ALL_ALIKE = """
WITH RECURSIVE stored(number) AS (
    VALUES(:first) UNION ALL SELECT number + 1 FROM stored WHERE number < :last
)
INSERT INTO tokens (public_id, name, name_key, verifier, {rest})
SELECT hex(randomblob(8)), 'Stored ' || number, 'stored ' || number, randomblob(32), {rest}
FROM stored, (SELECT * FROM tokens WHERE id = :like)
"""
OWN = {"id", "public_id", "name", "name_key", "verifier"}


@dataclass(frozen=True, slots=True)
class Furnished:
    """What a client needs to come in: an API token, and a session cookie's value."""

    account_id: int
    api_token: str
    session_id: str
    values: list[str]


def database(data_dir: Path) -> Path:
    return load(environ={}, options={"data_dir": data_dir}).sqlite_file


def furnish(data_dir: Path, *, token_count: int, good: int = 0) -> Furnished:
    """Of the tokens so many are `good`: their values are told, and each verifies."""
    return asyncio.run(_furnish(data_dir, token_count, good))


async def _furnish(data_dir: Path, token_count: int, good: int) -> Furnished:
    db, instance = await open_house(load(environ={}, options={"data_dir": data_dir}))
    async with db.transaction(OPERATOR) as tx:
        account = await families.found(tx, instance, name="Benchmark", plan=Plan())
        admin = await accounts.add_member(tx, account, email="admin@example.com", role=Role.ADMIN)
        _, value = await tokens.create(
            tx, instance, Draft(name="The benchmark's"), account_id=account.id
        )
        session_id = await users.start(tx, admin, account_id=account.id)
    verifiers = tokens.Verifiers(instance)
    values: list[str] = []
    for start in range(1, token_count, BATCH):
        minted = [tokens.mint("kf", TokenKind.API) for _ in range(min(BATCH, token_count - start))]
        rows = [
            _row(account.id, number, each.public_id, verifiers.of(each))
            for number, each in enumerate(minted, start)
        ]
        values += minted[: good - len(values)]
        async with db.transaction(OPERATOR) as tx:
            await tx.conn.execute(insert(schema.tokens), rows)
    await db.close()
    return Furnished(account.id, value, session_id, values)


def stock(data_dir: Path, *, stored: int, good: int) -> list[str]:
    """
    Store so many tokens beside the ones that are there. The first `good` verify: their values.

    Straight into the file: a million takes seconds.
    """
    verifiers = asyncio.run(_verifiers(data_dir))
    rest = ", ".join(column.name for column in schema.tokens.columns if column.name not in OWN)
    values: list[str] = []

    def rows(like: int) -> Generator[dict[str, object]]:
        for number in range(1, good + 1):
            value = tokens.mint("kf", TokenKind.API)
            values.append(value)
            verifier = verifiers.of(value)
            yield {
                "public_id": value.public_id,
                "number": number,
                "verifier": verifier,
                "like": like,
            }

    with closing(sqlite3.connect(database(data_dir))) as connection, connection:
        (like,) = connection.execute("SELECT max(id) FROM tokens").fetchone()
        connection.executemany(ALIKE.format(rest=rest), rows(like))
        if stored > good:
            span = {"first": good + 1, "last": stored, "like": like}
            connection.execute(ALL_ALIKE.format(rest=rest), span)
    return values


async def _verifiers(data_dir: Path) -> tokens.Verifiers:
    db, instance = await open_house(load(environ={}, options={"data_dir": data_dir}))
    await db.close()
    return tokens.Verifiers(instance)


def _row(account_id: int, number: int, public_id: str, verifier: bytes) -> dict[str, object]:
    """A stored token, without its entry in the trail: quickly made."""
    return {
        "public_id": public_id,
        "kind": TokenKind.API,
        "account_id": account_id,
        "name": f"Token {number:07}",
        "name_key": f"token {number:07}",
        "description": "Made for a benchmark.",
        "tags": ["benchmark", f"shard:{number % 16}"],
        "scopes": ["*"],
        "restrictions": {"ip_allow": [], "methods": [], "paths": []},
        "verifier": verifier,
        "pepper_id": 1,
        "enabled": True,
        "retrievable": False,
        "created_at": utc_now() - timedelta(minutes=number),
        "responsible": "",
        "updated_at": utc_now(),
        "updated_by": "admin@example.com",
        "created_by": "admin@example.com",
        "row_version": 1,
    }
