"""Ask about all the tokens on standard input, one a line, at once, over one pool of connections."""

import asyncio
import sys

from keyfob_client import AsyncClient


async def main() -> None:
    values = sys.stdin.read().split()
    async with AsyncClient() as keyfob:
        answers = await asyncio.gather(*(keyfob.verify(value) for value in values))
    for answer in answers:
        print(answer.token_name if answer else answer.code)


asyncio.run(main())
