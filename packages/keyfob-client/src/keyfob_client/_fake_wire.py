"""What the fake reads and writes: the real server's JSON, and its words for what is wrong."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from ipaddress import ip_address
from typing import Any, Final, cast

from keyfob_client._door import Denied
from keyfob_client._flow import Question
from keyfob_client._scopes import is_scope
from keyfob_client.answers import SHARED, Answer, Refused

Check = Callable[[str, object], Iterator[tuple[str, str]]]

MOST_SCOPES: Final = 50
MOST_COST: Final = 1_000_000
LONGEST: Final = {"token": 1000, "path": 4096}  # characters
FIELDS: Final = ("token", "scopes", "clientIp", "method", "path", "cost")
SCOPE: Final = (
    "must be words of a-z, 0-9, '.', '_' and '-' joined by ':', like logs:search, "
    "and may end in '*'"
)

UNKNOWN: Final = "is not a field of this operation"

_METHOD: Final = re.compile(r"[A-Za-z-]{1,20}", re.ASCII)


class Rejected(Exception):
    """What comes back in place of an answer."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.message)
        self.denied: Final = denied


def parsed(content: bytes) -> object:
    if not content:
        raise invalid("body", "is required")
    try:
        return json.loads(content)
    except ValueError:
        raise invalid("body", "is not JSON", code="request/NOT_JSON") from None


def fields_of(body: object) -> dict[str, Any]:
    if isinstance(body, dict):
        return cast("dict[str, Any]", body)
    raise invalid("body", "must be an object")


def question(body: object) -> Question:
    """Raise Rejected as the real server would."""
    given = fields_of(body)
    _refuse([*_of_wrong_type(given), *((name, UNKNOWN) for name in given if name not in FIELDS)])
    asked = Question(
        token=given["token"],
        scopes=tuple(given.get("scopes", ())),
        client_ip=given.get("clientIp", ""),
        method=given.get("method", ""),
        path=given.get("path", ""),
        cost=given.get("cost", 1),
    )
    _refuse(_breaking_a_rule(asked))
    return asked


def questions(body: object, *, most: int) -> list[Question]:
    items: object = fields_of(body).get("items")
    if not isinstance(items, list):
        raise invalid("items", "is required" if items is None else "must be a list")
    several = cast("list[object]", items)
    if len(several) > most:
        raise invalid("items", f"may be at most {most}")
    return [question(each) for each in several]


def answer(said: Answer) -> dict[str, Any]:
    if isinstance(said, Refused):
        return {"valid": False, "code": said.code}
    body: dict[str, Any] = {
        "valid": True,
        "tokenId": said.token_id,
        "tokenName": said.token_name,
        "accountId": said.account_id,
        "accountName": said.account_name,
        "accountType": said.account_type,
        "mainAccountId": said.main_account_id,
        "kind": said.kind,
        "scopes": [*said.scopes],
        "expiresAt": None if said.expires_at is None else int(said.expires_at.timestamp()),
        "tags": [*said.tags],
    }
    if said.kind == SHARED:
        body["filters"] = [asdict(each) for each in said.filters]
        body["filtersOperator"] = said.filters_operator
    return body


def invalid(
    field: str, message: str, *, code: str = "request/INVALID", others: tuple[str, ...] = ()
) -> Rejected:
    parameters = {"field": field} | ({"others": [*others]} if others else {})
    return Rejected(
        Denied(status=400, code=code, message=f"{field} {message}", parameters=parameters)
    )


def _refuse(found: list[tuple[str, str]]) -> None:
    """Name the first field that is wrong, and list the others."""
    if found:
        field, message = found[0]
        raise invalid(field, message, others=tuple(name for name, _ in found[1:]))


def _of_wrong_type(given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if "token" not in given:
        yield "token", "is required"
    for name in FIELDS:
        if name in given:
            yield from CHECKS.get(name, _text)(name, given[name])


def _text(name: str, value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str):
        yield name, "must be text"
    elif name in LONGEST and len(value) > LONGEST[name]:
        yield name, f"must be at most {LONGEST[name]} characters long"


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield name, "must be a list"
        return
    for index, each in enumerate(cast("list[object]", value)):
        yield from _text(f"{name}.{index}", each)


def _cost(name: str, value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield name, "must be a whole number"
    elif value < 0:
        yield name, "must be at least 0"
    elif value > MOST_COST:
        yield name, f"must be at most {MOST_COST}"


CHECKS: Final[Mapping[str, Check]] = {"scopes": _texts, "cost": _cost}


def _breaking_a_rule(asked: Question) -> list[tuple[str, str]]:
    """The first one only, as the real server."""
    if asked.client_ip and not _is_address(asked.client_ip):
        return [("clientIp", "must be an IP address")]
    if asked.method and not _METHOD.fullmatch(asked.method):
        return [("method", "must be an HTTP method like GET")]
    if asked.path and not asked.path.startswith("/"):
        return [("path", "must begin with '/'")]
    if len(set(asked.scopes)) > MOST_SCOPES:
        return [("scopes", f"may have at most {MOST_SCOPES} scopes")]
    if not all(is_scope(each) for each in asked.scopes):
        return [("scopes", SCOPE)]
    return []


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
