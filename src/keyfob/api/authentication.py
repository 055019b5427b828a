"""Who is calling: the one credential of a request, and the actor it stands for."""

from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request

from keyfob import verification
from keyfob.actors import Actor
from keyfob.errors import Forbidden, Invalid, Unauthenticated
from keyfob.verification import ACCEPTED, Lookup, Use
from keyfob_client.token_format import URI_PREFIX

HEADER: Final = "x-api-token"
FALLBACK: Final = "x-user-token"  # Slack sends its token in both (contract 1.2)
BEARER: Final = "bearer "

# The same words for a token that never was and for one that ended: a caller learns nothing.
REFUSED: Final = "Insufficient privileges"


async def caller(request: Request) -> Actor:
    """
    Raise Unauthenticated without a credential, Invalid for more than one, Forbidden for a bad one.

    A token's own restrictions hold here too: its addresses, methods and paths.
    """
    presented = credential(request.headers)
    lookup: Lookup = request.app.state.lookup
    origin = request.state.origin
    # Escaped again, for globs are read as a server behind reads them: escapes are undone once.
    use = Use(ip=origin.ip, method=request.method, path=quote(request.scope["path"]))
    verdict, token = await lookup.patiently(
        lambda reading: verification.authenticate(lookup, presented, use, reading)
    )
    if token is not None:
        request.app.state.usage.count(token, verdict, lookup.now())
    if token is None or verdict is not ACCEPTED:
        raise Forbidden(REFUSED, code="auth/BAD_TOKEN")
    return verification.actor_of(token, origin)


def credential(headers: Headers) -> str:
    """The one token in the headers; the same in several of them is one, a header twice is not."""
    given: list[str] = []
    for name in (HEADER, FALLBACK, "authorization"):
        values = headers.getlist(name)
        if len(values) > 1 or any("," in value for value in values):  # how proxies join two
            raise Invalid(f"The header {name} came twice.", field=name, code="auth/TWO_CREDENTIALS")
        given += [_bare(name, value.strip()) for value in values]
    given = [token for token in given if token]
    if len({token.removeprefix(URI_PREFIX) for token in given}) > 1:
        raise Invalid(
            "Two different tokens came with one request. Send one.",
            field=HEADER,
            code="auth/TWO_CREDENTIALS",
        )
    if not given:
        raise Unauthenticated(
            "An API token is required: send it in the header X-API-TOKEN.",
            code="auth/NO_CREDENTIAL",
        )
    return given[0]


def _bare(name: str, value: str) -> str:
    if name != "authorization":
        return value
    return value[len(BEARER) :].strip() if value.lower().startswith(BEARER) else ""
