"""Who sees which token: its own account, a main account its family, anybody else nothing."""

import pytest

pytestmark = pytest.mark.anyio


async def test_each_sees_its_own_and_the_rest_is_byte_for_byte_unknown(door):
    house = door.house
    main, foreign = await house.main(), await house.main("Foreign")
    sub, sibling = await house.sub(main), await house.sub(main, "Sibling")
    accounts = {"main": main, "sub": sub, "sibling": sibling, "foreign": foreign}
    values = {name: str((await house.token(it, name))[1]) for name, it in accounts.items()}

    async def verify(caller: str, text: str) -> bytes:
        answer = await door.ask("POST", "/v1/verify", values[caller], json={"token": text})
        assert answer.status_code == 200
        return answer.content

    unknown = b'{"valid":false,"code":"NOT_FOUND"}'
    sees = {"main": {"main", "sub", "sibling"}, "sub": {"sub"}, "sibling": {"sibling"}}
    for caller, seen in sees.items():
        for name, value in values.items():
            answer = await verify(caller, value)
            assert (answer == unknown) is (name not in seen), (caller, name)
            if name in seen:
                assert f'"accountId":{accounts[name].id},'.encode() in answer
        for odd in ("", "junk", "a\0b", door.stranger(), values["main"][:-1], "é" * 900):
            assert await verify(caller, odd) == unknown
