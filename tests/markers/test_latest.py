"""The last markers of an account."""

from datetime import timedelta

import pytest
from support.house import acting_for

from keyfob import markers

pytestmark = pytest.mark.anyio


async def test_the_latest_moments_first_of_ones_own_account_alone(house, clock):
    main = await house.main()
    sub = await house.sub(main)
    for account, days in ((main, -1), (main, 2), (main, -3), (sub, 0)):
        draft = markers.Draft(
            title=f"{days}", description="x", at=clock.now + timedelta(days=days),
            tag=markers.Tag.DEPLOYMENT, metadata={"version": 4},
        )  # fmt: skip
        async with house.transaction(acting_for(account)) as tx:
            await markers.create(tx, [draft])
    async with house.reader() as conn:
        found = await markers.latest(conn, acting_for(main, "nothing:here"), limit=2)
    assert [marker.title for marker in found] == ["2", "-1"]
    assert found[0].tag is markers.Tag.DEPLOYMENT
    assert found[0].metadata == {"version": 4}
