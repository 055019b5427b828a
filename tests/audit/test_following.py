"""Whoever follows the trail hears what is done in the account, and nothing else."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from support.house import House
from support.server import PATIENCE

from keyfob import audit, tokens
from keyfob.audit import following
from keyfob.errors import Unavailable
from keyfob.tokens import Draft

pytestmark = pytest.mark.anyio


async def test_a_listener_hears_of_its_own_account_and_of_no_other(house: House, clock):
    main, other = await house.main(), await house.main("Other")
    clock.forward(seconds=1)
    follows = audit.Following(house.db)
    async with (
        follows.listen(main.id, since=house.db.now(), user_id=1) as here,
        follows.listen(other.id, since=house.db.now(), user_id=1) as there,
    ):
        await asyncio.sleep(following.EVERY * 1.5)  # it has looked once: what was before is old
        await house.token(main, "New")
        # The operator's, who has no request.
        assert await asyncio.wait_for(here.wait(), PATIENCE) == {""}
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(there.wait(), following.EVERY * 2)
    await follows.stop()


async def test_what_was_done_since_the_page_was_drawn_is_heard_without_another_look(
    house: House, clock, monkeypatch
):
    monkeypatch.setattr(following, "EVERY", 10 * PATIENCE)
    main = await house.main()
    follows = audit.Following(house.db)
    clock.forward(seconds=1)
    drawn = clock.now
    clock.forward(seconds=1)
    await house.token(main, "Made meanwhile")
    async with follows.listen(main.id, since=drawn, user_id=1) as here:
        assert await asyncio.wait_for(here.wait(), PATIENCE) == {""}
    await follows.stop()


async def test_what_was_done_before_the_page_was_drawn_is_not_heard(house: House, clock):
    main = await house.main()
    follows = audit.Following(house.db)
    await house.token(main, "Made before")
    clock.forward(seconds=1)
    async with follows.listen(main.id, since=clock.now, user_id=1) as here:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(here.wait(), following.EVERY * 2)
    await follows.stop()


async def test_much_that_others_do_hides_nothing(house: House, clock):
    main, other = await house.main(), await house.main("Other")
    clock.forward(seconds=1)
    follows = audit.Following(house.db)
    async with follows.listen(main.id, since=house.db.now(), user_id=1) as here:
        await asyncio.sleep(following.EVERY * 1.5)
        await house.token(main, "New")
        async with house.transaction() as tx:
            drafts = [Draft(name=f"Of others {number}") for number in range(300)]
            await tokens.create_many(tx, house.instance, drafts, account_id=other.id)
            for number in range(following.LOOK_BACK):
                await audit.record(tx, "token.created", f"token:{number}", account_id=other.id)
        assert await asyncio.wait_for(here.wait(), PATIENCE) == {""}
    await follows.stop()


async def test_nobody_looks_while_nobody_listens(house: House):
    main = await house.main()
    follows = audit.Following(house.db)
    async with follows.listen(main.id, since=house.db.now(), user_id=1):
        looking = follows._looking  # noqa: SLF001 -- what is asked is whether it ends
        assert looking
    await asyncio.wait_for(looking, PATIENCE)
    async with follows.listen(main.id, since=house.db.now(), user_id=1) as again:
        await asyncio.sleep(following.EVERY * 1.5)
        await house.token(main, "New")
        assert await asyncio.wait_for(again.wait(), PATIENCE)
    await follows.stop()


async def test_an_account_has_so_many_listeners_and_a_user_some_of_them(house: House):
    main = await house.main()
    follows = audit.Following(house.db)
    async with AsyncExitStack() as pages:
        for number in range(following.MOST):
            user_id = number // following.MOST_OF_USER
            follows.require_room(main.id, user_id)
            since = house.db.now()
            listening = follows.listen(main.id, since=since, user_id=user_id)
            await pages.enter_async_context(listening)
            if number == following.MOST_OF_USER:
                with pytest.raises(Unavailable):
                    follows.require_room(main.id, 0)
        with pytest.raises(Unavailable):
            follows.require_room(main.id, -1)
        follows.require_room(main.id + 1, -1)
    follows.require_room(main.id, 0)
    await follows.stop()
