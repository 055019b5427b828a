"""API tokens, verify."""

from rows.row import Row

ROWS = {
    "GET /v1/api-tokens": Row(main=200, sub=200, sibling=200, foreign=200),
    "POST /v1/api-tokens": Row(
        main=201, sub=201, sibling=201, foreign=201, body={"name": "New {new}"}
    ),
    "POST /v1/api-tokens/sub-account": Row(
        main=200,
        sub=403,
        sibling=403,
        foreign=404,
        body={"name": "New {new}", "accountId": "{sub}"},
    ),
    "GET /v1/api-tokens/{id}": Row(main=200, sub=200, sibling=404, foreign=404),
    "PATCH /v1/api-tokens/{id}": Row(
        main=200, sub=200, sibling=404, foreign=404, body={"description": "new"}
    ),
    "DELETE /v1/api-tokens/{id}": Row(main=204, sub=204, sibling=404, foreign=404),
    "POST /v1/api-tokens/{id}/reveal": Row(main=200, sub=200, sibling=404, foreign=404),
    "POST /v1/verify": Row(main=200, sub=200, sibling=200, foreign=200, body={"token": "any"}),
    "POST /v1/verify/batch": Row(
        main=200, sub=200, sibling=200, foreign=200, body={"items": [{"token": "any"}]}
    ),
}
