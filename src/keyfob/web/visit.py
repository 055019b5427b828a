"""One request to the console: who is visiting, for which account, and what they sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from keyfob import accounts, users
from keyfob.accounts import AccountId, Seat
from keyfob.actors import Actor, Origin
from keyfob.config import Config
from keyfob.db import Database
from keyfob.errors import Unauthenticated
from keyfob.keys import Instance
from keyfob.users import Session, SessionId

LIVE: Final = "/live"
FRESHENS: Final = "x-keyfob-freshens"  # the script marks what it asks for by itself
NOTICE: Final = "keyfob_notice"
NOTICE_SECONDS: Final = 30


@dataclass(slots=True)
class Visit:
    """
    `seat` is None until `identify` has found a living session; `seats` are all they have. `began`
    is in milliseconds since 1970: what the page shows is at least as new.
    """

    request: Request
    form: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    session: Session | None = None
    seat: Seat | None = None
    seats: Sequence[Seat] = ()
    began: int = 0

    @property
    def config(self) -> Config:
        return self.request.app.state.config

    @property
    def db(self) -> Database:
        return self.request.app.state.db

    @property
    def instance(self) -> Instance:
        return self.request.app.state.instance

    @property
    def origin(self) -> Origin:
        return self.request.state.origin

    @property
    def is_partial(self) -> bool:
        """Whether htmx asked: it will put a part of the answer into the page that is there."""
        return "hx-request" in self.request.headers

    @property
    def asks_by_itself(self) -> bool:
        """An open page asks for news without anybody being there: that keeps no session alive."""
        return self.request.url.path == LIVE or FRESHENS in self.request.headers

    @property
    def wants_body(self) -> bool:
        """HEAD does not: what is long or goes on record is not made for it."""
        return self.request.state.wants_body

    @property
    def here(self) -> Seat:
        """Raise Unauthenticated when nobody is signed in."""
        if self.seat is None:
            raise Unauthenticated("Sign in first.", code="auth/NOT_SIGNED_IN")
        return self.seat

    @property
    def actor(self) -> Actor:
        return replace(self.here.actor(self.origin), of_request=True)

    @property
    def account_id(self) -> AccountId:
        return self.here.account.id

    async def identify(self) -> None:
        """
        Find the session behind the cookie, and the seat it acts from.

        Somebody who has lost the account they were in goes on in the first that is left to
        them; the forms they still have open are refused, because those name the other account.
        """
        session_id = self.request.cookies.get(session_cookie(self.config), "")
        if not session_id:
            return
        now = self.db.now()
        async with self.db.reader() as conn:
            session = await users.resume(conn, session_id, now=now)
            self.seats = await accounts.seats(conn, session.user_id) if session else []
        if session is None or not self.seats:
            return
        self.session = session
        at = [seat for seat in self.seats if seat.account.id == session.account_id]
        self.seat = at[0] if at else accounts.first_seat(self.seats)
        is_old = now - session.seen_at >= users.SEEN_EVERY
        if not at or (is_old and not self.asks_by_itself):
            async with self.db.transaction(self.actor) as tx:
                await users.touch(tx, session)
                if not at:
                    await users.enter(tx, session, account_id=self.account_id)

    async def is_still_here(self) -> bool:
        """Whether the session lives on and acts for the same account; for what takes long."""
        session_id = self.request.cookies.get(session_cookie(self.config), "")
        async with self.db.reader() as conn:
            session = await users.resume(conn, session_id, now=self.db.now())
            if session is None or session.account_id != self.account_id:
                return False
            return await accounts.seat(conn, session.user_id, self.account_id) is not None

    def go(self, path: str, *, notice: str = "") -> Response:
        """
        See other; the page there says `notice` once (a key of `rendering.NOTICES`), and to the
        script which request it was about: a browser that is sent on tells it the last one only.
        """
        response = RedirectResponse(path, status_code=303)
        if notice:
            told = f"{notice}.{self.origin.request_id}"
            response.set_cookie(
                NOTICE, told, max_age=NOTICE_SECONDS, httponly=True, samesite="strict",
                secure=self.config.is_https,
            )  # fmt: skip
        return response

    def leave(self, path: str, *, notice: str = "", status: int = 200) -> Response:
        """As `go`, to a page that comes whole: what is around the content may be another, too."""
        response = self.go(path, notice=notice)
        if self.is_partial:
            response.status_code = status
            response.headers["HX-Redirect"] = response.headers["Location"]
            del response.headers["Location"]
        return response

    def sign_in(self, response: Response, session_id: SessionId) -> Response:
        response.set_cookie(
            session_cookie(self.config), session_id, httponly=True, samesite="strict",
            secure=self.config.is_https, path="/",
        )  # fmt: skip
        return response

    def sign_out(self, response: Response) -> Response:
        response.delete_cookie(
            session_cookie(self.config), httponly=True, samesite="strict",
            secure=self.config.is_https, path="/",
        )  # fmt: skip
        return response


def session_cookie(config: Config) -> str:
    """`__Host-` binds the cookie to this host alone; browsers take that name over https only."""
    return "__Host-keyfob_session" if config.is_https else "keyfob_session"


def local_path(text: str) -> str:
    """Where to go on this server, or `/` for anything that could lead elsewhere."""
    readable = text.isascii() and text.isprintable() and "\\" not in text
    return text if readable and text.startswith("/") and not text.startswith("//") else "/"
