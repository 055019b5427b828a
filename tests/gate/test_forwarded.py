"""`X-Forwarded-For` at the gate: believed from a proxy, remembered only when it is short."""

import psutil
import pytest
from support.house import House

from keyfob.config import network
from keyfob.db import utc_now
from keyfob.gate import Gate, Request
from keyfob.verification import Usage

pytestmark = pytest.mark.anyio

PROXY = "127.0.0.1"


@pytest.mark.parametrize("padding", [0, 60_000])
async def test_two_thousand_different_ones_do_not_fill_the_memory(tmp_path, padding):
    house = await House.open(tmp_path, "", utc_now)
    main = await house.main()
    _, caller = await house.token(main, "Caller")
    gate = Gate(house.lookup, Usage(), (network(f"{PROXY}/32"),))
    before = psutil.Process().memory_info().rss
    for number in range(2000):
        forwarded = f"{'x' * padding}{number}, 203.0.113.7".encode()
        headers = [(b"x-keyfob-gateway", caller.encode()), (b"x-api-token", caller.encode()),
                   (b"x-forwarded-for", forwarded)]  # fmt: skip
        assert gate.at_once(Request("GET", "/auth", "", headers, b"", PROXY)).status == 200
    assert psutil.Process().memory_info().rss - before < 40 * 2**20
    await house.close()
