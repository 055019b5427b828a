"""Settings, Account, General: what every member sees of the account, and its default token."""

import re

import pytest
from support.house import acting_for
from web.conftest import ANN, BOB, CAROL, Console, serving, text_of
from web.test_accounts_page import HERE as ACCOUNTS
from web.test_accounts_page import SUB, set_plan
from web.test_tokens_page import house

from keyfob import accounts, audit, tokens
from keyfob.accounts import PlanModel

HERE = "/settings/account"
VALUE = re.compile(r"kf_ship_\w{65}")


def test_the_main_account(ann):
    page = ann.get(HERE)
    text = text_of(page)
    assert "<title>General – Account – Settings – Keyfob</title>" in page.text  # noqa: RUF001 -- as in the other titles
    assert "Settings / Account General" in text
    assert "Account name Workshop o11y Account ID 2000001 Type Main account Created Tue," in text
    assert "Volume 100 GB a day 100 of it this account's own Model Subscription" in text
    assert "Retention 30 days in the main account Warm tier Not part of the plan" in text
    assert "At most 15 enabled in each account" in text
    assert f'href="{ACCOUNTS}/2000001/edit"' in page.text
    assert 'data-copy-text="account-id"' in page.text
    assert not VALUE.search(page.text)


def test_a_flexible_plan(config, clock, served):
    set_plan(config, clock, flexible=True, volume_gb=10, reserved_gb=1, warm_days=4)
    text = text_of(served().get(HERE))
    assert "Volume 10 GB a day 9 of it shared by all accounts Model Subscription, flexible" in text
    assert "Warm tier 4 days at most" in text


def test_a_sub_account(console):
    console.sign_in(CAROL)
    page = console.get(HERE)
    text = text_of(page)
    assert "Account name Team Blue Account ID 2000002 Type Sub account" in text
    assert "Main account Workshop o11y 2000001" in text
    assert "Settings from the main account Volume 0 GB a day Retention 7 days" in text
    assert "Main account users have no access of their own" in text
    assert "Utilization not saved" in text
    assert ACCOUNTS not in page.text
    assert "Show the token" in page.text


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"flexible": True}, "Volume 0 GB a day reserved no cap on what it takes of the shared"),
        ({"model": PlanModel.CONSUMPTION}, "Soft cap none of its own Retention"),
    ],
)
def test_a_sub_account_of_another_plan(config, clock, served, plan, words):
    set_plan(config, clock, **plan)
    ann = served()
    ann.post("/account", to=str(SUB))
    assert words in text_of(ann.get(HERE))


def test_a_metrics_account(ann):
    ann.post(f"{ACCOUNTS}/metrics/new", accountName="Numbers", email=ANN, planUts="1500")
    ann.post("/account", to="2000003")
    text = text_of(ann.get(HERE))
    assert "Account name Numbers Account ID 2000003 Type Metrics account" in text
    assert "Plan 1,500 unique time series (UTS) Data shipping tokens Exactly one" in text


def test_a_member_who_is_no_admin_learns_who_is(console):
    console.sign_in(BOB)
    page = console.get(HERE)
    assert page.status_code == 200
    text = text_of(page)
    assert "Account name Workshop o11y" in text
    assert "You are User" in text
    assert "Admins see it here. You are User ; one of these can help you:" in text
    assert f'href="mailto:{ANN.replace("@", "%40")}"' in page.text
    assert "kf_ship_" not in page.text
    assert "/reveal" not in page.text
    assert ACCOUNTS not in page.text
    assert console.post(HERE + "/reveal").status_code == 403


def test_the_default_token_is_shown_on_record(config, clock, furnished):
    with serving(config, clock) as client:
        client.cookies.set("keyfob_session", furnished.session, domain="127.0.0.1", path="/")
        ann = Console(client)
        hint = re.search(r'<code class="hint">(kf_ship_\w{16})…<', ann.get(HERE).text).group(1)
        page = ann.post(HERE + "/reveal")
        value = re.search(r'<code class="value"[^>]*>(kf_ship_\w{65})</code>', page.text).group(1)
        assert value.startswith(hint)
        assert page.headers["cache-control"] == "no-store"
        plain = ann.post(
            HERE + "/reveal", headers={"Accept": "text/plain", "Sec-Fetch-Site": "same-origin"}
        )
        assert plain.text == value
        assert not VALUE.search(ann.get(HERE).text)

    async def trail(opened):
        async with opened.reader() as conn:
            entries = await audit.trail(
                conn, subject=f"token:{await number_of(opened, conn, hint)}"
            )
            return [(entry.action, entry.actor_name) for entry in entries]

    revealed = ("token.revealed", ANN)
    assert house(config, clock, trail)[:2] == [revealed, revealed]


async def number_of(opened, conn, hint):
    main = await accounts.first_main(conn)
    found = await tokens.shipping.search(
        conn, opened.instance, acting_for(main), tokens.shipping.Search()
    )
    return next(token.id for token, _ in found.page if token.hint == hint)


def test_each_account_shows_its_own_token(ann):
    of_main = VALUE.search(ann.post(HERE + "/reveal").text).group()
    ann.post("/account", to=str(SUB))
    of_sub = VALUE.search(ann.post(HERE + "/reveal", account=str(SUB)).text).group()
    assert of_main != of_sub
    assert ann.post(HERE + "/reveal").status_code == 409  # drawn for the account of before


def test_where_values_are_not_kept_there_is_nothing_to_show(config, clock, furnished):
    with serving(config.model_copy(update={"reveal": False}), clock) as client:
        client.cookies.set("keyfob_session", furnished.session, domain="127.0.0.1", path="/")
        ann = Console(client)
        refused = ann.post(HERE + "/reveal")
        assert refused.status_code == 409
        assert "shows a token once only" in text_of(refused)
