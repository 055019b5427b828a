"""The one token among the headers of a request."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from keyfob.errors import Invalid, Unauthenticated
from keyfob_client.token_format import URI_PREFIX

Fields = Mapping[bytes, bytes]  # headers, names in lower case, each once

HEADER: Final = b"x-api-token"
FALLBACK: Final = b"x-user-token"  # Slack sends its token in both (contract 1.2)
AUTHORIZATION: Final = b"authorization"
BEARER: Final = "bearer "
_OTHERS: Final = frozenset({FALLBACK, AUTHORIZATION})

# The same words for a token that never was and for one that ended: a caller learns nothing.
REFUSED: Final = "Insufficient privileges"


def once_each(headers: Sequence[tuple[bytes, bytes]], strict: Collection[bytes] = ()) -> Fields:
    """
    Headers by name. One that came several times is joined with commas (RFC 9110, 5.3).

    Raise Invalid for one of `strict` that came several times: readers differ on which one counts.
    """
    fields = dict(headers)
    if len(fields) != len(headers):
        fields.clear()
        for name, value in headers:
            if name in fields and name in strict:
                raise Invalid("came twice", field=name.decode().title())
            fields[name] = fields[name] + b"," + value if name in fields else value
    return fields


def credential(fields: Fields) -> str:
    """
    The token of a request. The same in several headers is one.

    Raise Invalid for two different ones, and for a header that came twice; Unauthenticated when
    there is none.
    """
    alone = fields.get(HEADER, b"")
    if _OTHERS.isdisjoint(fields) and b"," not in alone and (text := _bare(HEADER, alone)):
        return text  # as nearly all send it: a third of the price
    tokens: list[str] = []
    for name in (HEADER, FALLBACK, AUTHORIZATION):
        value = fields.get(name)
        if value is not None:
            if b"," in value:  # it came twice, here or at a proxy
                text = name.decode()
                raise Invalid(
                    f"The header {text} came twice.", field=text, code="auth/TWO_CREDENTIALS"
                )
            token = _bare(name, value)
            if token:
                tokens.append(token)
    if not tokens:
        raise Unauthenticated(
            "An API token is required: send it in the header X-API-TOKEN.",
            code="auth/NO_CREDENTIAL",
        )
    if len(tokens) > 1 and len({token.removeprefix(URI_PREFIX) for token in tokens}) > 1:
        raise Invalid(
            "Two different tokens came with one request. Send one.",
            field=HEADER.decode(),
            code="auth/TWO_CREDENTIALS",
        )
    return tokens[0]


def _bare(name: bytes, value: bytes) -> str:
    text = value.decode("latin-1").strip()
    if name != AUTHORIZATION:
        return text
    return text[len(BEARER) :].strip() if text.lower().startswith(BEARER) else ""
