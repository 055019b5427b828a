"""Whoever listens is looked at now and then: they may have been shut out."""

import pytest
from support.house import ORIGIN

from keyfob import accounts, users
from keyfob.actors import OPERATOR
from keyfob.web import live

pytestmark = pytest.mark.anyio

ANN, HERS = "ann@example.com", "another sentence nobody guesses"


async def test_who_is_shut_out_listens_no_longer(indoors, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)
    main = await indoors.house.main()
    ann = await indoors.house.member(main, ANN, password=HERS)
    signed_in = await accounts.sign_in(indoors.house.db, ORIGIN, email=ANN, password=HERS)
    cookies = {"Cookie": f"keyfob_session={signed_in.session_id}"}
    heard = []
    async with indoors.http.stream("GET", "/live", headers=cookies) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            heard.append(line)
            if heard.count(": still here") == 3:
                async with indoors.house.db.transaction(OPERATOR) as tx:
                    await users.end_all(tx, ann.id)
    assert heard.count(": still here") in {3, 4}
