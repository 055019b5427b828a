"""Pages that cannot exist without a rule: who may see them, checked before anything is done."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from keyfob import accounts
from keyfob.accounts import Operation
from keyfob.config import Config
from keyfob.db import milliseconds
from keyfob.edge import Open
from keyfob.errors import Conflict, Forbidden, KeyfobError
from keyfob.web import forms, problems
from keyfob.web.visit import Visit

Handler = Callable[[Visit], Awaitable[Response]]


class SignedIn(StrEnum):
    """The rule of a page for every member of an account, whatever their role."""

    SIGNED_IN = "signed-in"


class Number(IntegerConvertor):
    """An id in an address. Digits that no id has lead nowhere, however many they are."""

    regex = "[0-9]{1,100}"


register_url_convertor("number", Number())

Rule = Operation | Open | SignedIn

ACCOUNT: Final = "account"  # the field in which a form says for which account it was drawn


class Page(Route):
    """
    Checks where a POST comes from, who is there and what they may, before the handler runs.

    A form names the account it was drawn for: somebody who has entered another one since is
    told so instead of changing the wrong account, and gets a link to the page that has the form
    (`drawn_on`). `any_account` is for what concerns none.
    """

    def __init__(
        self,
        path: str,
        handler: Handler,
        *,
        rule: Rule,
        method: str = "GET",
        any_account: bool = False,
        drawn_on: str = "/",
    ) -> None:
        if not isinstance(rule, Operation | Open | SignedIn):  # pyright: ignore[reportUnnecessaryIsInstance] -- the point of this class, for callers without a type checker
            message = f"{path} has no rule: say which Operation it is, Open or SignedIn"
            raise TypeError(message)
        self.rule: Rule = rule
        self._handler = handler
        self._any_account = any_account
        self._drawn_on = drawn_on
        super().__init__(path, self._guarded, methods=[method], include_in_schema=False)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Somebody may stand on the address of a form: what it answered is a page there without a
        script. Asked for once more, the address leads to the page that has the form.
        """
        if self.methods == {"POST"} and scope["method"] == "GET":
            away = RedirectResponse(self._drawn_on, status_code=HTTPStatus.SEE_OTHER)
            await away(scope, receive, send)
        else:
            await super().handle(scope, receive, send)

    async def _guarded(self, request: Request) -> Response:
        visit = Visit(request)
        visit.began = milliseconds(visit.db.now())
        try:
            return await self._answer(visit)
        except KeyfobError as error:
            return await problems.page(visit, error, drawn_on=self._drawn_on)

    async def _answer(self, visit: Visit) -> Response:
        posted = visit.request.method == "POST"
        if posted:
            require_same_origin(visit.request, visit.config)
            visit.form = await forms.read(visit.request)
        visit.query = forms.parse(visit.request.scope["query_string"])
        if not isinstance(self.rule, Open):
            await visit.identify()
            if posted and not self._any_account:
                _require_same_account(visit)
            if isinstance(self.rule, Operation):
                accounts.authorize(visit.actor, self.rule)
            _ = visit.here
        return await self._handler(visit)


def require_same_origin(request: Request, config: Config) -> None:
    """
    Raise Forbidden for a POST that no page of ours sent.

    Browsers say `Sec-Fetch-Site` over https and to loopback. Where it is missing, `Origin` must
    be ours: that of the public address. Only where none is set it may be the host that the
    request names: anybody can choose a name that leads here.
    """
    sites = request.headers.getlist("sec-fetch-site")
    origins = request.headers.getlist("origin")
    if sites:
        same = sites == ["same-origin"]
    else:
        ours = {config.origin}
        if (host := request.headers.get("host")) and not config.public_url:
            ours.add(f"http://{host}")
        same = len(origins) == 1 and origins[0] in ours
    if not same:
        raise Forbidden(
            "This form was sent from another site, so nothing was done. Open the page here and "
            "try again.",
            code="console/CROSS_SITE",
        )


def _require_same_account(visit: Visit) -> None:
    if visit.form.get(ACCOUNT, "") != str(visit.account_id):
        raise Conflict(
            f"This page was opened for another account. You work in {visit.here.account.name} "
            "now, so nothing was changed.",
            code="console/OTHER_ACCOUNT",
        )
