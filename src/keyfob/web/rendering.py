"""Templates in, answers out: with the headers that every page carries."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from keyfob import audit
from keyfob.db import milliseconds
from keyfob.web import assets
from keyfob.web.tree import tree
from keyfob.web.visit import NOTICE, Visit

THEME: Final = "keyfob_theme"
THEMES: Final = ("system", "light", "dark")

# What a page says once after a redirect. The cookie has the key only: nobody can put words here.
_OF_TOKENS: Final = {"api": "API token", "ship": "Log shipping token", "share": "Shared token"}
_DONE: Final = ("deleted", "renamed", "enabled", "disabled", "changed")
_DONE_TO_MANY: Final = {
    "deleted": "deleted", "enable": "enabled", "disable": "disabled", "tag": "tagged",
    "untag": "are without that tag",
}  # fmt: skip
DONE_BY: Final = "X-Keyfob-Done-By"  # the request whose notice this is, for the script
NOTICES: Final[Mapping[str, str]] = {
    **{f"{kind}-{done}": f"{noun} {done}" for kind, noun in _OF_TOKENS.items() for done in _DONE},
    **{
        f"{kind}-many-{do}": f"{noun}s {done}"
        for kind, noun in _OF_TOKENS.items()
        for do, done in _DONE_TO_MANY.items()
    },
    "filter-created": "Filter added",
    "filter-deleted": "Filter deleted",
    "requested": "Your request is with the admins",
    "withdrawn": "Request withdrawn",
    "decided": "That request was decided already; the audit trail says by whom",
    "approved": "Approved: the token waits for whoever asked",
    "declined": "Request declined",
    "account-created": "Account created",
    "account-saved": "Account saved",
    "account-removed": "Account removed",
    "user-saved": "User saved",
    "user-suspended": "User suspended",
    "user-unsuspended": "User is back",
    "user-removed": "User removed",
    "user-needed": "Done, but for the accounts that need them: as last admin or last user",
    "groups-saved": "Groups saved",
    "profile-saved": "Your name is saved",
    "password-changed": "Password changed; you are signed out everywhere else",
    "sessions-ended": "Signed out there",
    "joined": "Welcome: you have chosen your password",
    "entered": "You work in {account} now",
    "signed-out": "You are signed out",
    "session-over": "Your session is over. Sign in to go on.",
    "not-done": "You had been signed out, so nothing was done. Sign in to do it again.",
    "not-saved": "It has been deleted meanwhile, so nothing was saved",
    "welcome": "Your account is ready",
}
NOT_DONE: Final = frozenset({"decided", "not-done", "not-saved"})


_OF_A_THING: Final = re.compile(r"/[0-9].*")
_INDENTATION: Final = re.compile(r"^[ \t]+", re.MULTILINE)


def when(at: datetime) -> str:
    """As the pages write a moment where no script says it in the viewer's own zone."""
    return f"{at:%a, %b} {at.day}, {at:%Y} {at.hour % 12 or 12}:{at:%M %p} UTC"


def utc(at: datetime) -> str:
    """As programs read it (RFC 3339)."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in one unit."""
    seconds = max(0, int((now - at).total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := seconds // size:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def day(at: datetime) -> str:
    """A day of UTC, as the columns of a picture are called."""
    return f"{at:%a, %b} {at.day}"


def event_title(action: str) -> str:
    """What the audit trail's word is called."""
    return audit.event(action).title


def until(at: datetime, now: datetime) -> str:
    """
    In how long, in one unit: what has just been set to 7 days is in 7 days, not in 6. What is over
    is told by `ago`.
    """
    if at <= now:
        return ago(at, now)
    if at - now < timedelta(minutes=1):
        return "within a minute"
    left = (at - now).total_seconds()
    finer = next(size for size, above in ((3600, 86_400), (60, 3600), (1, 0)) if left >= above)
    rounded = timedelta(seconds=round(left / finer) * finer)
    return "in " + ago(now, now + rounded).removesuffix(" ago")


def listed(path: str) -> str:
    """The list that a thing's page belongs to: another account has other things."""
    return _OF_A_THING.sub("", path)


class Templates(FileSystemLoader):
    """
    What is indented is so for us: it does not go out with each row of each page. Lines stay, so
    that an error names the right one.
    """

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        return _INDENTATION.sub("", source), path, is_current


def _environment() -> Environment:
    environment = Environment(
        loader=Templates(Path(__file__).parent / "templates"),
        auto_reload=False,  # else each part of a page asks the disk whether it is new: 77 times
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    ours: dict[str, Any] = {
        "when": when, "utc": utc, "ago": ago, "until": until, "day": day,
        "event_title": event_title, "milliseconds": milliseconds, "listed": listed,
    }  # fmt: skip
    environment.filters.update(ours)
    names: dict[str, Any] = {
        "asset": assets.address, "symbol": assets.symbol, "settings_tree": tree,
    }  # fmt: skip
    environment.globals.update(names)
    return environment


_TEMPLATES: Final = _environment()


def render(visit: Visit, template: str, *, status: int = 200, **context: Any) -> Response:
    """
    A page. `toast` is what it says at the bottom right; a notice of a redirect goes there. A toast
    of a refusal is about it, a notice about what was done before. When htmx puts a part of the page
    into the one that is there, `with_header` renews its header too.
    """
    nonce = token_urlsafe(16)
    cookies = visit.request.cookies
    theme = cookies.get(THEME, "")
    account = visit.seat.account.name if visit.seat else "another account"
    told = "" if visit.asks_by_itself else cookies.get(NOTICE, "")  # whoever did it is told of it
    left, _, done_by = told.partition(".")
    notice = NOTICES.get(left, "").replace("{account}", account)
    is_refused = status >= HTTPStatus.BAD_REQUEST
    common: dict[str, Any] = {
        "visit": visit,
        "seat": visit.seat,
        "path": visit.request.scope["path"],
        "nonce": nonce,
        "theme": theme if theme in THEMES else THEMES[0],
        "toast": notice,
        "is_toast_wrong": is_refused if "toast" in context else left in NOT_DONE,
        "with_header": False,
    }
    html = _TEMPLATES.get_template(template).render(common | context)
    response = HTMLResponse(html, status_code=status, headers=headers(nonce))
    if notice:
        response.delete_cookie(NOTICE, httponly=True, samesite="strict")
        response.headers[DONE_BY] = done_by
    if is_refused and visit.is_partial and visit.request.method == "POST":
        response.headers["HX-Push-Url"] = "false"  # refused: the page is where it was
    return response


def headers(nonce: str) -> dict[str, str]:
    """
    Nothing but our own files, and no script without the nonce.

    `strict-origin` rather than `no-referrer`: with the latter browsers send `Origin: null`
    along with our own forms.
    """
    policy = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "default",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Referrer-Policy": "strict-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cache-Control": "no-store",
    }
