"""Passwords: argon2id, off the event loop, a bounded number at a time."""

import asyncio
from dataclasses import dataclass, field
from functools import cache
from secrets import token_bytes
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from keyfob.errors import Invalid

SHORTEST: Final = 15  # characters; without a second factor NIST SP 800-63B-4 asks for 15
LONGEST: Final = 256  # characters
FEWEST_DIFFERENT: Final = 5  # characters

# 64 MiB, three passes, one lane (security C 69): about 0.2 s here.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_AT_ONCE: Final = asyncio.Semaphore(2)  # hashes; more would starve verification of memory


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that passed the rules, hashed. Neither form is in the repr."""

    hash: str = field(repr=False)


async def new_password(text: str, *, email: str, field: str = "password") -> NewPassword:
    """Any characters as typed. Raise Invalid as `check_password` does."""
    check_password(text, email=email, field=field)
    async with _AT_ONCE:
        return NewPassword(await asyncio.to_thread(_HASHER.hash, text))


def check_password(text: str, *, email: str, field: str = "password") -> None:
    """Raise Invalid when it is too short, too long, the address, or few letters over and over."""
    if len(text) < SHORTEST:
        raise Invalid(f"must have at least {SHORTEST} characters; a sentence is fine", field=field)
    if len(text) > LONGEST:
        raise Invalid(f"must have at most {LONGEST} characters", field=field)
    if text.casefold() == email.casefold() or len(set(text)) < FEWEST_DIFFERENT:
        raise Invalid("is too easy to guess; a sentence of your own is fine", field=field)


async def verify_password(password_hash: str | None, text: str) -> bool:
    """
    Whether `text` is the password. Somebody unknown costs as much time as somebody known.

    A hash made with weaker settings still answers; it is renewed at the next change.
    """
    async with _AT_ONCE:
        matches = await asyncio.to_thread(_matches, password_hash or _nobody(), text)
    return matches and bool(password_hash)


def _matches(password_hash: str, text: str) -> bool:
    try:
        return _HASHER.verify(password_hash, text[: LONGEST + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """What nobody's password is compared with: made anew in each process, known to nobody."""
    return _HASHER.hash(token_bytes(32))
