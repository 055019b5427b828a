"""Verify tokens inside another Python program, on Keyfob's own data: no HTTP, the same answers."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine, Iterable
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from keyfob import verification
from keyfob.config import load
from keyfob.db import Database
from keyfob.errors import Unavailable
from keyfob.gate import identity
from keyfob.gate.question import Question
from keyfob.keys import Instance, read_instance, read_instance_at_once
from keyfob.verification import ACCEPTED, AT_ONCE, Lookup, Reading, Unread, Use, Verdict
from keyfob_client import Reason, Refused, Valid

T = TypeVar("T")

ENTRIES: Final = 200_000  # tokens that are remembered, unless told otherwise


class Verifier:
    """
    Answers as `POST /v1/verify` does to the account's own token, warm in about two microseconds.

    Opens the data folder (or PostgreSQL) beside the running server, and can only read. A change
    is followed within a quarter of a second; when the data cannot be read, no answer is given.
    Uses are not counted. It may be asked from any thread; a process that forks opens its own.
    """

    def __init__(self, db: Database, instance: Instance, account_id: int, entries: int) -> None:
        self._db = db
        self._lookup = Lookup(db, instance, entries=entries)
        self._account_id = account_id
        self._lock = threading.Lock()
        self._background: Background | None = None

    @classmethod
    def open(
        cls,
        *,
        account_id: int,
        data_dir: Path | str | None = None,
        database_url: str | None = None,
        root_key_file: Path | str | None = None,
        cache_entries: int = ENTRIES,
    ) -> Self:
        """
        For an account: it sees its own tokens, a main account those of its whole family.

        What is not given is taken from the `KEYFOB_` settings of the environment, as for the
        server. Raise Misconfigured when there is nothing to open, or the root key is another's.
        """
        config = load(
            environ={},
            options={
                "data_dir": data_dir or os.environ.get("KEYFOB_DATA_DIR"),
                "database_url": database_url or os.environ.get("KEYFOB_DATABASE_URL"),
                "root_key_file": root_key_file or os.environ.get("KEYFOB_ROOT_KEY_FILE"),
            },
        )
        db = Database.open_to_read(config)
        if db.direct is not None:
            instance = read_instance_at_once(db.direct, root_key_file=config.root_key)
            return cls(db, instance, account_id, cache_entries)
        background = Background()

        async def read() -> Instance:
            async with db.reader() as conn:
                return await read_instance(conn, root_key_file=config.root_key)

        try:
            verifier = cls(db, background.run(read()), account_id, cache_entries)
        except BaseException:
            background.run(db.close())
            background.stop()
            raise
        verifier._background = background
        return verifier

    def verify(
        self,
        token: str,
        *,
        scopes: str | Iterable[str] = (),
        client_ip: str = "",
        method: str = "",
        path: str = "",
    ) -> Valid | Refused:
        """
        Whether the token is good for this. What is not told is not vouched for.

        Raise Invalid or ValueError for a question that cannot be, Unavailable when no truthful
        answer can be given.
        """
        ask = partial(self._ask, token, _use(_several(scopes), client_ip, method, path))
        try:
            return self._at_once(ask)
        except Unread:
            return self._waiting().run(self._lookup.patiently(ask))

    async def averify(
        self,
        token: str,
        *,
        scopes: str | Iterable[str] = (),
        client_ip: str = "",
        method: str = "",
        path: str = "",
    ) -> Valid | Refused:
        """As `verify`, for a program with an event loop: what has to be read is waited for."""
        ask = partial(self._ask, token, _use(_several(scopes), client_ip, method, path))
        try:
            return self._at_once(ask)
        except Unread:
            return await self._waiting().wait_for(self._lookup.patiently(ask))

    def close(self) -> None:
        """Closing twice is fine."""
        if self._background is None:
            if self._db.direct is not None:
                self._db.direct.close()
            return
        self._background.run(self._db.close())
        self._background.stop()
        self._background = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def _at_once(self, ask: Callable[[Reading], T]) -> T:
        """Raise Unread when it takes a read that has to be waited for: on PostgreSQL alone."""
        with self._lock:
            return ask(AT_ONCE)

    def _waiting(self) -> "Background":
        if self._background is None:
            raise Unavailable("This verifier is closed.", code="server/UNAVAILABLE")
        return self._background

    def _ask(self, presented: str, use: Use, reading: Reading) -> Valid | Refused:
        verdict, token = verification.verify(
            self._lookup, presented, use, account_id=self._account_id, reading=reading
        )
        if token is None or verdict is not ACCEPTED:
            return _REFUSED[verdict]
        if token.answer is None:
            token.answer = Valid.of(json.loads(identity.valid_json(token)))
        return token.answer


class Background:
    """An event loop in a thread of its own: where what takes time is read."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="keyfob-verifier", daemon=True
        )
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """From another loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


_REFUSED: Final[dict[Verdict, Refused]] = {
    reason: Refused(Reason(reason)) for reason in verification.Reason
}


def _several(scopes: str | Iterable[str]) -> tuple[str, ...]:
    """One may be a plain text: its letters are never taken for scopes."""
    return (scopes,) if isinstance(scopes, str) else tuple(scopes)


@lru_cache(maxsize=4096)
def _use(scopes: tuple[str, ...], client_ip: str, method: str, path: str) -> Use:
    if not (scopes or client_ip or method or path):
        return verification.NO_USE
    told = {"scopes": [*scopes], "clientIp": client_ip, "method": method, "path": path}
    return Question.model_validate({"token": "", **told}).use()
