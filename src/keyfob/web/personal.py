"""Settings, Personal: one's own name, password and sessions."""

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import accounts, users
from keyfob.errors import Invalid, TooManyAttempts
from keyfob.web.agents import short
from keyfob.web.problems import sentence
from keyfob.web.rendering import render
from keyfob.web.routing import Page, SignedIn
from keyfob.web.visit import Visit

PROFILE: Final = "/settings/profile"
SECURITY: Final = "/settings/security"
SESSIONS: Final = "/settings/sessions"


async def profile(visit: Visit) -> Response:
    return render(visit, "personal/profile.html", typed=visit.here.user.full_name, error="")


async def rename(visit: Visit) -> Response:
    user, typed = visit.here.user, visit.form.get("fullName", "")
    try:
        name = users.full_name(typed or " ", email=user.email)
        async with visit.db.transaction(visit.actor) as tx:
            await users.rename(tx, user, name, account_id=visit.account_id)
    except Invalid as error:
        return render(
            visit, "personal/profile.html", status=400, typed=typed, error=sentence(error)
        )
    return visit.leave(PROFILE, notice="profile-saved")  # the name is in the header, too


async def security(visit: Visit) -> Response:
    return render(visit, "personal/security.html", wrong={})


async def change_password(visit: Visit) -> Response:
    """Nothing that was typed comes back: passwords are in no page."""
    try:
        session_id = await accounts.change_password(
            visit.db, visit.here, visit.origin, current=visit.form.get("current", ""),
            new=visit.form.get("password", ""),
        )  # fmt: skip
    except (Invalid, TooManyAttempts) as error:
        limited = isinstance(error, TooManyAttempts)
        field = "current" if isinstance(error, TooManyAttempts) else error.field
        response = render(
            visit, "personal/security.html", status=429 if limited else 400,
            wrong={field: sentence(error)},
        )  # fmt: skip
        if isinstance(error, TooManyAttempts):
            response.headers["Retry-After"] = str(error.retry_after)
        return response
    return visit.sign_in(visit.go(SECURITY, notice="password-changed"), session_id)


async def sessions(visit: Visit) -> Response:
    now = visit.db.now()
    async with visit.db.reader() as conn:
        living = await users.living(conn, visit.here.user.id, now=now)
    return render(
        visit, "personal/sessions.html", sessions=living, this=visit.session, short=short, now=now
    )


async def end_sessions(visit: Visit) -> Response:
    """The one that the form names, or `all` others. This one ends by signing out."""
    assert visit.session is not None  # whoever is signed in has one
    async with visit.db.transaction(visit.actor) as tx:
        await users.end_other(tx, visit.session, visit.form.get("session", ""))
    return visit.go(SESSIONS, notice="sessions-ended")


_MEMBER: Final = SignedIn.SIGNED_IN

routes: list[BaseRoute] = [
    Page(PROFILE, profile, rule=_MEMBER),
    Page(PROFILE, rename, rule=_MEMBER, method="POST", any_account=True),
    Page(SECURITY, security, rule=_MEMBER),
    Page(SECURITY, change_password, rule=_MEMBER, method="POST", any_account=True),
    Page(SESSIONS, sessions, rule=_MEMBER),
    Page(SESSIONS, end_sessions, rule=_MEMBER, method="POST", any_account=True),
]
