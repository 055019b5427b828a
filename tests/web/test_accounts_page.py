"""Manage accounts: the plan, the lists, and who may see them."""

import re

import pytest
from web.conftest import ANN, CAROL, text_of
from web.test_tokens_page import HOSTILE, house

from keyfob import accounts, families
from keyfob.accounts import PlanModel, Role

HERE = "/settings/manage-accounts"
MAIN, SUB = 2000001, 2000002


def furnish(config, clock, **subs):
    """More sub accounts, each with its settings; the server must not run."""

    async def add(opened):
        async with opened.reader() as conn:
            main = await accounts.first_main(conn)
        for name, settings in subs.items():
            await opened.sub(main, name, **settings)

    house(config, clock, add)


def set_plan(config, clock, **changes):
    async def change(opened):
        async with opened.transaction() as tx:
            await families.set_plan(tx, MAIN, changes)

    house(config, clock, change)


def picture(page):
    """What the bar says to whoever does not see it."""
    return re.search(r'<svg class="plan-bar"[^>]* aria-label="([^"]*)"', page.text).group(1)


def bars(page):
    found = re.findall(
        r'<rect class="part part-([a-z0-9-]+)" x="([\d.]+)" y="0" width="([\d.]+)"', page.text
    )
    return [(look, float(x), float(width)) for look, x, width in found]


def test_a_fixed_plan_is_drawn_as_it_is_shared_out(config, clock, served):
    furnish(config, clock, Payments={"max_daily_gb": 12.5}, Mobile={"max_daily_gb": 0.4})
    page = served().get(HERE)
    assert picture(page) == (
        "Of 100 GB a day: Workshop o11y 87.1 GB (87%), Payments 12.5 GB (12%), "
        "Mobile 0.4 GB (under 1%)."
    )
    assert bars(page) == [("main", 0, 871), ("sub-1", 871, 125), ("sub-2", 996, 4)]
    text = text_of(page)
    assert "Workshop o11y Main account 87.1 87% Payments 12.5 12% Mobile 0.4 under 1%" in text
    assert "Workshop o11y Main account Account ID 2000001 Vol (GB/day) 87.1 the rest" in text
    assert "Shared by all" not in text


def test_a_flexible_plan_shows_what_all_share(config, clock, served):
    set_plan(config, clock, flexible=True, volume_gb=10, reserved_gb=0.5, warm_days=3)
    furnish(config, clock, One={"reserved_gb": 0.5, "max_daily_gb": 2, "warm_days": 2})
    page = served().get(HERE)
    assert picture(page) == (
        "Of 10 GB a day: Workshop o11y 0.5 GB (5%), One 0.5 GB (5%), Shared by all 9 GB (90%)."
    )
    text = text_of(page)
    assert "Flexible volume: each account has what is reserved for it" in text
    assert "One Account ID 2000003 Vol (GB/day) 0.5 cap 2 Retention (days) 7 and 2 warm" in text
    assert "Team Blue Account ID 2000002 Vol (GB/day) 0 no cap Retention (days) 7" in text
    assert "Warm tier 3 days at most" in text


def test_a_consumption_plan_shows_what_is_not_given_out(config, clock, served):
    set_plan(config, clock, model=PlanModel.CONSUMPTION, volume_gb=300)
    furnish(config, clock, One={"soft_limit_gb": 200})
    page = served().get(HERE)
    assert picture(page).endswith("One 200 GB (67%), Not given out 100 GB (33%).")
    assert "One Account ID 2000003 Vol (GB/day) 200 soft cap" in text_of(page)
    assert "Team Blue Account ID 2000002 Vol (GB/day) no soft cap" in text_of(page)


def test_small_accounts_are_told_together(config, clock, served):
    furnish(config, clock, **{f"Sub {n}": {"max_daily_gb": 9 - n} for n in range(8)})
    assert "Sub 5 4 GB (4%), 2 smaller accounts 5 GB (5%)." in picture(served().get(HERE))


def test_a_family_of_one_is_taught_what_sub_accounts_are(ann):
    ann.post(f"{HERE}/{SUB}/delete", confirm="Team Blue")
    page = ann.get(HERE)
    assert "No sub accounts yet" in text_of(page)
    assert "A token of one account is good for no other" in text_of(page)
    assert "None yet. A metrics account takes no part of the volume" in text_of(page)
    assert page.text.count(f'href="{HERE}/new"') == 2


def test_the_main_account_cannot_be_removed(ann):
    page = ann.get(HERE)
    assert f'href="{HERE}/{SUB}/delete"' in page.text
    assert f'href="{HERE}/{MAIN}/delete"' not in page.text
    for answer in (ann.get(f"{HERE}/{MAIN}/delete"),
                   ann.post(f"{HERE}/{MAIN}/delete", confirm="Workshop o11y")):  # fmt: skip
        assert answer.status_code == 400
        assert "The main account cannot be deleted." in text_of(answer)


def test_no_value_of_a_token_is_on_the_page(ann):
    page = ann.get(HERE)
    assert re.findall(r"kf_ship_\w+", page.text)
    assert all(len(each) == len("kf_ship_") + 16 for each in re.findall(r"kf_ship_\w+", page.text))


def test_few_accounts_need_no_search(ann):
    assert 'role="search"' not in ann.get(HERE).text
    assert 'role="search"' in ann.get(f"{HERE}?q=blue").text


def test_searching_by_name_and_by_id(config, clock, served):
    furnish(config, clock, **{f"Room {n:02}": {} for n in range(10)})
    ann = served()
    ann.post(f"{HERE}/metrics/new", email=ANN, accountName="Room metrics", planUts="100")
    everything = ann.get(HERE)
    assert 'role="search"' in everything.text
    assert rows(everything) == 13
    assert names(ann.get(f"{HERE}?q=ROOM+0")) == [f"Room {n:02}" for n in range(10)]
    assert names(ann.get(f"{HERE}?q=metrics")) == ["Room metrics"]
    assert names(ann.get(f"{HERE}?q={SUB}")) == ["Team Blue"]
    nothing = ann.get(f"{HERE}?q=%3Cb%3Ezzz")
    assert "No log account matches “<b>zzz”" in text_of(nothing)
    assert "No metrics account matches “<b>zzz”." in text_of(nothing)
    assert "<b>zzz" not in nothing.text


def rows(page):
    return len(re.findall(r'<tr id="account-\d+"', page.text))


def names(page):
    return re.findall(r'<span class="name" dir="auto">([^<]*)<', page.text)


def test_a_suspended_account_says_so(config, clock, served):
    async def suspend(opened):
        async with opened.reader() as conn:
            team_blue = await accounts.by_id(conn, SUB)
        await opened.suspend(team_blue)

    house(config, clock, suspend)
    assert "Team Blue Suspended" in text_of(served().get(HERE))


def test_a_sub_accounts_admin_learns_that_the_page_is_the_main_accounts(console):
    console.sign_in(CAROL)
    page = console.get(HERE)
    assert page.status_code == 403
    text = text_of(page)
    assert "This page belongs to the main account" in text
    assert "You work in the sub account Team Blue . Its settings" in text
    assert "main account, Workshop o11y ." in text
    assert "Its admins can help you: A ann Admin of the main account" in text
    assert f'href="mailto:{ANN.replace("@", "%40")}"' in page.text
    assert CAROL not in page.text.replace(f"<small>{CAROL}</small>", "")
    assert "Work in Workshop" not in text


@pytest.mark.parametrize(
    "path",
    [HERE, f"{HERE}/new", f"{HERE}/{SUB}/edit", f"{HERE}/{SUB}/delete", f"{HERE}/{MAIN}/edit",
     f"{HERE}/metrics/new", f"{HERE}/metrics/{SUB}/edit", f"{HERE}/metrics/{SUB}/delete"],
)  # fmt: skip
def test_a_sub_account_changes_no_account_not_even_itself(console, path):
    console.sign_in(CAROL)
    page = console.get(path)
    assert page.status_code == 403
    assert "This page belongs to the main account" in text_of(page)
    if path != HERE:
        sent = console.post(path, account=str(SUB), accountName="Mine", confirm="Team Blue")
        assert sent.status_code == 403
    assert "Team Blue Admin | Sub account" in text_of(console.get("/"))


def test_an_admin_of_both_can_go_on_to_the_main_account(ann):
    ann.post("/account", to=str(SUB))
    page = ann.get(HERE)
    assert page.status_code == 403
    assert "Work in Workshop o11y" in text_of(page)
    assert f'<input type="hidden" name="back" value="{HERE}">' in page.text
    there = ann.post("/account", account=str(SUB), to=str(MAIN), back=HERE)
    assert ann.get(there.headers["location"]).status_code == 200


def test_settings_lead_there_only_from_the_main_account(ann, console):
    assert f'href="{HERE}"' in ann.get("/settings").text
    ann.post("/account", to=str(SUB))
    assert f'href="{HERE}"' not in ann.get("/settings").text


def test_another_familys_accounts_are_not_there(config, clock, served):
    async def found(opened):
        other = await opened.main("Another family")
        await opened.member(other, "eve@example.com", Role.ADMIN)
        return await opened.sub(other, "Theirs")

    theirs = house(config, clock, found)
    ann = served()
    assert "Theirs" not in ann.get(HERE).text
    one, metrics = f"{HERE}/{theirs.id}", f"{HERE}/metrics/{theirs.id}"
    for path in (f"{one}/edit", f"{one}/delete", f"{metrics}/edit", f"{metrics}/delete"):
        assert ann.get(path).status_code == 404
        sent = ann.post(path, accountName="Ours", retentionDays="7", confirm="Theirs")
        assert sent.status_code == 404
        assert f"Account {theirs.id} does not exist." in text_of(sent)
    shared = ann.post(
        f"{HERE}/{SUB}/edit", accountName="Team Blue", retentionDays="7",
        **{f"share-{theirs.id}": "on"},
    )  # fmt: skip
    assert shared.status_code == 400
    assert "The list of accounts has an account that is not in your family" in text_of(shared)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_search_is_only_words(ann, name):
    page = ann.client.get(HERE, params={"q": name}, headers={"Accept": "text/html"})
    for harm in ("<script>alert", "<img src=x", "onfocus='alert", "<svg/onload"):
        assert harm not in page.text
