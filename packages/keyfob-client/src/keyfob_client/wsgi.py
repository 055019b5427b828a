"""Middleware for any WSGI application: nobody passes without a token that Keyfob says is good."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from keyfob_client import _environ
from keyfob_client._door import Denied, Door, RuledDoor
from keyfob_client._rules import OPEN, Open, Rules
from keyfob_client.answers import Valid
from keyfob_client.client import Client

__all__ = ["OPEN", "KeyfobMiddleware"]

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class KeyfobMiddleware:
    """
    The application finds the `Valid` answer in `environ["keyfob"]`; None where the rule is OPEN.

    `rules` says which scopes a request needs: the same for all (one text, or several); or by
    path, `{"/": "read", "/admin": "admin", "/healthz": OPEN}`, where the longest beginning counts
    and a path under none is refused; or a function of method and path. `trusted_proxies` are the
    networks (CIDR) whose `X-Forwarded-For` is believed. `kinds` of tokens other than these are
    refused: data-shipping and shared tokens are no proof of who is calling. `client` is made from
    KEYFOB_SERVER and KEYFOB_TOKEN when left out.
    """

    def __init__(
        self,
        app: App,
        *,
        rules: Rules = (),
        trusted_proxies: Iterable[str] = (),
        kinds: Iterable[str] = ("api",),
        client: Client | None = None,
    ) -> None:
        self._app = app
        self._door = RuledDoor(rules, Door(trusted_proxies=trusted_proxies, kinds=kinds))
        self._client = client or Client()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        arrival = _environ.arrival(environ, path=_environ.path_of(environ))
        flow = self._door.admit(arrival, patience=self._client.patience)
        match self._client.play(flow):
            case Denied() as denied:
                status = HTTPStatus(denied.status)
                start_response(f"{status.value} {status.phrase}", [*denied.headers.items()])
                return [denied.json]
            case Valid() as valid:
                environ["keyfob"] = valid
            case Open.OPEN:
                environ["keyfob"] = None
        return self._app(environ, start_response)
