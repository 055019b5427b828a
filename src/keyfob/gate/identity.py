"""Whose a token is and what it may do, as JSON and as headers: prepared once, said often."""

import json
from typing import Any, Final
from urllib.parse import quote

from keyfob.tokens import FiltersOperator, KnownAccount, KnownToken, TokenKind
from keyfob.tokens.known import NEVER
from keyfob.verification import Reason, Verdict

# Of a header's value: what is not in here is percent-encoded, "%" itself included (RFC 3986).
_PLAIN: Final = " !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"

_NOT_VALID: Final[dict[Verdict, bytes]] = {
    reason: json.dumps({"valid": False, "code": reason}, separators=(",", ":")).encode()
    for reason in Reason
}


def valid(token: KnownToken) -> bytes:
    """The answer of verify, kept with the token."""
    if token.answer is None:
        token.answer = valid_json(token)
    return token.answer


def valid_json(token: KnownToken) -> bytes:
    return _json(_fields(token))


def not_valid(verdict: Verdict) -> bytes:
    """Raise KeyError for an acceptance: that has another answer."""
    return _NOT_VALID[verdict]


def headers(token: KnownToken) -> bytes:
    """The headers of `/auth`, lines and all, kept with the token."""
    if token.headers is None:
        account = token.account
        token.headers = _lines(
            ("x-keyfob-account-id", str(account.id)),
            ("x-keyfob-account-name", quote(account.name, safe=_PLAIN)),
            ("x-keyfob-account-type", place(account)),
            ("x-keyfob-main-account-id", str(account.main_id)),
            ("x-keyfob-token-id", str(token.id)),
            ("x-keyfob-scopes", " ".join(token.scopes)),
            ("cache-control", "no-store"),
            ("content-length", "0"),
        )
    return token.headers


def place(account: KnownAccount) -> str:
    return "MAIN" if account.is_main else "SUB"


def _fields(token: KnownToken) -> dict[str, Any]:
    account = token.account
    fields: dict[str, Any] = {
        "valid": True,
        "tokenId": token.id,
        "tokenName": token.name,
        "accountId": account.id,
        "accountName": account.name,
        "accountType": place(account),
        "mainAccountId": account.main_id,
        "kind": token.kind,
        "scopes": token.scopes,
        "expiresAt": None if token.expires_at == NEVER else token.expires_at // 1000,
        "tags": token.tags,
    }
    if token.kind is TokenKind.SHARED:
        fields["filters"] = [
            {"id": it.id, "field": it.field, "value": it.value, "description": it.description}
            for it in token.filters
        ]
        fields["filtersOperator"] = token.filters_operator or FiltersOperator.OR
    return fields


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _lines(*lines: tuple[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in lines).encode("ascii")
