"""Removing an account: what goes with it is told, and its name has to be typed."""

import re

import pytest
from web.conftest import CAROL, serving, text_of
from web.test_accounts_page import HERE, MAIN, SUB, furnish, set_plan
from web.test_tokens_page import house

from keyfob import accounts
from keyfob.accounts import PlanModel

DELETE = f"{HERE}/{SUB}/delete"


def furnish_blue(config, clock):
    """Tokens of Team Blue, of which one is used once the server runs."""

    async def make(opened):
        async with opened.reader() as conn:
            blue = await accounts.by_id(conn, SUB)
        await opened.token(blue, "Deploy")
        return (await opened.token(blue, "Nightly"))[1]

    return house(config, clock, make)


def test_the_question_says_what_goes(config, clock, served):
    furnish_blue(config, clock)
    page = served().get(DELETE)
    text = text_of(page)
    assert "Remove Team Blue ?" in text
    assert "Tokens 2 API tokens, 1 data shipping token" in text
    assert "Last use None of its tokens was ever used." in text
    assert "People 1 member" in text
    assert "Volume It has none of its own." in text
    assert "Type the account's name to confirm: Team Blue" in text
    assert '<section class="confirm" id="confirm">' in page.text
    assert 'id="question"' in page.text


def test_the_question_says_when_it_was_used_last(config, clock, served):
    value = furnish_blue(config, clock)
    with serving(config, clock) as client:
        client.get("/v2/whoami", headers={"X-API-TOKEN": value})
    clock.forward(minutes=20)  # the time of use is on disk once a server has stopped
    text = text_of(served().get(DELETE))
    assert "Last use 20 minutes ago, of Nightly Tue, Jan 1, 2030 12:00 AM UTC" in text
    assert "Something used one of them 20 minutes ago: give that another token first." in text


@pytest.mark.parametrize(
    ("plan", "settings", "words"),
    [
        ({}, {"max_daily_gb": 12.5}, "12.5 GB a day go back to Workshop o11y."),
        ({"flexible": True}, {"reserved_gb": 2}, "2 GB a day are shared by all then."),
        (
            {"model": PlanModel.CONSUMPTION},
            {"soft_limit_gb": 1000, "max_daily_gb": 1},
            "1,000 GB a day can be given out again.",
        ),
    ],
)
def test_the_question_says_where_the_volume_goes(config, clock, served, plan, settings, words):
    set_plan(config, clock, volume_gb=5000, **plan)
    furnish(config, clock, Other=settings)
    assert words in text_of(served().get(f"{HERE}/2000003/delete"))


@pytest.mark.parametrize("typed", ["", "team blue", "Team  Blue", "Team Blue.", "2000002", "yes"])
def test_another_name_removes_nothing_and_stays_typed(ann, typed):
    page = ann.post(DELETE, confirm=typed)
    assert page.status_code == 400
    assert "This is not its name, so nothing was removed." in text_of(page)
    assert f'name="confirm" value="{typed}"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert "Team Blue" in text_of(ann.get(HERE))
    assert ann.post(DELETE).status_code == 400


def test_the_name_removes_it_for_good(config, clock, served):
    value = furnish_blue(config, clock)
    ann = served()
    token = {"X-API-TOKEN": value}
    assert ann.client.get("/v2/whoami", headers=token).status_code == 200
    done = ann.post(DELETE, confirm=" Team Blue ")
    assert (done.status_code, done.headers["location"]) == (303, HERE)
    page = ann.get(HERE)
    assert "Account removed" in text_of(page)
    assert "Team Blue" not in text_of(page)
    assert ann.client.get("/v2/whoami", headers=token).status_code == 403
    for again in (ann.get(DELETE), ann.post(DELETE, confirm="Team Blue")):
        assert again.status_code == 404
        assert "Account 2000002 does not exist." in text_of(again)


def test_a_sub_accounts_admin_finds_no_way_in_afterwards(ann, console):
    ann.post(DELETE, confirm="Team Blue")
    ann.client.cookies.clear()
    console.sign_in(CAROL)
    assert console.get("/").headers["location"].startswith("/login")


def test_in_the_dialog_a_refusal_stays_in_the_dialog(ann):
    asked = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
    page = ann.post(DELETE, headers=asked, confirm="no")
    assert page.headers["hx-retarget"] == "#dialog"
    assert page.headers["hx-reselect"] == "#confirm"
    assert page.headers["hx-push-url"] == "false"
    assert "hx-retarget" not in ann.post(DELETE, confirm="no").headers


def test_a_metrics_account_is_not_removed_as_a_sub_account(ann):
    ann.post(f"{HERE}/metrics/new", accountName="Numbers", email="ann@example.com", planUts="100")
    assert ann.post(f"{HERE}/2000003/delete", confirm="Numbers").status_code == 404
    assert ann.post(f"{HERE}/metrics/{SUB}/delete", confirm="Team Blue").status_code == 404
    assert ann.post(f"{HERE}/metrics/{MAIN}/delete", confirm="Workshop o11y").status_code == 404
    assert len(re.findall(r'<tr id="account-', ann.get(HERE).text)) == 3
