"""Shared tokens and filters: of the own account only, and what is not there is a 400."""

from rows.row import Row

PATH = "/v1/shared-tokens"
FILTERS = PATH + "/filters"


def own(status: int, **more: object) -> Row:
    return Row(main=400, sub=status, sibling=400, foreign=400, **more)  # pyright: ignore[reportArgumentType] -- a Row's own


def every(status: int, **more: object) -> Row:
    return Row(main=status, sub=status, sibling=status, foreign=status, **more)  # pyright: ignore[reportArgumentType] -- a Row's own


ROWS = {
    f"GET {FILTERS}": every(200),
    f"POST {FILTERS}": every(200, body={"field": "host", "value": "web-1"}),
    f"GET {FILTERS}/{{id}}": own(200, of="filter"),
    f"DELETE {FILTERS}/{{id}}": own(200, of="filter"),
    f"GET {PATH}": every(200),
    f"POST {PATH}": every(200, body={"tokenName": "New"}),
    f"GET {PATH}/{{id}}": own(200, of="shared token"),
    f"PUT {PATH}/{{id}}": own(200, of="shared token", body={"filters": []}),
    f"DELETE {PATH}/{{id}}": own(204, of="shared token"),
}
