"""The one token among the headers of a request."""

from collections.abc import Iterable
from typing import Final

from keyfob.errors import Invalid, Unauthenticated
from keyfob_client.token_format import URI_PREFIX

HEADER: Final = "x-api-token"
FALLBACK: Final = "x-user-token"  # Slack sends its token in both (contract 1.2)
AUTHORIZATION: Final = "authorization"
BEARER: Final = "bearer "
NAMES: Final = {name.encode(): name for name in (HEADER, FALLBACK, AUTHORIZATION)}

# The same words for a token that never was and for one that ended: a caller learns nothing.
REFUSED: Final = "Insufficient privileges"


def credential(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """
    The token of a request whose headers, names in lower case, are these.

    The same in several headers is one. Raise Invalid for two different ones, and for one header
    that came twice; Unauthenticated when there is none.
    """
    given: dict[str, str] = {}
    twice: set[str] = set()
    for header, value in headers:
        name = NAMES.get(header)
        if name is not None:
            if name in given or b"," in value:  # a comma is how proxies join two
                twice.add(name)
            given[name] = _bare(name, value.decode("latin-1").strip())
    for name in NAMES.values() if twice else ():
        if name in twice:
            raise Invalid(f"The header {name} came twice.", field=name, code="auth/TWO_CREDENTIALS")
    tokens = [token for token in map(given.get, NAMES.values()) if token]
    if len(tokens) > 1 and len({token.removeprefix(URI_PREFIX) for token in tokens}) > 1:
        raise Invalid(
            "Two different tokens came with one request. Send one.",
            field=HEADER,
            code="auth/TWO_CREDENTIALS",
        )
    if not tokens:
        raise Unauthenticated(
            "An API token is required: send it in the header X-API-TOKEN.",
            code="auth/NO_CREDENTIAL",
        )
    return tokens[0]


def _bare(name: str, value: str) -> str:
    if name != AUTHORIZATION:
        return value
    return value[len(BEARER) :].strip() if value.lower().startswith(BEARER) else ""
