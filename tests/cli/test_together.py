"""What is said at once leaves at once: fewer writes, the same bytes in the same order."""

import asyncio
from typing import Any, cast

import pytest

from keyfob.cli.together import MOST_HELD, Together

pytestmark = pytest.mark.anyio


class Recorded(asyncio.Transport):
    """What reached the socket, and whether it is closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1)})
        self.said: list[Any] = []

    def is_closing(self) -> bool:
        return "closed" in self.said

    def write(self, data: Any) -> None:
        self.said.append(data)

    def close(self) -> None:
        self.said.append("closed")


def opened() -> tuple[Together, list[Any]]:
    transport = Recorded()
    return Together(cast("asyncio.Transport", transport)), transport.said


async def test_head_and_body_leave_in_one_write() -> None:
    together, said = opened()
    together.write(b"head")
    together.write(b"body")
    assert said == []
    await asyncio.sleep(0)
    assert said == [b"headbody"]
    together.write(b"next")
    await asyncio.sleep(0)
    assert said == [b"headbody", b"next"]


async def test_each_connection_gets_its_own() -> None:
    (first, heard), (second, other) = opened(), opened()
    first.write(b"a")
    second.write(b"b")
    first.write(b"c")
    await asyncio.sleep(0)
    assert (heard, other) == ([b"ac"], [b"b"])


async def test_a_long_answer_does_not_wait_to_be_whole() -> None:
    together, said = opened()
    together.write(b"x" * MOST_HELD)
    assert said == []
    together.write(b"y")
    assert said == [b"x" * MOST_HELD + b"y"]
    await asyncio.sleep(0)
    assert len(said) == 1


async def test_nothing_is_lost_when_the_connection_closes() -> None:
    together, said = opened()
    together.write(b"last words")
    together.close()
    await asyncio.sleep(0)
    assert said == [b"last words", "closed"]


async def test_nothing_is_said_to_a_connection_that_is_gone() -> None:
    (gone, said), (there, heard) = opened(), opened()
    gone.write(b"too late")
    there.write(b"in time")
    said.append("closed")
    await asyncio.sleep(0)
    assert (said, heard) == (["closed"], [b"in time"])


async def test_nothing_said_is_nothing_sent() -> None:
    together, said = opened()
    together.write(b"")
    await asyncio.sleep(0)
    assert said == []


def test_the_rest_is_the_transport_s_own() -> None:
    together, _ = opened()
    assert together.get_extra_info("peername") == ("192.0.2.1", 1)
