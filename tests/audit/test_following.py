"""Whoever follows the trail hears what is done in the account, and nothing else."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from support.house import House

from keyfob import audit
from keyfob.audit import following
from keyfob.errors import Unavailable

pytestmark = pytest.mark.anyio


async def test_a_listener_hears_of_its_own_account_and_of_no_other(house: House):
    main, other = await house.main(), await house.main("Other")
    follows = audit.Following(house.db)
    async with follows.listen(main.id) as here, follows.listen(other.id) as there:
        await asyncio.sleep(following.EVERY * 1.5)  # it has looked once: what was before is old
        await house.token(main, "New")
        assert await asyncio.wait_for(here.wait(), 5) == {""}  # the operator's, who has no request
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(there.wait(), following.EVERY * 2)
    await follows.stop()


async def test_nobody_looks_while_nobody_listens(house: House):
    main = await house.main()
    follows = audit.Following(house.db)
    async with follows.listen(main.id):
        looking = follows._looking  # noqa: SLF001 -- what is asked is whether it ends
        assert looking
    await asyncio.wait_for(looking, 5)
    async with follows.listen(main.id) as again:
        await asyncio.sleep(following.EVERY * 1.5)
        await house.token(main, "New")
        assert await asyncio.wait_for(again.wait(), 5)
    await follows.stop()


async def test_an_account_has_so_many_listeners_and_no_more(house: House):
    main = await house.main()
    follows = audit.Following(house.db)
    async with AsyncExitStack() as pages:
        for _ in range(following.MOST):
            follows.require_room(main.id)
            await pages.enter_async_context(follows.listen(main.id))
        with pytest.raises(Unavailable):
            follows.require_room(main.id)
        follows.require_room(main.id + 1)
    follows.require_room(main.id)
    await follows.stop()
