"""Who is calling: the one credential of a request, and the actor it stands for."""

from dataclasses import replace
from urllib.parse import quote

from starlette.requests import Request

from keyfob import verification
from keyfob.actors import Actor
from keyfob.credentials import REFUSED, credential, once_each
from keyfob.errors import Forbidden
from keyfob.verification import ACCEPTED, Lookup, Use


async def caller(request: Request) -> Actor:
    """
    Raise Unauthenticated without a credential, Invalid for more than one, Forbidden for a bad one.

    A token's own restrictions hold here too: its addresses, methods and paths.
    """
    presented = credential(once_each(request.scope["headers"]))
    lookup: Lookup = request.app.state.lookup
    origin = request.state.origin
    # Escaped again, for globs are read as a server behind reads them: escapes are undone once.
    use = Use(ip=origin.ip, method=request.method, path=quote(request.scope["path"]))
    verdict, token = await lookup.patiently(
        lambda reading: verification.authenticate(lookup, presented, use, reading)
    )
    if token is not None:
        request.app.state.usage.count(token, verdict, lookup.now(), origin.ip, origin.agent)
    if token is None or verdict is not ACCEPTED:
        raise Forbidden(REFUSED, code="auth/BAD_TOKEN")
    return replace(verification.actor_of(token, origin), of_request=True)
