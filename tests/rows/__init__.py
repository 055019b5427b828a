"""For each operation, what every kind of caller gets: one file for each noun of the API."""

from rows import accounts, tokens
from rows.row import Row

ROWS: dict[str, Row] = {**accounts.ROWS, **tokens.ROWS}
