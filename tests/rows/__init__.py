"""For each operation, what every kind of caller gets: one file for each noun of the API."""

from rows import accounts, audit, markers, shared, shipping, tokens, usage, users, whoami
from rows.row import Row

ROWS: dict[str, Row] = {
    **whoami.ROWS,
    **accounts.ROWS,
    **shared.ROWS,
    **shipping.ROWS,
    **tokens.ROWS,
    **usage.ROWS,
    **users.ROWS,
    **audit.ROWS,
    **markers.ROWS,
}
