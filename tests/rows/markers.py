"""Markers."""

from rows.row import Row

ROWS = {
    "POST /v2/markers/create-markers": Row(
        main=204, sub=204, sibling=204, foreign=204,
        body={"markers": [{"title": "Marker {new}", "description": "New."}]},
    ),
}  # fmt: skip
