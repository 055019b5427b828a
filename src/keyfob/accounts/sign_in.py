"""Sign in with a password, and enter the account you work in."""

from dataclasses import dataclass, replace
from typing import Final

from keyfob import audit, users
from keyfob.accounts import seating
from keyfob.accounts.model import AccountId, Seat, first_seat
from keyfob.actors import Origin, visitor
from keyfob.db import Database, Transaction
from keyfob.errors import Forbidden, Invalid
from keyfob.users import Attempts, Invitation, NewPassword, SessionId, User

# One sentence for everything that can be wrong: it does not tell which addresses are known.
WRONG: Final = "That e-mail address and password do not belong together."


@dataclass(frozen=True, slots=True)
class SignedIn:
    session_id: SessionId
    seat: Seat


async def sign_in(db: Database, origin: Origin, *, email: str, password: str) -> SignedIn:
    """
    Raise Forbidden for a wrong address or password, or for somebody who is in no account.

    Raise TooManyAttempts beyond ten in five minutes for one address or one place of origin
    (security C 71). The attempt is stored before the password is looked at, so asking many
    times at once gains nothing; one that succeeds is taken back.
    """
    email = email.strip().lower()
    attempts = Attempts.of(email=email, ip=origin.ip)
    async with db.transaction(visitor(origin)) as tx:
        counted = await attempts.count(tx)
        known = users.is_email_address(email)
        user = await users.by_email(tx.conn, email) if known else None
        password_hash = await users.password_hash(tx.conn, user.id) if user else None
    right = await users.verify_password(password_hash, password)
    signed_in = None
    if user is not None and right:
        async with db.transaction(visitor(origin)) as tx:
            signed_in = await _come_in(tx, user, password_hash)
            if signed_in is not None:
                await attempts.forgive(tx, counted)
    if signed_in is None:
        await _record_failure(db, origin, user)
        raise Forbidden(WRONG, code="users/SIGN_IN_FAILED")
    return signed_in


async def _come_in(tx: Transaction, user: User, password_hash: str | None) -> SignedIn | None:
    """Into the account where they begin now; None when the password is old, or there is none."""
    if await _is_old(tx, user, password_hash):
        return None
    seats = await seating.seats(tx.conn, user.id)
    if not seats:
        return None
    landing = first_seat(seats)
    own = replace(tx, actor=landing.actor(tx.actor.origin))
    return SignedIn(await users.start(own, user, account_id=landing.account.id), landing)


async def invited_password(
    db: Database, origin: Origin, link: str, *, email: str, text: str
) -> NewPassword:
    """
    What the bearer of a good link wants as a password. Raise Invalid for one that breaks the
    rules; TooManyAttempts beyond ten in five minutes, for each is hashed, which takes long.
    """
    users.check_password(text, email=email)
    async with db.transaction(visitor(origin)) as tx:
        await Attempts.of_link(link).count(tx)
    return await users.new_password(text, email=email)


async def accept_invitation(
    db: Database, origin: Origin, link: str, *, password: NewPassword, full_name: str
) -> SignedIn:
    """
    Somebody invited chooses their password, and is signed in. Raise Forbidden for a link that is
    not good, or whose bearer is not welcome any more in the account that invited them.
    """
    async with db.transaction(visitor(origin)) as tx:
        found = await users.invited(tx.conn, link, now=tx.now)
        if found is None:
            raise users.spent()
        await users.lock(tx, found.user_id)  # of two who use it at once, one comes in
        found = await users.invited(tx.conn, link, now=tx.now)
        seat = await _seat_by(tx, found) if found else None
        if found is None or seat is None:
            raise users.spent()
        user = await users.accept(
            tx, found, password, full_name=full_name, account_id=seat.account.id
        )
        seat = replace(seat, user=user)
        own = replace(tx, actor=seat.actor(origin))
        return SignedIn(await users.start(own, user, account_id=seat.account.id), seat)


async def _seat_by(tx: Transaction, found: Invitation) -> Seat | None:
    """Where the link leads: into the account that invited, and with the operator's as ever."""
    if found.account_id is not None:
        return await seating.seat(tx.conn, found.user_id, AccountId(found.account_id))
    seats = await seating.seats(tx.conn, found.user_id)
    return first_seat(seats) if seats else None


async def change_password(
    db: Database, seat: Seat, origin: Origin, *, current: str, new: str
) -> SessionId:
    """
    Every session of theirs ends; the value is that of a new one for this browser.

    Raise Invalid for a wrong current password, and for a new one that breaks the rules;
    TooManyAttempts as `sign_in` does: here, too, somebody could try.
    """
    attempts = Attempts.of(email=seat.user.email, ip=origin.ip)
    async with db.transaction(seat.actor(origin)) as tx:
        counted = await attempts.count(tx)
        password_hash = await users.password_hash(tx.conn, seat.user.id)
    if not await users.verify_password(password_hash, current):
        await _record_failure(db, origin, seat.user, within=seat.account.id)
        raise Invalid("This is not your password.", field="current")
    hashed = await users.new_password(new, email=seat.user.email)
    async with db.transaction(seat.actor(origin)) as tx:
        if await _is_old(tx, seat.user, password_hash):
            raise Invalid("This is not your password any more.", field="current")
        await attempts.forgive(tx, counted)
        await users.set_password(tx, seat.user, hashed)
        return await users.start(tx, seat.user, account_id=seat.account.id)


async def _is_old(tx: Transaction, user: User, verified: str | None) -> bool:
    """Whether the password that was verified was changed meanwhile; from now on it cannot be."""
    await users.lock(tx, user.id)
    return await users.password_hash(tx.conn, user.id) != verified


async def _record_failure(
    db: Database, origin: Origin, user: User | None, *, within: AccountId | None = None
) -> None:
    """
    Within an account, or in the trail of every family that the user is in, suspended or not. An
    unknown address is not written down.
    """
    async with db.transaction(visitor(origin)) as tx:
        trails = [within] if within else await seating.homes(tx.conn, user.id) if user else []
        for account_id in trails or [AccountId(0)]:
            await audit.record(
                tx,
                "user.failed_sign_in",
                f"user:{user.id if user else 0}",
                account_id=account_id,
                name=user.email if user else "",
            )
