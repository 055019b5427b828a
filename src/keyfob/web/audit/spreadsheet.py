"""The audit trail as a file for spreadsheets: all fields, and no cell that a program would run."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from datetime import datetime
from typing import Final

from keyfob import audit
from keyfob.audit.listing import Seen

COLUMNS: Final = (
    "id", "time", "account id", "closed account", "event", "title", "action", "subject",
    "subject name", "token hint", "actor kind", "actor id", "actor name", "actor name then",
    "actor deleted", "actor account id", "ip", "agent", "request id", "changes",
)  # fmt: skip
# How a formula begins; some programs read the wide forms of East Asia alike.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_OTHER: Final = re.compile(r"[^a-z0-9]+")


async def lines(chunks: AsyncIterable[Sequence[Seen]]) -> AsyncGenerator[bytes]:
    yield _written([COLUMNS])
    async for chunk in chunks:
        yield _written([_row(each) for each in chunk])


def file_name(account_name: str, now: datetime) -> str:
    """ASCII alone, whatever the account is called: `audit-trail-workshop-o11y-2030-01-01.csv`."""
    plain = unicodedata.normalize("NFKD", account_name).encode("ascii", "ignore").decode().lower()
    slug = _OTHER.sub("-", plain).strip("-")
    return f"audit-trail-{slug + '-' if slug else ''}{now:%Y-%m-%d}.csv"


def cell(value: object) -> str:
    """An apostrophe goes before what a spreadsheet would take for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_RUNS) else text


def _row(seen: Seen) -> list[str]:
    entry, who = seen.entry, seen.who
    event = audit.event(entry.action)
    fields = (
        entry.id, entry.at.isoformat(timespec="milliseconds"), entry.account_id,
        seen.closed_account, event.code, event.title, entry.action, entry.subject,
        entry.subject_name, seen.hint, entry.actor_kind, entry.actor_id, who.name,
        entry.actor_name, "yes" if who.deleted else "no", entry.actor_account_id, entry.ip,
        entry.agent, entry.request_id, json.dumps(entry.changes, ensure_ascii=False),
    )  # fmt: skip
    return [cell(each) for each in fields]


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
