import asyncio
from datetime import timedelta

import pytest
from support.house import acting_for

from keyfob import audit, tokens
from keyfob.actors import OPERATOR
from keyfob.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from keyfob.scopes import EVERYTHING, REVEAL, Scope
from keyfob.tokens import Draft, Restrictions, TokenState

pytestmark = pytest.mark.anyio


async def update(house, actor, token, **changes):
    async with house.transaction(actor) as tx:
        return await tokens.update(tx, token.id, changes)


async def revoke(house, actor, token):
    async with house.transaction(actor) as tx:
        return await tokens.revoke(tx, token.id)


async def reveal(house, actor, token):
    async with house.transaction(actor) as tx:
        return (await tokens.reveal(tx, house.instance, token.id))[1]


async def get(house, actor, token):
    async with house.reader() as conn:
        return await tokens.get(conn, actor, token.id)


async def actions_on(house, token):
    async with house.reader() as conn:
        return [entry.action for entry in await audit.trail(conn, subject=token.subject)]


async def test_a_new_token_is_stored_without_its_secret(house):
    main = await house.main()
    token, value = await house.token(main)
    async with house.reader() as conn:
        rows = [
            (await conn.exec_driver_sql(f"select * from {table}")).all()  # noqa: S608 -- our own
            for table in ("tokens", "sealed_tokens", "audit_entries")
        ]
    assert token.hint in str(value)
    assert value[23:-6] not in repr(rows)


async def test_what_was_made_reads_back_as_it_was(house, clock):
    main = await house.main()
    token, _ = await house.token(
        main,
        "Workshop",
        acting_for(main),
        description="two\nlines",
        tags=("a", "b", "a"),
        scopes=(Scope("logs:*"),),
        restrictions=Restrictions(ip_allow=("10.0.0.0/8",), methods=("GET",), paths=("/v1/**",)),
        not_before=clock.now + timedelta(hours=1),
        expires_at=clock.now + timedelta(days=1),
        retrievable=False,
    )
    assert await get(house, acting_for(main), token) == token
    assert (token.tags, token.created_by) == (("a", "b"), "the test's token")
    assert token.state(clock.now) is TokenState.SCHEDULED


async def made_at_once(house, account, *names, actor=OPERATOR):
    drafts = [Draft(name=name, scopes=(Scope("logs:read"),)) for name in names]
    async with house.transaction(actor) as tx:
        return await tokens.create_many(tx, house.instance, drafts, account_id=account.id)


async def test_many_are_made_at_once_each_as_if_alone(house):
    main = await house.main()
    made = await made_at_once(house, main, *(f"Made {number}" for number in range(1200)))
    assert [token.name for token, _ in made] == [f"Made {number}" for number in range(1200)]
    for token, value in made[::100]:
        assert await get(house, acting_for(main), token) == token
        assert await reveal(house, OPERATOR, token) == value
        assert await actions_on(house, token) == ["token.revealed", "token.created"]


async def test_of_many_all_are_made_or_none(house):
    main = await house.main()
    taken, _ = await house.token(main, "Taken")
    with pytest.raises(Conflict) as caught:
        await made_at_once(house, main, "New", "TAKEN")
    assert caught.value.parameters["id"] == taken.id
    with pytest.raises(Conflict):
        await made_at_once(house, main, "Twice", "twice")
    with pytest.raises(Forbidden):
        await made_at_once(house, main, "New", actor=acting_for(main, "tokens:write"))
    await made_at_once(house, main, "New", "Twice")


async def test_none_are_made_when_none_are_wanted(house):
    assert await made_at_once(house, await house.main()) == []


@pytest.mark.parametrize(
    ("one", "same"),
    [("Workshop", "WORKSHOP"), ("kelvin", "\u212aelvin"), ("Workshop", "\uff37orkshop"),
     ("Straße", "STRASSE"), ("Workshop", "  workshop "), ("Café", "CAFE\u0301")],
)  # fmt: skip
async def test_a_name_is_unique_without_regard_to_case_and_form(house, one, same):
    main = await house.main()
    token, _ = await house.token(main, one)
    other, _ = await house.token(main, "Other")
    with pytest.raises(Conflict) as caught:
        await house.token(main, same)
    assert (caught.value.code, caught.value.parameters["hint"]) == ("tokens/NAME_TAKEN", token.hint)
    with pytest.raises(Conflict):
        await update(house, acting_for(main), other, name=same)
    assert (await update(house, acting_for(main), token, name=same)).id == token.id


async def test_another_account_may_use_the_name_and_so_may_a_successor(house):
    main = await house.main()
    sub = await house.sub(main)
    token, _ = await house.token(main, "Workshop")
    await house.token(sub, "Workshop")
    await revoke(house, acting_for(main), token)
    successor, _ = await house.token(main, "Workshop")
    assert successor.id != token.id


async def test_of_many_who_take_one_name_at_once_exactly_one_wins(house):
    main = await house.main()
    made = await asyncio.gather(
        *(house.token(main, name) for name in ["Name", "NAME", "name"] * 4), return_exceptions=True
    )
    assert sum(isinstance(each, tuple) for each in made) == 1
    assert {each.code for each in made if isinstance(each, Conflict)} == {"tokens/NAME_TAKEN"}
    assert sum(isinstance(each, Conflict) for each in made) == 11


async def test_of_two_who_rename_to_one_name_at_once_exactly_one_wins(house):
    main = await house.main()
    made = [(await house.token(main, f"Token {n}"))[0] for n in range(6)]
    done = await asyncio.gather(
        *(update(house, acting_for(main), token, name="Wanted") for token in made),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Conflict) for each in done) == 5


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("name", "A token", "Another"),
        ("description", "", "for the workshop"),
        ("tags", (), ("a", "b")),
        ("scopes", (EVERYTHING,), (Scope("logs:read"),)),
        ("restrictions", Restrictions(), Restrictions(methods=("GET",))),
        ("enabled", True, False),
        ("retrievable", True, False),
    ],
)
async def test_each_field_can_be_changed_and_old_and_new_are_on_record(house, field, old, new):
    main = await house.main()
    token, _ = await house.token(main, actor=acting_for(main))
    assert getattr(token, field) == old
    changed = await update(house, acting_for(main), token, **{field: new})
    assert getattr(changed, field) == new
    assert await get(house, acting_for(main), token) == changed
    async with house.reader() as conn:
        (entry,) = await audit.trail(conn, subject=token.subject, limit=1)
    assert (entry.action, list(entry.changes)) == ("token.updated", [field])


async def test_its_times_can_be_set_moved_and_taken_away(house, clock):
    main = await house.main()
    token, _ = await house.token(main)
    later = clock.now + timedelta(days=1)
    changed = await update(house, acting_for(main), token, expires_at=later, not_before=clock.now)
    assert (changed.expires_at, changed.not_before) == (later, clock.now)
    async with house.reader() as conn:
        (entry,) = await audit.trail(conn, subject=token.subject, limit=1)
    assert entry.changes["expires_at"] == (None, int(later.timestamp()))
    changed = await update(house, acting_for(main), token, expires_at=None, not_before=None)
    assert (changed.expires_at, changed.not_before) == (None, None)


async def test_a_change_that_changes_nothing_is_not_on_record(house):
    main = await house.main()
    token, _ = await house.token(main, actor=acting_for(main))
    same = await update(
        house, acting_for(main), token, name=" A token ", enabled=True, tags=(), expires_at=None
    )
    assert same == token
    assert await actions_on(house, token) == ["token.created"]


async def test_an_expired_token_can_be_renamed_without_touching_its_times(house, clock):
    main = await house.main()
    token, _ = await house.token(main, expires_at=clock.now + timedelta(hours=1))
    clock.forward(hours=2)
    changed = await update(house, acting_for(main), token, name="Old", expires_at=token.expires_at)
    assert (changed.name, changed.state(clock.now)) == ("Old", TokenState.EXPIRED)
    with pytest.raises(Invalid) as caught:
        await update(house, acting_for(main), token, expires_at=clock.now)
    assert caught.value.field == "expiresAt"


async def test_revoking_twice_is_audited_once(house, clock):
    main = await house.main()
    token, _ = await house.token(main)
    await revoke(house, acting_for(main), token)
    clock.forward(hours=1)
    again = await revoke(house, acting_for(main), token)
    assert again.state(clock.now) is TokenState.REVOKED
    assert again.revoked_at < clock.now
    assert await actions_on(house, token) == ["token.revoked", "token.created"]


async def test_revoked_is_final_and_its_sealed_value_is_gone(house):
    main = await house.main()
    token, _ = await house.token(main)
    await revoke(house, acting_for(main), token)
    for changes in ({"enabled": True}, {"name": "Else"}, {}):
        with pytest.raises(Conflict) as caught:
            await update(house, acting_for(main), token, **changes)
        assert caught.value.code == "tokens/REVOKED"
    with pytest.raises(Conflict) as caught:
        await reveal(house, acting_for(main, EVERYTHING, REVEAL), token)
    assert "destroyed" in caught.value.message
    async with house.reader() as conn:
        query = f"select * from sealed_tokens where token_id = {token.id}"  # noqa: S608
        assert (await conn.exec_driver_sql(query)).all() == []


async def test_a_token_made_without_scopes_gets_all_that_its_maker_holds(house):
    main = await house.main()
    sub = await house.sub(main)
    whole, _ = await house.token(main, "Whole", acting_for(main))
    part, _ = await house.token(main, "Part", acting_for(main, "tokens:write", "logs:*"))
    below, _ = await house.token(sub, "Below", acting_for(main, "tokens:write", REVEAL))
    assert whole.scopes == (EVERYTHING,)
    assert part.scopes == ("tokens:write", "logs:*")
    assert below.scopes == ("tokens:write", REVEAL)


@pytest.mark.parametrize("wanted", ["*", "tokens:*", "logs:write", "tokens:reveal", "logs:*"])
async def test_nobody_hands_out_more_than_they_hold(house, wanted):
    main = await house.main()
    maker = acting_for(main, "tokens:write", "logs:read")
    with pytest.raises(Forbidden) as caught:
        await house.token(main, "New", maker, scopes=(Scope("logs:read"), Scope(wanted)))
    assert caught.value.parameters["scopes"] == [wanted]
    token, _ = await house.token(main, "Old", maker, scopes=(Scope("logs:read"),))
    with pytest.raises(Forbidden):
        await update(house, maker, token, scopes=(Scope(wanted),))
    with pytest.raises(Invalid):
        await house.token(main, "None", maker, scopes=())


async def test_no_wildcard_hands_out_or_does_the_showing(house):
    main = await house.main()
    for held in ("*", "tokens:*"):
        actor = acting_for(main, held)
        with pytest.raises(Forbidden):
            await house.token(main, "New", actor, scopes=(REVEAL,))
        token, _ = await house.token(main, f"By {held}", actor)
        with pytest.raises(Forbidden):
            await reveal(house, actor, token)


async def test_a_token_is_shown_again_as_it_was_and_that_is_on_record(house):
    main = await house.main()
    token, value = await house.token(main)
    assert await reveal(house, acting_for(main, EVERYTHING, REVEAL), token) == value
    assert await actions_on(house, token) == ["token.revealed", "token.created"]


async def test_shown_once_is_for_good(house):
    main = await house.main()
    born, _ = await house.token(main, "Born so", retrievable=False)
    made, _ = await house.token(main, "Made so")
    await update(house, acting_for(main), made, retrievable=False)
    for token in (born, made):
        with pytest.raises(Conflict) as caught:
            await reveal(house, acting_for(main, EVERYTHING, REVEAL), token)
        assert caught.value.code == "tokens/NOT_RETRIEVABLE"
        with pytest.raises(Conflict):
            await update(house, acting_for(main), token, retrievable=True)


async def test_a_sealed_value_that_was_moved_to_another_token_does_not_open(house):
    main = await house.main()
    one, _ = await house.token(main, "One")
    two, _ = await house.token(main, "Two")
    async with house.transaction() as tx:
        await tx.conn.exec_driver_sql(f"delete from sealed_tokens where token_id = {two.id}")  # noqa: S608
        move = f"update sealed_tokens set token_id = {two.id} where token_id = {one.id}"  # noqa: S608
        await tx.conn.exec_driver_sql(move)
    with pytest.raises(Unavailable) as caught:
        await reveal(house, acting_for(main, EVERYTHING, REVEAL), two)
    assert caught.value.code == "tokens/SEAL_BROKEN"
    with pytest.raises(Conflict):
        await reveal(house, acting_for(main, EVERYTHING, REVEAL), one)


async def test_what_is_not_yours_to_see_is_like_what_is_not_there(house):
    main, stranger = await house.main(), await house.main("Stranger")
    sub, sister = await house.sub(main), await house.sub(main, "Sister")
    token, _ = await house.token(sub)
    above, _ = await house.token(main)
    assert await get(house, acting_for(main), token) == token
    for actor, seen in ((acting_for(stranger), token), (acting_for(sister), token),
                        (acting_for(sub), above)):  # fmt: skip
        for act in (get, revoke, update):
            with pytest.raises(NotFound) as caught:
                await act(house, actor, seen)
            assert caught.value.message == f"Token {seen.id} does not exist."
    assert (await get(house, acting_for(main), token)).revoked_at is None


@pytest.mark.parametrize("token_id", [0, -1, 1, 2_999_999, 2**31, 2**63, -(2**63)])
async def test_an_id_that_names_nothing_is_not_found(house, token_id):
    actor = acting_for(await house.main(), EVERYTHING, REVEAL)
    with pytest.raises(NotFound):
        async with house.reader() as conn:
            await tokens.get(conn, actor, token_id)
    with pytest.raises(NotFound):
        async with house.transaction(actor) as tx:
            await tokens.revoke(tx, token_id)
    with pytest.raises(NotFound):
        async with house.transaction(actor) as tx:
            await tokens.reveal(tx, house.instance, token_id)
