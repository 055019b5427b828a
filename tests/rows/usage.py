"""How much tokens are used."""

from rows.row import Row

ROWS = {
    "GET /v1/api-tokens/{id}/usage": Row(main=200, sub=200, sibling=404, foreign=404),
    "GET /v1/usage": Row(main=200, sub=200, sibling=200, foreign=200),
}
