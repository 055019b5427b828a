"""The forms of Manage accounts: made, edited, removed, each without a line of JavaScript."""

import re

import pytest
from web.conftest import ANN, BOB, Console, serving, text_of
from web.test_accounts_page import HERE, MAIN, SUB, furnish, set_plan
from web.test_tokens_page import house

from keyfob import audit
from keyfob.accounts import PlanModel

NEW = {"accountName": "Payments", "email": ANN, "retentionDays": "14", "maxDailyGB": "10"}
BLUE = {"accountName": "Team Blue", "retentionDays": "7"}


def as_clients_see_it(ann, account_id):
    """The account, as the account API tells it."""
    _, token = ann.add("To look at accounts")
    path = f"/v1/account-management/time-based-accounts/{account_id}"
    return ann.client.get(path, headers={"X-API-TOKEN": token}).json()


def trail_of(config, clock, account_id):
    """The server must not run."""

    async def look(opened):
        async with opened.reader() as conn:
            return await audit.trail(conn, subject=f"account:{account_id}")

    return [(entry.action, entry.actor_name) for entry in house(config, clock, look)]


def value_of(page, name):
    found = re.search(rf'<input id="{name}" name="{name}" value="([^"]*)"', page.text)
    return found.group(1) if found else None


def seen(page):
    return re.search(r'name="seen" value="(\d+)"', page.text)[1]


def is_wrong(page, name):
    return (
        re.search(rf'(?:input|select) id="{name}"[^>]* aria-invalid="true"', page.text) is not None
    )


def test_the_form_begins_with_what_is_likely(ann):
    page = ann.get(f"{HERE}/new")
    assert "<title>New sub account – Manage accounts – Settings – Keyfob</title>" in page.text  # noqa: RUF001 -- as in the other titles
    assert value_of(page, "retentionDays") == "30"
    assert f'<option value="{ANN}" selected>ann ({ANN})</option>' in page.text
    assert BOB not in page.text
    assert "At most 100: it is taken from the main account." in text_of(page)
    for name in ("reservedDailyGB", "softLimitGB", "snapSearchRetentionDays"):
        assert value_of(page, name) is None


def test_a_new_account_is_ready_at_once(config, clock, served):
    ann = served()
    done = ann.post(
        f"{HERE}/new", **NEW, searchable="on", docSizeSetting="on", utilizationEnabled="on",
        frequencyMinutes="30", **{f"share-{SUB}": "on", f"share-{MAIN}": "on"},
    )  # fmt: skip
    assert done.status_code == 303
    assert done.headers["location"] == f"{HERE}?made=2000003"
    page = ann.get(done.headers["location"])
    assert "Payments is ready Its ID is 2000003" in text_of(page)
    assert "Account created" in text_of(page)
    assert "Work in Payments" in text_of(page)
    there = ann.post("/account", to="2000003", back="/")
    assert "Payments Admin | Sub account" in text_of(ann.get(there.headers["location"]))
    ann.post("/account", account="2000003", to=str(MAIN))
    made = as_clients_see_it(ann, 2000003)
    assert (made["maxDailyGB"], made["retentionDays"]) == (10, 14)
    assert (made["searchable"], made["accessible"], made["docSizeSetting"]) == (True, False, True)
    assert made["utilizationSettings"] == {"utilizationEnabled": True, "frequencyMinutes": 30}
    assert {each["accountId"] for each in made["sharingObjectsAccounts"]} == {SUB, MAIN}


def test_what_is_done_to_an_account_is_on_record(config, clock, furnished):
    with serving(config, clock) as client:
        client.cookies.set("keyfob_session", furnished.session, domain="127.0.0.1", path="/")
        ann = Console(client)
        ann.post(f"{HERE}/new", **NEW)
        ann.post(f"{HERE}/2000003/edit", accountName="Bills", retentionDays="14")
        ann.post(f"{HERE}/2000003/delete", confirm="Bills")
    assert trail_of(config, clock, 2000003) == [
        ("account.deleted", ANN),
        ("account.updated", ANN),
        ("account.created", ANN),
    ]


def test_the_panel_of_a_new_account_is_an_address_and_knows_what_is_not_there(ann):
    assert "is ready" in text_of(ann.get(f"{HERE}?made={SUB}"))
    for number in ("2999999", "", "x", "<b>"):
        assert "is ready" not in text_of(ann.get(f"{HERE}?made={number}"))


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("accountName", "", "The account name is required."),
        ("accountName", "a<b>", "may have letters, digits"),
        ("accountName", "x" * 101, "must be at most 100 characters"),
        ("email", BOB, "The e-mail address must belong to an admin of the main account."),
        ("email", "nobody@example.com", "Email must belong to an existing user"),
        ("email", "", "The e-mail address"),
        ("retentionDays", "", "The retention is required."),
        ("retentionDays", "0", "The retention must be between 1 and"),
        ("retentionDays", "7.5", "The retention must be a whole number."),
        ("retentionDays", "-1", "The retention must be a whole number."),
        ("retentionDays", "９", "The retention must be a whole number."),  # noqa: RUF001 -- a digit, not of ours
        ("maxDailyGB", "100.1", "would have 100.1 GB a day together; the plan has 100"),
        ("maxDailyGB", "-1", "The daily volume must be a number of GB, like 2.5."),
        ("maxDailyGB", "1_0", "The daily volume must be a number of GB, like 2.5."),
        ("maxDailyGB", "inf", "The daily volume must be a number of GB, like 2.5."),
        ("maxDailyGB", "9999999999", "The daily volume must be between 0 and 1000000000."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(ann, field, typed, words):
    sent = {**NEW, "accountName": "Kept & <b>", "searchable": "on", f"share-{SUB}": "on"}
    if field != "accountName":
        sent["accountName"] = "Kept"
    page = ann.post(f"{HERE}/new", **{**sent, field: typed})
    assert page.status_code == 400
    assert words in text_of(page)
    assert is_wrong(page, field)
    assert page.text.count('aria-invalid="true"') == 1
    for name in ("accountName", "retentionDays", "maxDailyGB"):
        expected = typed if name == field else sent[name]
        assert value_of(page, name) == expected.replace("<", "&lt;").replace(">", "&gt;")
    assert 'name="searchable" checked' in page.text
    assert f'name="share-{SUB}" checked' in page.text
    assert 'name="accessible" checked' not in page.text
    assert "Kept" not in ann.get(HERE).text


def test_a_comma_is_as_good_as_a_point(config, clock, served):
    ann = served()
    assert ann.post(f"{HERE}/new", **{**NEW, "maxDailyGB": "2,5"}).status_code == 303
    assert "Payments Account ID 2000003 Vol (GB/day) 2.5" in text_of(ann.get(HERE))


def test_fields_of_a_flexible_plan(config, clock, served):
    set_plan(config, clock, flexible=True, volume_gb=10, reserved_gb=1, warm_days=5)
    ann = served()
    page = ann.get(f"{HERE}/new")
    for name in ("reservedDailyGB", "maxDailyGB", "snapSearchRetentionDays"):
        assert value_of(page, name) == ""
    assert "Reserved volume (GB a day) At most 9. Nobody else can use it up." in text_of(page)
    assert "At most 5, and only with a retention of 4 days or more." in text_of(page)
    sent = {**NEW, "reservedDailyGB": "2", "maxDailyGB": "9", "snapSearchRetentionDays": "5"}
    too_much = ann.post(f"{HERE}/new", **{**sent, "maxDailyGB": "9.5"})
    assert is_wrong(too_much, "maxDailyGB")
    assert "The daily volume must be at most 9: what is reserved for the account" in text_of(
        too_much
    )
    too_long = ann.post(f"{HERE}/new", **{**sent, "snapSearchRetentionDays": "6"})
    assert is_wrong(too_long, "snapSearchRetentionDays")
    assert "It must be at most the main account's, 5 days." in text_of(too_long)
    assert "for account" not in text_of(too_long)
    assert ann.post(f"{HERE}/new", **sent).status_code == 303
    assert "Payments Account ID 2000003 Vol (GB/day) 2 cap 9 Retention (days) 14 and 5 warm" in (
        text_of(ann.get(HERE))
    )


def test_fields_of_a_consumption_plan(config, clock, served):
    set_plan(config, clock, model=PlanModel.CONSUMPTION, volume_gb=300)
    furnish(config, clock, Old={"soft_limit_gb": 1, "max_daily_gb": 0.001})
    ann = served()
    page = ann.get(f"{HERE}/new")
    assert value_of(page, "softLimitGB") == ""
    assert value_of(page, "maxDailyGB") is None
    too_much = ann.post(f"{HERE}/new", **{**NEW, "softLimitGB": "299.5"})
    assert is_wrong(too_much, "softLimitGB")
    ann.post(f"{HERE}/2000003/edit", accountName="Old", retentionDays="7", softLimitGB="299")
    assert "Old Account ID 2000003 Vol (GB/day) 299 soft cap" in text_of(ann.get(HERE))
    kept = as_clients_see_it(ann, 2000003)
    assert kept["maxDailyGB"] == 0.001  # it has no field


def test_editing_a_sub_account(config, clock, served):
    set_plan(config, clock, volume_gb=100)
    furnish(
        config, clock,
        Busy={"max_daily_gb": 0.00001, "utilization": True, "frequency_minutes": 5,
              "sharing": (SUB, MAIN), "accessible": True},
    )  # fmt: skip
    ann, at = served(), f"{HERE}/2000003/edit"
    page = ann.get(at)
    assert value_of(page, "maxDailyGB") == "0.00001"
    assert '<option value="5" selected>Every 5 minutes</option>' in page.text
    for name in ("accessible", "utilizationEnabled", f"share-{SUB}", f"share-{MAIN}"):
        assert f'name="{name}" checked' in page.text
    assert "share-2000003" not in page.text
    sent = {"accountName": "Calm", "retentionDays": "8", "maxDailyGB": "", "docSizeSetting": "on"}
    done = ann.post(at, **sent, **{f"share-{MAIN}": "on", f"share-{SUB}": "on"})
    assert done.headers["location"] == HERE
    page = ann.get(HERE)
    assert "Account saved" in text_of(page)
    assert "Calm Account ID 2000003 Vol (GB/day) 0 Retention (days) 8" in text_of(page)
    new = as_clients_see_it(ann, 2000003)
    order = [each["accountId"] for each in new["sharingObjectsAccounts"]]
    assert order == [SUB, MAIN]  # that of before, whatever a browser sends
    assert (new["accessible"], new["docSizeSetting"]) == (False, True)
    assert new["utilizationSettings"] == {"utilizationEnabled": False, "frequencyMinutes": 5}


def test_a_form_that_is_old_puts_nothing_back(config, clock, served):
    furnish(config, clock, Green={"accessible": True})
    ann, at = served(), f"{HERE}/2000003/edit"
    old = seen(ann.get(at))
    clock.forward(seconds=1)
    shut = {"accountName": "Green", "retentionDays": "7", "maxDailyGB": ""}
    assert ann.post(at, seen=old, **shut).status_code == 303
    again = ann.post(at, seen=old, **{**shut, "retentionDays": "9", "accessible": "on"})
    assert again.status_code == 409
    assert "Green was changed since you opened the form" in text_of(again)
    assert 'name="accessible" checked' not in ann.get(at).text
    assert value_of(again, "retentionDays") == "9"
    sent = {**shut, "retentionDays": "9", "accessible": "on", "seen": seen(again)}
    assert ann.post(at, **sent).status_code == 303
    assert 'name="accessible" checked' in ann.get(at).text


def test_an_old_form_of_a_metrics_account_puts_nothing_back(ann, clock):
    sent = {"accountName": "Prometheus", "email": ANN, "planUts": "200"}
    assert ann.post(f"{HERE}/metrics/new", **sent).status_code == 303
    at = f"{HERE}/metrics/2000003/edit"
    old = seen(ann.get(at))
    clock.forward(seconds=1)
    theirs = {"accountName": "Prometheus", "planUts": "300", f"share-{SUB}": "on"}
    assert ann.post(at, seen=old, **theirs).status_code == 303
    mine = {"accountName": "Thanos", "planUts": "400"}
    again = ann.post(at, seen=old, **mine)
    assert again.status_code == 409
    assert "Prometheus was changed since you opened the form" in text_of(again)
    assert value_of(again, "accountName") == "Thanos"
    assert value_of(ann.get(at), "planUts") == "300"
    assert ann.post(at, seen=seen(again), **mine).status_code == 303
    assert value_of(ann.get(at), "planUts") == "400"


def test_an_edit_that_is_refused_changes_nothing(ann):
    page = ann.post(f"{HERE}/{SUB}/edit", accountName="", retentionDays="99")
    assert page.status_code == 400
    assert is_wrong(page, "accountName")
    assert value_of(page, "retentionDays") == "99"
    assert "Edit Team Blue" in text_of(page)
    assert "Team Blue Account ID 2000002 Vol (GB/day) 0 Retention (days) 7" in text_of(
        ann.get(HERE)
    )


def test_of_the_main_account_only_what_may_change_has_a_field(config, clock, served):
    set_plan(config, clock, warm_days=5)
    ann = served()
    page = ann.get(f"{HERE}/{MAIN}/edit")
    assert value_of(page, "accountName") == "Workshop o11y"
    assert "Daily volume 100 GB a day What the sub accounts leave" in text_of(page)
    assert "Retention 30 days Comes with the plan." in text_of(page)
    assert value_of(page, "maxDailyGB") is value_of(page, "retentionDays") is None
    assert "accessible" not in page.text
    sent = {"accountName": "Workshop", "snapSearchRetentionDays": "4", f"share-{SUB}": "on"}
    assert ann.post(f"{HERE}/{MAIN}/edit", **sent).status_code == 303
    page = ann.get(HERE)
    assert "Workshop Main account Account ID 2000001" in text_of(page)
    assert "Retention (days) 30 and 4 warm" in text_of(page)


def test_a_main_account_of_a_flexible_plan_can_reserve_more(config, clock, served):
    set_plan(config, clock, flexible=True, volume_gb=10, reserved_gb=1)
    ann = served()
    page = ann.get(f"{HERE}/{MAIN}/edit")
    assert value_of(page, "reservedDailyGB") == "1"
    sent = {"accountName": "Workshop o11y", "reservedDailyGB": "4", "maxDailyGB": "5"}
    assert ann.post(f"{HERE}/{MAIN}/edit", **sent).status_code == 303
    assert "Vol (GB/day) 4 cap 5" in text_of(ann.get(HERE))


def test_the_header_is_renewed_when_accounts_have_changed(ann):
    asked = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
    assert "hx-swap-oob" not in ann.get(HERE, **asked).text
    ann.post(f"{HERE}/new", **NEW)
    page = ann.get(f"{HERE}?made=2000003", **asked)
    assert 'id="top" hx-swap-oob="true"' in page.text
    assert "hx-swap-oob" not in ann.get(HERE, **asked).text


def test_a_metrics_account_is_made_edited_and_removed(ann):
    page = ann.get(f"{HERE}/metrics/new")
    assert value_of(page, "accountName") == "Workshop o11y_metrics"
    assert value_of(page, "planUts") == "100"
    sent = {"accountName": "Numbers", "email": ANN, "planUts": "1500", f"share-{SUB}": "on"}
    done = ann.post(f"{HERE}/metrics/new", **sent)
    assert done.headers["location"] == f"{HERE}?made=2000003"
    page = ann.get(done.headers["location"])
    assert "Numbers is ready" in text_of(page)
    assert "Numbers Account ID 2000003 Plan (UTS) 1,500 kf_ship_" in text_of(page)
    at = f"{HERE}/metrics/2000003"
    page = ann.get(f"{at}/edit")
    assert f'name="share-{SUB}" checked' in page.text
    assert ann.post(f"{at}/edit", accountName="Figures", planUts="200").status_code == 303
    assert "Figures Account ID 2000003 Plan (UTS) 200" in text_of(ann.get(HERE))
    assert f'name="share-{SUB}" checked' not in ann.get(f"{at}/edit").text
    assert "Volume" not in text_of(ann.get(f"{at}/delete"))
    assert ann.post(f"{at}/delete", confirm="figures").status_code == 400
    assert ann.post(f"{at}/delete", confirm="Figures").status_code == 303
    assert "Figures" not in text_of(ann.get(HERE))
    assert ann.get(f"{at}/edit").status_code == 404


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("planUts", "99", "The number of time series must be between 100 and"),
        ("planUts", "many", "The number of time series must be a whole number."),
        ("accountName", "a/b", "The account name may have letters"),
        ("email", "nobody@example.com", "There is no registered user for the passed email"),
    ],
)
def test_a_metrics_account_that_cannot_be_is_told_at_its_field(ann, field, typed, words):
    sent = {"accountName": "Numbers", "email": ANN, "planUts": "1500", f"share-{SUB}": "on"}
    page = ann.post(f"{HERE}/metrics/new", **{**sent, field: typed})
    assert page.status_code == 400
    assert words in text_of(page)
    assert is_wrong(page, field)
    assert f'name="share-{SUB}" checked' in page.text
    assert "Numbers" not in ann.get(HERE).text


def test_a_form_drawn_for_another_account_is_refused(ann: Console):
    for path in ("/new", f"/{SUB}/edit", f"/{SUB}/delete", "/metrics/new"):
        answer = ann.post(HERE + path, account=str(SUB), **NEW, confirm="Team Blue")
        assert answer.status_code == 409
        assert "nothing was changed" in text_of(answer)
    assert "Team Blue" in text_of(ann.get(HERE))
    assert "Payments" not in text_of(ann.get(HERE))
