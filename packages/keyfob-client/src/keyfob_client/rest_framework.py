"""Django REST framework: a token is a way to authenticate; a view's `required_scopes` are asked."""

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Literal

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from keyfob_client import _environ
from keyfob_client._door import Denied, Door
from keyfob_client._rules import scopes_of
from keyfob_client.answers import Valid
from keyfob_client.client import Client
from keyfob_client.django import Settings

__all__ = ["KeyfobAuthentication", "Refusal", "TokenUser"]


class Refusal(APIException):
    """400, 401, 403, 429 or 503 in the shape of Keyfob's errors."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.message)
        self.status_code = denied.status
        self.detail = denied.body
        self.wait = denied.retry_after
        self.auth_header = denied.headers.get("WWW-Authenticate")


@dataclass(frozen=True, slots=True)
class TokenUser:
    """Who is calling, as `request.user`: a token, which speaks for its account."""

    valid: Valid

    is_authenticated: Literal[True] = True
    is_active: Literal[True] = True
    is_anonymous: Literal[False] = False

    @property
    def pk(self) -> int:
        return self.valid.token_id

    def __str__(self) -> str:
        return self.valid.token_name


class KeyfobAuthentication(BaseAuthentication):
    """
    `request.user` is a TokenUser, `request.auth` the `Valid` answer.

    The setting KEYFOB says whom it asks, see `keyfob_client.django`. A request without a token is
    left to the other classes and to the view's permissions, unless the view has required_scopes.
    """

    def authenticate(self, request: Request) -> tuple[Any, Valid] | None:
        view = request.parser_context["view"]
        scopes = scopes_of(getattr(view, "required_scopes", ()))
        client, door = _guard(Settings.read())
        arrival = _environ.arrival(request.META, path=request.path)
        match client.play(door.admit(arrival, scopes, patience=client.patience)):
            case Valid() as valid:
                return TokenUser(valid), valid
            case Denied(status=HTTPStatus.UNAUTHORIZED) if not scopes:
                return None
            case Denied() as denied:
                raise Refusal(denied)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 -- REST framework's signature
        return "Bearer"


@lru_cache(maxsize=8)
def _guard(given: Settings) -> tuple[Client, Door]:
    """One pool of connections for all requests: REST framework makes a new object for each."""
    return Client(server=given.server, token=given.token), given.door
