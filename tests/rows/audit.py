"""The audit trail."""

from rows.row import Row

ROWS = {
    "POST /v1/audit-trail": Row(main=200, sub=200, sibling=200, foreign=200, body={"size": 1}),
    "POST /v1/audit-trail/event-types": Row(main=200, sub=200, sibling=200, foreign=200),
}
