"""Flask: a view with `@requires("logs:search")` runs for good tokens only; see `g.keyfob`."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Final, ParamSpec

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from keyfob_client import _environ
from keyfob_client._door import Denied, Door
from keyfob_client._rules import scopes_of
from keyfob_client.answers import Valid
from keyfob_client.client import Client

__all__ = ["Keyfob", "requires"]

P = ParamSpec("P")
NAME: Final = "keyfob"


class Keyfob:
    """
    The extension: which Keyfob an application asks, which networks (CIDR) it believes
    `X-Forwarded-For` of, and which kinds of tokens may pass at all.

    An application without it asks the Keyfob of KEYFOB_SERVER and KEYFOB_TOKEN.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        client: Client | None = None,
        trusted_proxies: Iterable[str] = (),
        kinds: Iterable[str] = ("api",),
    ) -> None:
        self._client = client or Client()
        self._door = Door(trusted_proxies=trusted_proxies, kinds=kinds)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        app.extensions[NAME] = self

    def admit(self, scopes: tuple[str, ...]) -> Valid | Denied:
        """Whether the current request may pass."""
        arrival = _environ.arrival(request.environ, path=_environ.path_of(request.environ))
        return self._client.play(self._door.admit(arrival, scopes, patience=self._client.patience))


def requires(
    *scopes: str,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Write it below `@app.get(…)`. A view may be `async`."""
    needed = scopes_of(scopes)

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            match _extension(current_app).admit(needed):
                case Valid() as valid:
                    g.keyfob = valid
                    plain: Callable[P, ResponseReturnValue] = current_app.ensure_sync(view)
                    return plain(*args, **kwargs)
                case Denied() as denied:
                    return Response(denied.json, denied.status, denied.headers)

        return guarded

    return decorate


def _extension(app: Flask) -> Keyfob:
    if NAME not in app.extensions:
        Keyfob(app)
    extension: Keyfob = app.extensions[NAME]
    return extension
