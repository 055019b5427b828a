"""Each password that is tried with a good link costs a hash: they are counted."""

import asyncio

import pytest
from support.house import House
from web.conftest import PASSWORD, Console, serving, text_of

from keyfob import accounts, users
from keyfob.accounts import Role
from keyfob.actors import Origin
from keyfob.errors import TooManyAttempts
from keyfob.users import NewPassword

DORA = "dora@example.com"


@pytest.fixture
def hashed(monkeypatch):
    """How many passwords were hashed; how that is done is not the matter here."""
    done = []

    async def new_password(text, *, email, field="password"):
        users.check_password(text, email=email, field=field)
        done.append(text)
        return NewPassword("a hash")

    monkeypatch.setattr(users, "new_password", new_password)
    return done


@pytest.fixture
def invited(config, clock):
    async def invite():
        house = await House.open(config.data_dir, "", clock)
        async with house.reader() as conn:
            main = (await accounts.mains(conn))[0]
        await house.member(main, DORA, Role.REGULAR)
        async with house.transaction() as tx:
            made = await accounts.recover(tx, DORA)
        await house.close()
        return made.secret

    return asyncio.run(invite())


def test_the_eleventh_password_in_five_minutes_waits_and_the_name_stays(
    invited, config, clock, hashed, monkeypatch
):
    accept = accounts.accept_invitation

    async def lose(*_, **__):
        """As when the database went away after the hash: the link is good still."""
        raise users.spent()

    with serving(config, clock) as client:
        console = Console(client)
        fields = {"link": invited, "fullName": "Dora <Diaz>", "password": PASSWORD}
        monkeypatch.setattr(accounts, "accept_invitation", lose)
        for _ in range(10):
            assert console.post("/invitation", **fields).status_code == 403
        monkeypatch.setattr(accounts, "accept_invitation", accept)
        limited = console.post("/invitation", **fields)
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "300")
        assert "Too many attempts with this link. Try again in 5 min." in text_of(limited)
        assert 'value="Dora &lt;Diaz&gt;"' in limited.text
        assert f'value="{invited}"' in limited.text
        assert PASSWORD not in limited.text
        assert len(hashed) == 10
        clock.forward(minutes=5)
        assert console.post("/invitation", **fields).status_code == 303


def test_what_breaks_the_rules_costs_nothing_and_counts_nothing(invited, config, clock, hashed):
    with serving(config, clock) as client:
        console = Console(client)
        for _ in range(12):
            page = console.post("/invitation", link=invited, fullName="Dora", password="short")
            assert page.status_code == 400
        assert not hashed
        done = console.post("/invitation", link=invited, fullName="Dora", password=PASSWORD)
        assert done.status_code == 303


@pytest.mark.anyio
async def test_racing_gives_no_more_than_ten_hashes_and_one_who_comes_in(house, hashed):
    await house.member(await house.main(), DORA)
    async with house.transaction() as tx:
        link = (await accounts.recover(tx, DORA)).secret

    async def attempt():
        password = await accounts.invited_password(
            house.db, Origin(), link, email=DORA, text=PASSWORD
        )
        return await accounts.accept_invitation(
            house.db, Origin(), link, password=password, full_name="Dora"
        )

    done = await asyncio.gather(*(attempt() for _ in range(30)), return_exceptions=True)
    assert len(hashed) == 10
    assert sum(isinstance(each, TooManyAttempts) for each in done) == 20
    assert sum(isinstance(each, accounts.SignedIn) for each in done) == 1


@pytest.mark.anyio
async def test_another_link_is_another_matter(house, hashed):
    await house.member(await house.main(), DORA)
    for _ in range(11):
        async with house.transaction() as tx:
            link = (await accounts.recover(tx, DORA)).secret
        await accounts.invited_password(house.db, Origin(), link, email=DORA, text=PASSWORD)
    assert len(hashed) == 11
