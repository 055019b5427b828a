"""Time-based accounts and metrics accounts: all for the main account alone."""

from rows.row import Row

ACCOUNTS = "/v1/account-management/time-based-accounts"
METRICS = "/v1/account-management/metrics-accounts"


def main_only(*, main: int, foreign: int, **more: object) -> Row:
    return Row(main=main, sub=403, sibling=403, foreign=foreign, **more)  # pyright: ignore[reportArgumentType] -- a Row's own


NEW = {"email": "boss@example.com", "accountName": "New {new}", "retentionDays": 7}

ROWS = {
    f"GET {ACCOUNTS}": main_only(main=200, foreign=200),
    f"POST {ACCOUNTS}": main_only(main=200, foreign=400, body=NEW),
    f"GET {ACCOUNTS}/detailed": main_only(main=200, foreign=200),
    f"GET {ACCOUNTS}/detailed/{{id}}": main_only(main=200, foreign=404, of="sub"),
    f"GET {ACCOUNTS}/{{id}}": main_only(main=200, foreign=404, of="sub"),
    f"PUT {ACCOUNTS}/{{id}}": main_only(
        main=204, foreign=404, of="sub", body={"accountName": "Changed"}
    ),
    f"PUT {ACCOUNTS}/{{id}}/retention-details": main_only(
        main=400, foreign=404, of="sub", body={"snapSearchRetentionDays": 1}
    ),
    f"DELETE {ACCOUNTS}/{{id}}": main_only(main=204, foreign=404, of="doomed account"),
    f"POST {METRICS}": main_only(main=200, foreign=400, body={"email": "boss@example.com"}),
    f"GET {METRICS}": main_only(main=200, foreign=200),
    f"GET {METRICS}/{{id}}": main_only(main=200, foreign=404, of="metrics account"),
    f"PUT {METRICS}/{{id}}": main_only(
        main=200, foreign=404, of="metrics account", body={"planUts": 100}
    ),
    f"DELETE {METRICS}/{{id}}": main_only(main=200, foreign=404, of="metrics account"),
}
