"""
Django: a middleware. `request.keyfob` is the answer about the request's token.

The setting KEYFOB is a dictionary, and so is what may be left out: `RULES`, `TRUSTED_PROXIES` and
`KINDS` as `keyfob_client.wsgi` has them; `SERVER` and `TOKEN`, else those of the environment.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from keyfob_client import _environ
from keyfob_client._door import Denied, Door, RuledDoor
from keyfob_client._rules import OPEN, Open, Rules
from keyfob_client.answers import Valid
from keyfob_client.client import Client

__all__ = ["OPEN", "KeyfobMiddleware", "Settings"]

NAMES: Final = frozenset({"SERVER", "TOKEN", "RULES", "TRUSTED_PROXIES", "KINDS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The setting KEYFOB. Raise ImproperlyConfigured for a name that it does not have."""

    server: str
    token: str = field(repr=False)
    trusted_proxies: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def read(cls) -> Self:
        given = _given()
        return cls(
            server=given.get("SERVER", os.environ.get("KEYFOB_SERVER", "")),
            token=given.get("TOKEN", os.environ.get("KEYFOB_TOKEN", "")),
            trusted_proxies=tuple(given.get("TRUSTED_PROXIES", ())),
            kinds=tuple(given.get("KINDS", ("api",))),
        )

    @property
    def door(self) -> Door:
        return Door(trusted_proxies=self.trusted_proxies, kinds=self.kinds)


class KeyfobMiddleware:
    """Nobody passes without a token that Keyfob says is good; `request.keyfob` is None for OPEN."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._next = get_response
        given = Settings.read()
        rules = cast("Rules", _given().get("RULES", ()))
        self._door = RuledDoor(rules, given.door)
        self._client = Client(server=given.server, token=given.token)
        self._is_async = iscoroutinefunction(get_response)  # pyright: ignore[reportDeprecated] -- Python 3.11 has no other that sees Django's marks
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._later(request)
        refusal = self._refusal(request)
        return self._next(request) if refusal is None else refusal

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        """In a thread: Django has no end at which a pool of its event loop could be closed."""
        refusal = await asyncio.to_thread(self._refusal, request)
        return await self._next(request) if refusal is None else refusal

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        """None for who may pass: the request knows then whose it is."""
        arrival = _environ.arrival(request.META, path=request.path)
        said = self._client.play(self._door.admit(arrival, patience=self._client.patience))
        match said:
            case Denied() as denied:
                return HttpResponse(denied.json, status=denied.status, headers=denied.headers)
            case Valid() | Open.OPEN:
                answer = said if isinstance(said, Valid) else None
                setattr(request, "keyfob", answer)  # noqa: B010 -- a view's way to be told, unknown to types
                return None


def _given() -> dict[str, Any]:
    given = cast("dict[str, Any]", getattr(settings, "KEYFOB", {}))
    for name in given:
        if name not in NAMES:
            known = ", ".join(sorted(NAMES))
            raise ImproperlyConfigured(f"KEYFOB has no {name!r}, but {known}")
    return given
