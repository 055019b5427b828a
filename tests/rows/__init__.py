"""For each operation, what every kind of caller gets: one file for each noun of the API."""

from rows import tokens
from rows.row import Row

ROWS: dict[str, Row] = {**tokens.ROWS}
