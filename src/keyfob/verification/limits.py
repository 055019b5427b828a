"""How many requests of one account may run at once: counted in memory, for this process."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from keyfob.errors import TooManyAttempts

COME_AGAIN: Final = 1  # second: a place is free as soon as any request of the account ends


class Running:
    """The requests that run now, by account. One account's never stand in another's way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: dict[int, int] = {}

    def require_place(self, account_id: int) -> None:
        """
        Raise TooManyAttempts when all places of the account are taken. For what is answered
        before anything else can run: it needs no place of its own.
        """
        if self._running.get(account_id, 0) >= self._most:
            raise TooManyAttempts(
                f"At most {self._most} requests of one account may run at once. "
                "Try again in a second.",
                code="auth/TOO_MANY_AT_ONCE",
                retry_after=COME_AGAIN,
            )

    @contextmanager
    def place(self, account_id: int) -> Generator[None]:
        """Hold one of the account's places. Raise TooManyAttempts at once when all are taken."""
        self.require_place(account_id)
        self._running[account_id] = self._running.get(account_id, 0) + 1
        try:
            yield
        finally:
            self._leave(account_id)

    def _leave(self, account_id: int) -> None:
        left = self._running[account_id] - 1
        if left:
            self._running[account_id] = left
        else:
            del self._running[account_id]
