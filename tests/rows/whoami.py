"""Who am I, and which accounts are mine."""

from rows.row import Row

ROWS = {
    "GET /v2/whoami": Row(
        main=200, sub=200, sibling=200, foreign=200, wrong_scope=200, wrong_scope_of_main=200
    ),
    "GET /v1/account-management/whoami": Row(
        main=200, sub=200, sibling=200, foreign=200, wrong_scope=200, wrong_scope_of_main=200,
        bad_token=200,
    ),
    "GET /v1/associated-accounts": Row(main=200, sub=200, sibling=200, foreign=200),
}  # fmt: skip
