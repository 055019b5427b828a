"""The way in and out: first set-up, sign in, sign out."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import accounts, families, users
from keyfob.accounts import Plan, Role, SignedIn
from keyfob.actors import visitor
from keyfob.edge import Open
from keyfob.errors import Forbidden, Invalid, TooManyAttempts
from keyfob.problems import status_of
from keyfob.users import User
from keyfob.web.problems import mistakes, sentence
from keyfob.web.rendering import render
from keyfob.web.routing import Page
from keyfob.web.visit import Visit, local_path


async def show_setup(visit: Visit) -> Response:
    """The form, for whoever has the link; for others a word on where the link is."""
    link = visit.query.get("link", "")
    async with visit.db.reader() as conn:
        if not await accounts.is_empty(conn):
            return visit.go("/login")
        good = await accounts.setup_link_is_good(conn, link, now=visit.db.now())
    if not good:
        return render(visit, "setup_link.html", status=403 if link else 200, spent=bool(link))
    return render(visit, "setup.html", typed={"link": link}, wrong={})


async def set_up(visit: Visit) -> Response:
    """Make the main account and its first admin, both or neither, and sign the admin in."""
    try:
        await _require_good_link(visit)
        if wrong := _mistakes(visit.form):
            return render(visit, "setup.html", status=400, typed=visit.form, wrong=wrong)
        signed_in = await _found(visit)
    except Forbidden:
        return render(visit, "setup_link.html", status=403, spent=True)
    response = visit.go("/settings/manage-tokens/api", notice="welcome")
    return visit.sign_in(response, signed_in.session_id)


def _mistakes(form: Mapping[str, str]) -> dict[str, str]:
    email = form.get("email", "")
    return mistakes(
        lambda: accounts.account_name(form.get("accountName", "")),
        lambda: users.full_name(form.get("fullName", ""), email=email),
        lambda: users.email_address(email),
        lambda: users.check_password(form.get("password", ""), email=email),
    )


async def _found(visit: Visit) -> SignedIn:
    """Raise Forbidden for a link that was used up since."""
    form, db = visit.form, visit.db
    email = users.email_address(form.get("email", ""))
    password = await users.new_password(form.get("password", ""), email=email)
    async with db.transaction(visitor(visit.origin)) as tx:
        await accounts.redeem_setup_link(tx, form.get("link", ""))
        founder = replace(tx, actor=replace(tx.actor, responsible=email))
        account = await families.found(
            founder, visit.instance, name=form.get("accountName", ""), plan=Plan()
        )
        user = await accounts.add_member(
            tx,
            account,
            email=email,
            role=Role.ADMIN,
            full_name=form.get("fullName", ""),
            password=password,
        )
        seat = (await accounts.seats(tx.conn, user.id))[0]
    async with db.transaction(seat.actor(visit.origin)) as tx:
        return SignedIn(await users.start(tx, user, account_id=account.id), seat)


async def _require_good_link(visit: Visit) -> None:
    """Hashing a password costs much: nobody without a good link makes us do it."""
    link = visit.form.get("link", "")
    async with visit.db.reader() as conn:
        if not await accounts.setup_link_is_good(conn, link, now=visit.db.now()):
            raise Forbidden("This setup link is spent.", code="setup/LINK_IS_SPENT")


async def show_invitation(visit: Visit) -> Response:
    """The form, for whoever has the link; for others a word on how to get a new one."""
    link = visit.query.get("link", "")
    async with visit.db.reader() as conn:
        found = await users.invited(conn, link, now=visit.db.now())
        user = await users.by_id(conn, found.user_id) if found else None
    if user is None:
        return render(visit, "invitation_spent.html", status=403)
    return _invitation(visit, link, user, user.full_name)


def _invitation(
    visit: Visit, link: str, user: User, name: str, error: Invalid | TooManyAttempts | None = None
) -> Response:
    """The form; refused, it keeps the name, and never a password."""
    limited = isinstance(error, TooManyAttempts)
    response = render(
        visit, "invitation.html", status=status_of(error) if error else 200, link=link, user=user,
        name=name, wrong={error.field: sentence(error)} if isinstance(error, Invalid) else {},
        error=error.message if limited else "",
    )  # fmt: skip
    if limited:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


async def accept_invitation(visit: Visit) -> Response:
    """Hashing a password costs much: it takes a good link, and ten times are enough for one."""
    form, db = visit.form, visit.db
    link, name = form.get("link", ""), form.get("fullName", "")
    async with db.reader() as conn:
        found = await users.invited(conn, link, now=db.now())
        user = await users.by_id(conn, found.user_id) if found else None
    if user is None:
        return render(visit, "invitation_spent.html", status=403)
    try:
        full_name = users.full_name(name, email=user.email)
        password = await accounts.invited_password(
            db, visit.origin, link, email=user.email, text=form.get("password", "")
        )
    except (Invalid, TooManyAttempts) as error:
        return _invitation(visit, link, user, name, error)
    try:
        signed_in = await accounts.accept_invitation(
            db, visit.origin, link, password=password, full_name=full_name
        )
    except Forbidden:
        return render(visit, "invitation_spent.html", status=403)
    await visit.identify()
    await _end_session(visit)
    return visit.sign_in(visit.go("/", notice="joined"), signed_in.session_id)


async def show_sign_in(visit: Visit) -> Response:
    """Whoever is signed in already goes where they wanted to."""
    wanted = local_path(visit.query.get("next", "/"))
    await visit.identify()
    if visit.seat is not None:
        return visit.go(wanted)
    async with visit.db.reader() as conn:
        if await accounts.is_empty(conn):
            return visit.go("/setup")
    return render(visit, "sign_in.html", wanted=wanted, email="", error="")


async def sign_in(visit: Visit) -> Response:
    form = visit.form
    wanted = local_path(form.get("next", "/"))
    email = form.get("email", "")
    try:
        signed_in = await accounts.sign_in(
            visit.db, visit.origin, email=email, password=form.get("password", "")
        )
    except (Forbidden, TooManyAttempts) as error:
        limited = isinstance(error, TooManyAttempts)
        response = render(
            visit, "sign_in.html", status=429 if limited else 403, wanted=wanted, email=email,
            error=error.message,
        )  # fmt: skip
        if isinstance(error, TooManyAttempts):
            response.headers["Retry-After"] = str(error.retry_after)
        return response
    await visit.identify()
    await _end_session(visit)
    return visit.sign_in(visit.go(wanted), signed_in.session_id)


async def sign_out(visit: Visit) -> Response:
    """Whoever is so already reads the same."""
    await visit.identify()
    await _end_session(visit)
    return visit.sign_out(visit.go("/login", notice="signed-out"))


async def _end_session(visit: Visit) -> None:
    """The one that this browser has brought along; nobody else may go on in it."""
    if visit.session is not None:
        async with visit.db.transaction(visit.actor) as tx:
            await users.end(tx, visit.session)


routes: list[BaseRoute] = [
    Page("/setup", show_setup, rule=Open.OPEN),
    Page("/setup", set_up, rule=Open.OPEN, method="POST"),
    Page("/invitation", show_invitation, rule=Open.OPEN),
    Page("/invitation", accept_invitation, rule=Open.OPEN, method="POST"),
    Page("/login", show_sign_in, rule=Open.OPEN),
    Page("/login", sign_in, rule=Open.OPEN, method="POST"),
    Page("/logout", sign_out, rule=Open.OPEN, method="POST"),
]
