"""What the database says when somebody else was faster: a name taken, an account gone."""

import pytest
from sqlalchemy.exc import IntegrityError
from support.house import acting_for
from support.statements import Statements, plan_of

from keyfob import accounts, families, tokens
from keyfob.actors import OPERATOR
from keyfob.errors import Conflict, NotFound
from keyfob.tokens import TokenKind, store
from keyfob.tokens.adding import add

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", [TokenKind.API, TokenKind.SHIPPING])
async def test_a_token_for_an_account_that_is_gone_is_not_told_to_have_a_taken_name(house, kind):
    """The account was there a moment ago: the foreign key has the last word."""
    main = await house.main()
    stale = await house.sub(main)
    async with house.transaction(acting_for(main)) as tx:
        await families.close(tx, stale.id)
    draft = tokens.Draft(name="Late", scopes=(), retrievable=True)
    with pytest.raises(NotFound) as caught:
        async with house.transaction(OPERATOR) as tx:
            await add(tx, house.instance, stale, kind, draft.checked(tx.now))
    assert caught.value.code == accounts.unknown(stale.id).code


async def stored(house, main, value, name):
    fields = tokens.Draft(name=name, scopes=(), retrievable=False).checked(house.db.now())
    new = [store.New(value.public_id, b"v" * 32, fields)]
    async with house.transaction() as tx:
        await store.add(tx, house.instance, new, kind=TokenKind.SHIPPING, account_id=main.id)


async def test_the_index_has_the_last_word_on_a_name_and_on_nothing_else(house):
    """As when two choose it at once: whoever looked before saw nothing."""
    main = await house.main()
    one, two = (tokens.mint("kf", TokenKind.SHIPPING) for _ in range(2))
    await stored(house, main, one, "Taken")
    with pytest.raises(Conflict) as caught:
        await stored(house, main, two, "taken")
    assert (caught.value.code, caught.value.parameters) == ("tokens/NAME_TAKEN", {"field": "name"})
    with pytest.raises(IntegrityError):
        await stored(house, main, one, "Of the same id")


async def test_whether_a_name_is_taken_is_seen_in_the_index_however_many_tokens_there_are(house):
    """Without it each new token would have all others of its account read."""
    main = await house.main()
    await house.token(main, "Workshop")
    sent = Statements(house.db)
    async with house.reader() as conn:
        assert await store.living_with_names(conn, main.id, TokenKind.API, ["WORKSHOP"])
        asked = sent.texts[-1]
        plan = await plan_of(conn, asked, main.id, TokenKind.API, "workshop")
    assert "uq_tokens_living_name" in plan
