"""Users and authentication groups."""

from rows.row import Row

USERS = "/v1/user-management"
GROUPS = "/v1/authentication/groups"

NEW = {"username": "new{new}@example.com", "fullName": "New", "role": "USER_ROLE_REGULAR"}
NOBODY = {"sibling": 404, "foreign": 404}


def recursive(main: int = 200, foreign: int = 404, of: str = "user") -> Row:
    return Row(main=main, sub=403, sibling=403, foreign=foreign, of=of)


ROWS = {
    f"POST {USERS}": Row(main=200, sub=200, sibling=200, foreign=200, body=NEW),
    f"GET {USERS}": Row(main=200, sub=200, sibling=200, foreign=200),
    f"GET {USERS}/recursive": recursive(foreign=200),
    f"GET {USERS}/{{id}}": Row(main=200, sub=200, of="user", **NOBODY),
    f"PUT {USERS}/{{id}}": Row(
        main=200, sub=200, of="user", body={"fullName": "Changed"}, **NOBODY
    ),
    f"DELETE {USERS}/{{id}}": Row(main=200, sub=200, sibling=401, foreign=401, of="user"),
    f"DELETE {USERS}/{{id}}/recursive": recursive(),
    f"POST {USERS}/suspend/{{id}}": Row(main=200, sub=200, of="user", **NOBODY),
    f"POST {USERS}/unsuspend/{{id}}": Row(main=200, sub=200, of="user", **NOBODY),
    f"PUT {USERS}/{{id}}/suspend/recursive": recursive(),
    f"PUT {USERS}/{{id}}/unsuspend/recursive": recursive(),
    f"GET {GROUPS}": Row(main=200, sub=200, sibling=200, foreign=200),
    f"POST {GROUPS}": Row(
        main=200, sub=200, sibling=200, foreign=200,
        body=[{"group": "ops", "userRole": "USER_ROLE_REGULAR"}],
    ),
}  # fmt: skip
