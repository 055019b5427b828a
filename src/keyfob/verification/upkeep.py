"""What is done again and again while the server runs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

log = structlog.get_logger("keyfob")


async def repeat(
    do: Callable[[], Awaitable[None]],
    *,
    pause: Callable[[], float],
    stopping: asyncio.Event,
    failed: str,
) -> None:
    """
    Do it after each pause (seconds), until the server stops; say `failed` in the log when it does.

    To stop is no cancelling: what has begun comes to its end, and no transaction is torn.
    """
    while not stopping.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(pause()):
                await stopping.wait()
                return
        try:
            await do()
        except Exception:
            log.exception(failed)
