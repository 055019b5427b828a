"""Manage users, Users: who works in the account, and as what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from keyfob import accounts, users, wording
from keyfob.accounts import AccountId, Operation, Role
from keyfob.accounts.members import Membership
from keyfob.db import Connection
from keyfob.errors import Conflict, Invalid
from keyfob.problems import status_of
from keyfob.users import UserId
from keyfob.web import forms
from keyfob.web.problems import mistakes, sentence
from keyfob.web.rendering import render
from keyfob.web.routing import Page
from keyfob.web.visit import Visit
from keyfob.wording import same

HERE: Final = "/settings/manage-users"
SEARCHED_FROM: Final = 10  # members: fewer are seen at a glance
ROWS: Final = 50  # on a page
_EVERYWHERE: Final = "everywhere"  # the box that says: in the sub accounts as well
STATES: Final = ("active", "invited", "suspended")


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation that goes out in this one answer, and the mail that would carry it."""

    email: str
    address: str
    mail: str


@dataclass(frozen=True, slots=True)
class Part:
    """A page of those who match; `first` counts from 1."""

    members: Sequence[Membership]
    first: int
    total: int
    narrowed: Mapping[str, str]

    @classmethod
    def of(cls, found: Sequence[Membership], query: Mapping[str, str]) -> Self:
        """The page that the query names; the last one when there are fewer by now."""
        wanted = forms.number(query.get("page", "1")) or 1
        start = min(wanted - 1, max(0, len(found) - 1) // ROWS) * ROWS
        narrowed = {name: query[name] for name in ("q", "role", "state") if query.get(name)}
        return cls(found[start : start + ROWS], start + 1, len(found), narrowed)

    @property
    def last(self) -> int:
        return self.first + len(self.members) - 1

    @property
    def previous(self) -> str:
        """Its address; empty on the first page."""
        return self._at(self.first // ROWS) if self.first > 1 else ""

    @property
    def following(self) -> str:
        """Its address; empty on the last page."""
        return self._at(self.first // ROWS + 2) if self.last < self.total else ""

    def _at(self, number: int) -> str:
        return f"{HERE}?{urlencode({**self.narrowed, 'page': number})}"


def state_of(member: Membership) -> str:
    if not member.active:
        return "suspended"
    return "active" if member.has_password else "invited"


async def show(visit: Visit) -> Response:
    return await _page(visit, new={} if "new" in visit.query else None)


async def _page(visit: Visit, *, status: int = 200, **opened: Any) -> Response:
    """`opened` is what is open: `new` (typed), `wrong` (field, sentence), `link`, `joined`."""
    query = visit.query
    async with visit.db.reader() as conn:
        everybody = await accounts.members.of_account(conn, visit.actor)
        accessible = await accounts.is_accessible(conn, visit.account_id)
    common: dict[str, Any] = {"new": None, "wrong": {}, "link": None, "joined": None}
    return render(
        visit, "users/page.html", status=status, part=Part.of(_matching(everybody, query), query),
        total=len(everybody), searched=len(everybody) > SEARCHED_FROM, states=STATES,
        chosen={name: query.get(name, "") for name in ("q", "role", "state")}, roles=[*Role],
        state_of=state_of, accessible=accessible, **{**common, **opened},
    )  # fmt: skip


def _matching(everybody: Sequence[Membership], query: Mapping[str, str]) -> Sequence[Membership]:
    key, role, state = (query.get(name, "") for name in ("q", "role", "state"))
    return [
        member
        for member in everybody
        if same(key.strip()) in same(f"{member.full_name} {member.email}")
        and role in {"", member.role}
        and state in {"", state_of(member)}
    ]


async def add(visit: Visit) -> Response:
    """Somebody new gets a link; somebody known joins, and signs in as ever."""
    form = visit.form
    try:
        async with visit.db.transaction(visit.actor) as tx:
            user_id = await accounts.members.create(
                tx, email=form.get("email", ""), full_name=form.get("fullName", ""),
                role=role(form), account_id=None,
            )  # fmt: skip
            user = await users.by_id(tx.conn, user_id)
            assert user is not None  # it was made, or joined, a moment ago
            managed = await accounts.manages_all(tx.conn, tx.actor, user_id)
            awaited = await users.is_awaited(tx.conn, user.id, now=tx.now)
            to_invite = managed and not user.has_password and not awaited
            secret = await accounts.members.invite(tx, user_id) if to_invite else ""
    except (Invalid, Conflict) as error:
        return await _page(visit, status=status_of(error), new=form, wrong=_wrong(error, form))
    if not secret:
        return await _page(visit, status=201, joined=user, toast="User added")
    link = _link(visit, user.email, secret)
    return await _page(visit, status=201, link=link, toast="User invited")


async def invite(visit: Visit) -> Response:
    """A new link for somebody who has not come yet; the one before ends."""
    async with visit.db.transaction(visit.actor) as tx:
        secret = await accounts.members.invite(tx, _id(visit))
        user = await users.by_id(tx.conn, _id(visit))
        assert user is not None  # the lock on the account holds its members
    return await _page(visit, link=_link(visit, user.email, secret), toast="New invitation made")


def _link(visit: Visit, email: str, secret: str) -> Link:
    address = f"{visit.config.url}/invitation?link={secret}"
    name = visit.here.account.name
    words = {
        "subject": f"You are invited to {name} on Keyfob",
        "body": f"Open this link within a week, once, to choose your password:\n\n{address}",
    }
    return Link(email, address, f"mailto:{quote(email)}?{urlencode(words, quote_via=quote)}")


async def ask_to_edit(visit: Visit) -> Response:
    member, _ = await _member(visit)
    typed = {"fullName": member.full_name, "role": member.role}
    return render(visit, "users/edit.html", member=member, typed=typed, wrong={}, roles=[*Role])


async def edit(visit: Visit) -> Response:
    form = visit.form
    try:
        async with visit.db.transaction(visit.actor) as tx:
            await accounts.members.update(
                tx, _id(visit), full_name=form.get("fullName", ""), role=role(form),
                account_id=visit.account_id, seen_as=_seen_as(form),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        member, _ = await _member(visit)
        return render(
            visit, "users/edit.html", status=status_of(error), member=member, typed=form,
            wrong=_wrong(error, form), roles=[*Role],
        )  # fmt: skip
    if _id(visit) == visit.here.user.id:  # whose name and role are in the header
        return visit.leave(HERE, notice="user-saved")
    return visit.go(HERE, notice="user-saved")


async def ask_to_suspend(visit: Visit) -> Response:
    return await _ask(visit, "suspend")


async def suspend(visit: Visit) -> Response:
    async with visit.db.transaction(visit.actor) as tx:
        if _EVERYWHERE in visit.form:
            needed = await accounts.members.suspend_everywhere(tx, _id(visit))
            return _done(visit, "user-suspended", needed)
        await accounts.members.suspend(tx, _id(visit), account_id=visit.account_id)
    return _done(visit, "user-suspended")


def _done(visit: Visit, notice: str, needed: Sequence[AccountId] = ()) -> Response:
    """Back to the list; `needed` are accounts that keep the user all the same."""
    return visit.go(HERE, notice="user-needed" if needed else notice)


async def unsuspend(visit: Visit) -> Response:
    async with visit.db.transaction(visit.actor) as tx:
        await accounts.members.unsuspend(tx, _id(visit), account_id=visit.account_id)
    return visit.go(HERE, notice="user-unsuspended")


async def ask_to_remove(visit: Visit) -> Response:
    return await _ask(visit, "remove")


async def remove(visit: Visit) -> Response:
    async with visit.db.transaction(visit.actor) as tx:
        if _EVERYWHERE in visit.form:
            needed = await accounts.members.remove_everywhere(tx, _id(visit))
            return _done(visit, "user-removed", needed)
        await accounts.members.remove(tx, _id(visit), account_id=visit.account_id)
    return _done(visit, "user-removed")


async def _elsewhere(conn: Connection, visit: Visit) -> list[Membership]:
    """What else in the family the user is a member of, for who manages all of it."""
    if not visit.actor.is_main:
        return []
    family = await accounts.members.of_family(conn, visit.actor)
    return [
        member
        for member in family
        if member.user_id == _id(visit) and member.account_id != visit.account_id
    ]


async def _ask(visit: Visit, do: str) -> Response:
    """What ends with it; or, for somebody the account needs, why it cannot be."""
    member, everybody = await _member(visit)
    needed = accounts.members.why_needed(member, everybody, by=visit.actor)
    async with visit.db.reader() as conn:
        elsewhere = await _elsewhere(conn, visit)
        family = await accounts.family(conn, visit.here.account.main_id)
        through = await accounts.seat_through_main(conn, member.user_id, visit.account_id)
    return render(
        visit, "users/ask.html", member=member, do=do, needed=needed, through=through,
        elsewhere=[each for each in family if each.id in {it.account_id for it in elsewhere}],
    )  # fmt: skip


async def _member(visit: Visit) -> tuple[Membership, Sequence[Membership]]:
    """Raise NotFound for who is no member of the account one works in."""
    async with visit.db.reader() as conn:
        everybody = await accounts.members.of_account(conn, visit.actor)
    found = [member for member in everybody if member.user_id == _id(visit)]
    if not found:
        raise accounts.members.unknown(_id(visit))
    return found[0], everybody


def role(form: Mapping[str, str]) -> Role:
    """Raise Invalid for one that there is not."""
    named = {role.value: role for role in Role}
    if (wanted := form.get("role", "")) not in named:
        raise Invalid("must be one of those that are offered", field="role")
    return named[wanted]


def _seen_as(form: Mapping[str, str]) -> tuple[str, Role] | None:
    """Name and role that the form was drawn with."""
    was = {each.value: each for each in Role}.get(form.get("wasRole", ""))
    return (form.get("wasName", ""), was) if was else None


def _wrong(error: Invalid | Conflict, form: Mapping[str, str]) -> dict[str, str]:
    """The sentence, at the field of the form that it is about; and what else is wrong."""
    if not isinstance(error, Invalid):
        return {"email": sentence(error)}
    others = mistakes(
        lambda: users.email_address(form["email"]) if "email" in form else None,
        lambda: wording.name(form.get("fullName", ""), field="fullName"),
        lambda: role(form),
    )
    return others | {{"username": "email"}.get(error.field, error.field): sentence(error)}


def _id(visit: Visit) -> UserId:
    return UserId(visit.request.path_params["id"])


_ONE: Final = HERE + "/{id:number}"

routes: list[BaseRoute] = [
    Page(HERE, show, rule=Operation.READ_USERS),
    Page(HERE, add, rule=Operation.CREATE_USER, method="POST", drawn_on=HERE),
    Page(_ONE + "/invite", invite, rule=Operation.CREATE_USER, method="POST", drawn_on=HERE),
    Page(_ONE + "/edit", ask_to_edit, rule=Operation.UPDATE_USER),
    Page(_ONE + "/edit", edit, rule=Operation.UPDATE_USER, method="POST", drawn_on=HERE),
    Page(_ONE + "/suspend", ask_to_suspend, rule=Operation.SUSPEND_USER),
    Page(_ONE + "/suspend", suspend, rule=Operation.SUSPEND_USER, method="POST", drawn_on=HERE),
    Page(
        _ONE + "/unsuspend", unsuspend, rule=Operation.UNSUSPEND_USER, method="POST", drawn_on=HERE
    ),
    Page(_ONE + "/remove", ask_to_remove, rule=Operation.DELETE_USER),
    Page(_ONE + "/remove", remove, rule=Operation.DELETE_USER, method="POST", drawn_on=HERE),
]
