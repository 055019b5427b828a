"""How long it takes to look at the use of many tokens: 90 days by hour, of a thousand of them."""

import sqlite3
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import httpx2
from house import database, furnish
from measure import ROUNDS, Figure, milliseconds
from serving import free_port, keyfob, serving

STORED = 10_000  # tokens of the account
USED = 1_000  # of them
HOUR, DAY = 3_600, 86_400  # seconds
DAYS = 90

# Of each of the first tokens, a use in each hour or day. Moments are milliseconds.
COUNTS = """
WITH RECURSIVE moment(at) AS (
    VALUES(:first) UNION ALL SELECT at + :length FROM moment WHERE at + :length <= :last
)
INSERT INTO {table} SELECT at, id, 'VALID', :uses
FROM moment, (SELECT id FROM tokens WHERE name LIKE 'Token %' ORDER BY id LIMIT {used})
"""


def figures(data_dir: Path) -> Generator[Figure]:
    made = furnish(data_dir, token_count=STORED)
    first, last, used = fill(data_dir)
    port = free_port()
    headers = {"x-api-token": made.api_token}
    with (
        serving(keyfob(data_dir, port), port, "/v2/whoami", **headers),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client,
    ):
        everything = f"from={first}&to={last + HOUR}"
        of_one, of_all = f"/v1/api-tokens/{used}/usage", "/v1/usage"
        for what, address, hours, rounds in (
            ("a token, a day by hour", of_one, 24, ROUNDS),
            (f"a token, {DAYS} days by hour", f"{of_one}?{everything}", DAYS * 24, ROUNDS),
            ("the account, a day by hour", of_all, 24, ROUNDS),
            ("the account, 30 days by day", f"{of_all}?bucket=day", 30 * 24, ROUNDS),
            (f"the account, {DAYS} days by hour", f"{of_all}?{everything}", DAYS * 24, 1),
        ):
            uses = hours * (USED if address.startswith(of_all) else 1)
            yield Figure(f"use of {what}", "ms", took(client, address, uses, rounds), "≤ 100")


def took(client: httpx2.Client, address: str, uses: int, rounds: int) -> list[float]:
    def look() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        counted = answer.json()["total"]["valid"]
        # The account's own token, which asks here, is used as well.
        assert uses <= counted < uses + STORED, (address, counted)

    return [milliseconds(look) for _ in range(rounds)]


def fill(data_dir: Path) -> tuple[int, int, int]:
    """The first and the last hour that was counted, in seconds, and the id of a used token."""
    last = int(time.time()) // HOUR * HOUR
    first = last - (DAYS * 24 - 1) * HOUR
    with closing(sqlite3.connect(database(data_dir))) as connection, connection:
        for table, length, uses in (("usage_hourly", HOUR, 1), ("usage_daily", DAY, 24)):
            begin = first // length * length
            connection.execute(
                COUNTS.format(table=table, used=USED),
                {"first": 1000 * begin, "last": 1000 * last, "length": 1000 * length, "uses": uses},
            )
        (used,) = connection.execute("SELECT min(token_id) FROM usage_hourly").fetchone()
    return first, last, used
