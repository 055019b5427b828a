"""Log shipping tokens: everybody reaches those of the own account, and nobody any others."""

from rows.row import Row

PATH = "/v1/log-shipping/tokens"


def own(status: int, **more: object) -> Row:
    return Row(main=404, sub=status, sibling=404, foreign=404, of="shipping token", **more)  # pyright: ignore[reportArgumentType] -- a Row's own


def every(status: int, **more: object) -> Row:
    return Row(main=status, sub=status, sibling=status, foreign=status, **more)  # pyright: ignore[reportArgumentType] -- a Row's own


ROWS = {
    f"POST {PATH}": every(201, body={"name": "New {new}", "enabled": "true"}),
    f"GET {PATH}/limits": every(200),
    f"POST {PATH}/search": every(200, body={"filter": {"enabled": "true"}, "sort": None}),
    f"GET {PATH}/{{id}}": own(200),
    f"PUT {PATH}/{{id}}": own(200, body={"name": "Changed", "enabled": "false"}),
    f"DELETE {PATH}/{{id}}": own(200),
}
