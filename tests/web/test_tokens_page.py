"""The page of API tokens, form by form."""

import asyncio
from datetime import timedelta

import pytest
from support.house import House
from web.conftest import PASSWORD, TOKENS, Console, names_in, serving, text_of

from keyfob import audit, tokens
from keyfob.accounts import AccountId
from keyfob.actors import OPERATOR
from keyfob.tokens import Draft

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "</title><svg/onload=alert(1)>",
    "&lt;b&gt;",
    "${7*7}`",
    "😀" * 100,
    "نامه محرمانه",
]


def house(config, clock, work):
    """Do something in the installation; the server must not run."""

    async def do():
        opened = await House.open(config.data_dir, "", clock)
        try:
            return await work(opened)
        finally:
            await opened.close()

    return asyncio.run(do())


@pytest.mark.parametrize(
    "view", ["q=%FF", "q=%00", "cursor=x", "q=" + "a" * 201, "q=%E2%80%AE", "&".join(["a=1"] * 60)]
)
@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("", {"name": "New"}),
        ("/{id}/rename", {"name": "New"}),
        ("/{id}/switch", {"enabled": "no"}),
        ("/{id}/reveal", {}),
        ("/{id}/delete", {}),
    ],
)
def test_a_form_that_cannot_be_read_changes_nothing(ann, form, fields, view):
    token_id, _ = ann.add("Old")
    before = text_of(ann.get(TOKENS))
    answer = ann.post(TOKENS + form.replace("{id}", token_id), view=view, **fields)
    assert answer.status_code == 400
    assert text_of(ann.get(TOKENS)) == before


@pytest.mark.parametrize("enabled", ["", "on", "YES", "true", None])
def test_a_token_is_switched_by_yes_or_no_alone(ann, enabled):
    token_id, _ = ann.add("Old")
    fields = {} if enabled is None else {"enabled": enabled}
    answer = ann.post(f"{TOKENS}/{token_id}/switch", **fields)
    assert answer.status_code == 400
    assert "must be yes or no" in text_of(answer)
    assert "badge-disabled" not in ann.get(TOKENS).text


def test_the_empty_page_teaches(ann, config):
    page = ann.get(TOKENS)
    assert page.status_code == 200
    assert "<title>API tokens – Manage tokens – Settings – Keyfob</title>" in page.text  # noqa: RUF001 -- as written in the interface
    for words in (
        "Create authentication tokens to use with the Keyfob API .",
        "New API token", "Name Token Created at", "No API tokens yet",
        f'curl -H "X-API-TOKEN: $LOGZ_IO_API_TOKEN" {config.url}/v2/whoami',
    ):  # fmt: skip
        assert words in text_of(page)
    assert "Rows per page" not in page.text


def test_a_new_token_comes_with_its_lines_and_works(ann):
    token_id, value = ann.add("Workshop API Token")
    whoami = ann.client.get("/v2/whoami", headers={"X-API-TOKEN": value})
    assert whoami.json()["accountName"] == "Workshop o11y"
    page = ann.get(TOKENS)
    assert names_in(page) == ["Workshop API Token"]
    assert "Tue, Jan 1, 2030 12:00 AM UTC" in text_of(page)
    assert "1-1 of 1" in text_of(page)
    assert value not in page.text
    assert f'id="token-{token_id}"' in page.text


def test_the_answer_with_the_value_says_everything_once(ann):
    page = ann.post(TOKENS, name="Workshop API Token")
    assert page.headers["cache-control"] == "no-store"
    text = text_of(page)
    for words in ("API token created", "export LOGZ_IO_API_TOKEN=kf_api_",
                  "set -x LOGZ_IO_API_TOKEN kf_api_", '$env:LOGZ_IO_API_TOKEN = "kf_api_',
                  "curl -H", "import os", "Workshop API Token is ready to use"):  # fmt: skip
        assert words in text


def made(config, clock, **more):
    """A token as the API makes it; the server must not run."""

    async def make(opened):
        async with opened.transaction(OPERATOR) as tx:
            draft = Draft(name="Made", **more)
            return await tokens.create(tx, opened.instance, draft, account_id=AccountId(2000001))

    token, value = house(config, clock, make)
    return token.id, value


def test_the_table_tells_the_last_use_and_the_end(config, clock):
    _, value = made(config, clock, expires_at=clock.now + timedelta(days=30))
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        assert "Made Not used yet · expires in 30 days" in text_of(ann.get(TOKENS))
        client.get("/v2/whoami", headers={"X-API-TOKEN": value})
    with serving(config, clock) as client:  # the time of use is on disk once a server has stopped
        ann = Console(client)
        clock.forward(hours=3)
        ann.sign_in()
        page = ann.get(TOKENS)
        assert "Made Last used 3 hours ago · expires in 29 days" in text_of(page)
        assert 'title="Tue, Jan 1, 2030 12:00 AM UTC" data-words>3 hours ago</time>' in page.text
        clock.forward(days=31)
        ann.sign_in()
        assert "Expired Last used 31 days ago · expired 1 day ago" in text_of(ann.get(TOKENS))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"expires_at": timedelta(hours=1)}, "is expired: it is refused for good, or until"),
        ({"not_before": timedelta(days=9)}, "is scheduled: it is refused until its time comes"),
    ],
)
def test_lines_of_a_token_that_is_not_good_now_say_so(config, clock, times, words):
    moments = {name: clock.now + each for name, each in times.items()}
    token_id, value = made(config, clock, **moments)
    clock.forward(hours=2)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        page = text_of(ann.post(f"{TOKENS}/{token_id}/reveal", lines="1"))
        assert f"export LOGZ_IO_API_TOKEN={value}" in page
        assert f"Made {words}" in page
        assert "ready to use" not in page


def test_lines_of_a_disabled_token_say_so(ann):
    token_id, _ = ann.add("Off")
    ann.post(f"{TOKENS}/{token_id}/switch", enabled="no")
    page = text_of(ann.post(f"{TOKENS}/{token_id}/reveal", lines="1"))
    assert "Off is disabled: it is refused until you enable it" in page


def test_a_taken_name_is_told_beside_what_was_typed(ann):
    token_id, _ = ann.add("Workshop")
    page = ann.post(TOKENS, name="WORKSHOP")
    assert page.status_code == 409
    assert 'The account has a token named "Workshop" already (kf_api_' in text_of(page)
    assert 'value="WORKSHOP"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert names_in(page) == ["Workshop"]
    assert f"token-{token_id}" in page.text


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\u200bb", "a\x07b"])
def test_a_name_that_cannot_be_is_told(ann, name):
    page = ann.post(TOKENS, name=name)
    assert page.status_code == 400
    assert "The name" in text_of(page)
    assert names_in(page) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name(ann, name):
    token_id, _ = ann.add(name)
    row = ann.get(TOKENS)
    pages = [
        row, ann.get("/"), ann.post(f"{TOKENS}/{token_id}/reveal"), ann.post(TOKENS, name=name),
        ann.get(f"{TOKENS}/{token_id}/delete"), ann.get(f"{TOKENS}?edit={token_id}"),
        ann.get(TOKENS + "?q=" + "%3Cscript%3Ealert(1)"),
    ]  # fmt: skip
    assert names_in(row) == [name]
    for page in pages:
        for harm in ("<script>alert", "<img src=x", "onfocus='alert", "<svg/onload"):
            assert harm not in page.text


def test_a_value_is_shown_again_on_record(config, clock):
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        token_id, value = ann.add("Again")
        page = ann.post(f"{TOKENS}/{token_id}/reveal")
        assert f">{value}</code>" in page.text
        assert page.headers["cache-control"] == "no-store"
        with_lines = ann.post(f"{TOKENS}/{token_id}/reveal", lines="1", variable="MINE")
        assert f"export MINE={value}" in text_of(with_lines)
        plain = ann.post(
            f"{TOKENS}/{token_id}/reveal",
            headers={"Accept": "text/plain", "Sec-Fetch-Site": "same-origin"},
        )
        assert plain.text == value
        assert plain.headers["cache-control"] == "no-store"

    async def trail(opened):
        async with opened.reader() as conn:
            return await audit.trail(conn, subject=f"token:{token_id}")

    actions = [entry.action for entry in house(config, clock, trail)]
    assert actions == ["token.revealed"] * 3 + ["token.created"]


def test_a_token_shown_once_has_nothing_to_show(config, clock):
    token_id, _ = made(config, clock, retrievable=False)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        page = ann.get(TOKENS)
        assert "shown once" in text_of(page)
        assert "/reveal" not in page.text
        refused = ann.post(f"{TOKENS}/{token_id}/reveal")
        assert refused.status_code == 409
        assert "was made to be shown once only" in text_of(refused)


def test_renaming(ann):
    token_id, _ = ann.add("Before")
    ann.add("Other")
    edited = ann.get(f"{TOKENS}?edit={token_id}")
    assert 'aria-label="New name of Before"' in edited.text
    taken = ann.post(f"{TOKENS}/{token_id}/rename", name="other")
    assert taken.status_code == 409
    assert 'value="other"' in taken.text
    assert ann.post(f"{TOKENS}/{token_id}/rename", name="").status_code == 400
    done = ann.post(f"{TOKENS}/{token_id}/rename", name="After", view="limit=50")
    assert done.headers["location"] == f"{TOKENS}?limit=50"
    page = ann.get(TOKENS)
    assert names_in(page) == ["Other", "After"]
    assert "API token renamed" in text_of(page)


def test_disabling_and_enabling(ann):
    token_id, value = ann.add("Switch")
    ann.post(f"{TOKENS}/{token_id}/switch", enabled="no")
    page = ann.get(TOKENS)
    assert "Disabled" in text_of(page)
    assert "API token disabled" in text_of(page)
    who = {"X-API-TOKEN": value}
    assert ann.client.get("/v2/whoami", headers=who).status_code == 403
    ann.post(f"{TOKENS}/{token_id}/switch", enabled="yes")
    assert "API token enabled" in text_of(ann.get(TOKENS))
    assert ann.client.get("/v2/whoami", headers=who).status_code == 200


def test_the_question_before_deleting_says_what_will_break(ann, clock):
    token_id, value = ann.add("Doomed")
    fresh = text_of(ann.get(f"{TOKENS}/{token_id}/delete"))
    assert "Delete Doomed ?" in fresh
    assert "Last used never" in fresh
    for words in (value[:23], "by ann@example.com", "Tue, Jan 1, 2030",
                  "Every request that carries it is refused from the next one on"):  # fmt: skip
        assert words in fresh
    assert ann.post(f"{TOKENS}/{token_id}/delete").headers["location"] == TOKENS
    page = ann.get(TOKENS)
    assert "API token deleted" in text_of(page)
    assert names_in(page) == []
    who = {"X-API-TOKEN": value}
    assert ann.client.get("/v2/whoami", headers=who).status_code == 403
    assert ann.post(f"{TOKENS}/{token_id}/switch", enabled="no").status_code == 409


@pytest.mark.parametrize("token_id", [2_999_999, 2**31, 10**30])
def test_a_token_that_is_not_there(ann, token_id):
    answer = ann.get(f"{TOKENS}/{token_id}/delete")
    assert answer.status_code == 404
    assert f"Token {token_id} does not exist" in text_of(answer)


def test_a_problem_goes_where_everybody_looks_when_htmx_asks(ann):
    answer = ann.get(f"{TOKENS}/2999999/delete", **{"HX-Request": "true"})
    assert answer.headers["hx-retarget"] == "#content"
    assert answer.headers["hx-reselect"] == "#content"


def test_a_token_of_another_account_is_not_there(console):
    console.sign_in()
    token_id, _ = console.add("Of the main account")
    console.client.cookies.clear()
    console.sign_in("carol@example.com", PASSWORD)
    answer = console.post(f"{TOKENS}/{token_id}/delete", account="2000002")
    assert answer.status_code == 404


def test_pages_forth_and_back(ann):
    for number in range(12):
        ann.add(f"Token {number:02}")
    first = ann.get(f"{TOKENS}?limit=10")
    assert "1-10 of 12" in text_of(first)
    assert names_in(first)[0] == "Token 11"
    second = ann.get(link_of(first, "Next page"))
    assert "11-12 of 12" in text_of(second)
    assert names_in(second) == ["Token 01", "Token 00"]
    assert names_in(ann.get(link_of(second, "Previous page"))) == names_in(first)
    assert "Next page" in second.text
    assert ann.get(f"{TOKENS}?limit=7").text.count('id="token-') == 12


def test_a_page_that_has_emptied_leads_back(ann):
    made = [ann.add(f"Token {number:02}")[0] for number in range(11)]
    second = link_of(ann.get(f"{TOKENS}?limit=10"), "Next page")
    ann.post(f"{TOKENS}/{made[0]}/delete")
    page = ann.get(second)
    assert page.status_code == 200
    assert "Back to the first" in text_of(page)


@pytest.mark.parametrize("cursor", ["x", "%F0", "WzFd", "A" * 5000])
def test_a_cursor_of_nowhere_begins_anew(ann, cursor):
    answer = ann.get(f"{TOKENS}?q=a&cursor={cursor}")
    assert answer.status_code in {303, 400}
    if answer.status_code == 303:
        assert answer.headers["location"] == f"{TOKENS}?q=a"


def test_searching_by_name_and_by_token(ann):
    _, value = ann.add("Continuous integration")
    ann.add("Backups")
    assert names_in(ann.get(f"{TOKENS}?q=CONT")) == ["Continuous integration"]
    assert names_in(ann.get(f"{TOKENS}?q={value[:23]}")) == ["Continuous integration"]
    nothing = ann.get(f"{TOKENS}?q=nothing+of+the+kind")
    assert "No API token matches “nothing of the kind”" in text_of(nothing)


def test_a_pasted_token_leaves_the_address_before_anything_is_shown(ann):
    _, value = ann.add("Pasted")
    hint = value[:23]
    for pasted in (value, value[:40], f"export%20A={value}", f"secret-token:{value}"):
        sent = ann.get(f"{TOKENS}?q={pasted}&limit=10")
        assert (sent.status_code, sent.text) == (303, "")
        assert sent.headers["location"] == f"{TOKENS}?q={hint}&limit=10"
    page = ann.get(sent.headers["location"])
    assert names_in(page) == ["Pasted"]
    assert value not in page.text
    back = ann.post(f"{TOKENS}/2999999/switch", view=f"q={value}")
    assert value not in back.headers.get("location", "") + back.text


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [("MINE_2", "MINE_2"), ("2BAD", "LOGZ_IO_API_TOKEN"), ("a-b", "LOGZ_IO_API_TOKEN"),
     ("x" * 200, "LOGZ_IO_API_TOKEN")],
)  # fmt: skip
def test_the_variables_name_is_kept_when_it_is_one(ann, cookie, shown):
    ann.client.cookies.set("keyfob_variable", cookie)
    page = ann.post(TOKENS, name="Any")
    assert f"export {shown}=kf_api_" in text_of(page)


def link_of(page, label):
    before = page.text[: page.text.index(f'aria-label="{label}"')]
    return before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
