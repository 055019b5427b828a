"""The audit trail as a page and as a file."""

import csv
import importlib
import io
import re
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from support.house import acting_for
from web.conftest import BOB, TOKENS, Console, serving, text_of
from web.test_tokens_page import HOSTILE, house

from keyfob import accounts, families, tokens
from keyfob.actors import OPERATOR
from keyfob.tokens import Draft
from keyfob.web.agents import short
from keyfob.web.audit import spreadsheet

TRAIL = "/settings/audit-trail"


def rows_of(page):
    found = re.findall(r"<tr id.*?</tr>", page.text, re.DOTALL)
    return [text_of(SimpleNamespace(text=row)) for row in found]


def things(page):
    return re.findall(r'class="trail-thing".*?<span dir="auto">([^<]*)<', page.text)


def many(config, clock, count):
    """That many tokens, one a minute; the server must not run."""

    async def make(opened):
        for number in range(count):
            clock.forward(minutes=1)
            async with opened.transaction(OPERATOR) as tx:
                await tokens.create(
                    tx, opened.instance, Draft(name=f"T{number:03}"), account_id=2000001
                )

    house(config, clock, make)


def test_each_row_tells_when_what_who_and_from_where(ann, clock):
    token_id, _ = ann.add("Workshop API Token")
    clock.forward(hours=3)
    ann.sign_in()
    page = ann.get(TRAIL)
    assert page.status_code == 200
    assert "<title>Audit trail – Settings – Keyfob</title>" in page.text  # noqa: RUF001 -- as the pages are called
    newest = rows_of(page)[1]
    for words in (
        "3 hours ago", "User created a token", "Workshop API Token kf_api_", "ann",
        "ann@example.com", "testclient", "Name", "Scopes", "Retrievable yes", "Request id",
    ):  # fmt: skip
        assert words in newest
    assert 'title="Tue, Jan 1, 2030 12:00 AM UTC" data-words>3 hours ago</time>' in page.text
    assert f'href="{TRAIL}?subject=token%3A{token_id}"' in page.text
    assert 'id="rows"' in page.text


def test_a_change_tells_what_was_and_what_is(ann):
    token_id, _ = ann.add("Before")
    ann.post(f"{TOKENS}/{token_id}/rename", name="After")
    page = ann.get(TRAIL)
    assert '<del><span dir="auto">Before</span></del>' in page.text
    assert '<ins><span dir="auto">After</span></ins>' in page.text


def test_filters_go_together_and_stay_in_the_form(ann, clock):
    one, _ = ann.add("One")
    ann.add("Two")
    ann.post(f"{TOKENS}/{one}/switch", enabled="no")
    clock.forward(hours=2)
    ann.sign_in()
    ann.add("Three")
    everything = text_of(ann.get(TRAIL))
    assert "User updated a token" in everything
    assert things(ann.get(f"{TRAIL}?action=token.created&who=user:2000001")) == [
        "Three",
        "Two",
        "One",
    ]
    assert things(ann.get(f"{TRAIL}?action=token.created&range=hour")) == ["Three"]
    assert things(ann.get(f"{TRAIL}?subject=token:{one}")) == ["One", "One"]
    page = ann.get(f"{TRAIL}?subject=token:{one}&action=token.updated&who=user:2000001&range=week")
    assert things(page) == ["One"]
    for chosen in ("token.updated", "user:2000001", "week"):
        assert f'<option value="{chosen}" selected>' in page.text
    assert f'<input type="hidden" name="subject" value="token:{one}">' in page.text
    assert "Only One" in text_of(page)
    assert "1 entry" in text_of(page)
    nothing = ann.get(f"{TRAIL}?subject=token:{one}&range=hour")
    assert "Nothing like that has happened" in text_of(nothing)


def test_a_time_range_of_ones_own_is_of_utc_and_within(ann, clock):
    ann.add("First day")
    clock.forward(days=1)
    ann.sign_in()
    ann.add("Second day")
    created = f"{TRAIL}?action=token.created&who=user:2000001"
    assert things(ann.get(f"{created}&from=2030-01-02")) == ["Second day"]
    assert things(ann.get(f"{created}&to=2030-01-01")) == ["First day"]
    assert things(ann.get(f"{created}&from=2030-01-01&to=2030-01-02")) == [
        "Second day",
        "First day",
    ]
    assert things(ann.get(f"{created}&from=2030-01-01T00:01&to=2030-01-02T00:00")) == ["Second day"]
    page = ann.get(f"{created}&from=2030-01-02")
    assert '<option value="custom" selected>' in page.text
    assert 'type="datetime-local" data-utc value="2030-01-02T00:00"' in page.text


def test_empty_fields_of_a_form_leave_the_address(ann):
    answer = ann.get(f"{TRAIL}?who=&action=token.created&range=&from=&to=")
    assert answer.headers["location"] == f"{TRAIL}?action=token.created"
    answer = ann.get(f"{TRAIL}?who=&action=&range=&from=&to=")
    assert answer.headers["location"] == TRAIL
    answer = ann.get(f"{TRAIL}?range=day&from=2030-01-01&to=")
    assert answer.headers["location"] == f"{TRAIL}?range=day"


def test_a_token_is_found_by_its_name_its_hint_and_its_value(ann):
    token_id, value = ann.add("Grafana")
    ann.add("Grafana of the others")
    for typed in ("Grafana", "GRAFANA", value[:23]):
        answer = ann.get(f"{TRAIL}?action=token.created&q={typed}")
        wanted = f"{TRAIL}?action=token.created&subject=token%3A{token_id}"
        assert answer.headers["location"] == wanted
    answer = ann.get(f"{TRAIL}?q={value}")
    assert answer.headers["location"] == f"{TRAIL}?q={value[:23]}"  # no address has a secret
    assert things(ann.get(f"{TRAIL}?subject=token:{token_id}")) == ["Grafana"]


def test_a_whole_name_is_found_among_many_that_begin_so(ann):
    token_id, _ = ann.add("ci")
    for number in range(7):
        ann.add(f"ci {number}")
    answer = ann.get(f"{TRAIL}?q=CI")
    assert answer.headers["location"] == f"{TRAIL}?subject=token%3A{token_id}"
    assert "type its whole name" in text_of(ann.get(f"{TRAIL}?q=c"))


def test_an_export_knows_nothing_of_a_search(ann):
    ann.add("one")
    ann.add("two")
    ann.sign_in()
    assert "two" in ann.get(f"{TRAIL}.csv?q=one").text
    newest = rows_of(ann.get(TRAIL))[0]
    assert "one" not in newest.split()


def test_of_several_tokens_one_is_chosen_and_of_none_it_is_told(ann):
    made = [ann.add(name)[0] for name in ("Build one", "Build two")]
    page = ann.get(f"{TRAIL}?who=&range=day&q=build")
    page = ann.get(page.headers["location"])
    assert "Which token?" in text_of(page)
    for token_id in made:
        assert f'href="{TRAIL}?range=day&amp;subject=token%3A{token_id}"' in page.text
    page = ann.get(f"{TRAIL}?range=day&q=nothing")
    assert page.status_code == 400
    assert "No token of this account is called that." in text_of(page)
    assert 'value="nothing"' in page.text
    assert '<option value="day" selected>' in page.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range=always", "When is none of the choices."),
        ("who=user:x", "Who is none of the choices."),
        ("who=nobody:1", "Who is none of the choices."),
        ("who=user:99999999999", "Who is none of the choices."),
        ("from=yesterday", "From must be a day like 2030-01-31"),
        ("to=9999-12-31", "To must be a day like 2030-01-31"),
        ("from=2030-01-01T00:00%2B01:00", "From must be a day"),
        ("from=2030-01-02&to=2030-01-01", "To must not be before From."),
        ("before=x", "is the number of no entry"),
        ("after=-1", "is the number of no entry"),
        ("before=" + "9" * 40, "is the number of no entry"),
    ],
)
def test_what_cannot_be_read_is_told_and_what_was_chosen_stays(ann, query, words):
    page = ann.get(f"{TRAIL}?action=token.created&{query}")
    assert page.status_code == 400
    assert words in text_of(page)
    assert '<option value="token.created" selected>' in page.text
    assert rows_of(page) == []


def test_pages_lead_on_and_back_without_losing_an_entry(config, clock):
    many(config, clock, 120)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        created = f"{TRAIL}?action=token.created&who=operator:0"
        first = ann.get(created)
        assert "121 entries" in text_of(first)
        assert "Newer" not in text_of(first)

        def follow(page, word):
            (to,) = re.findall(rf'href="([^"]*)">(?:<svg.*?</svg> )?{word}', page.text)
            return ann.get(to.replace("&amp;", "&"))

        second = follow(first, "Older")
        third = follow(second, "Older")
        told = things(first) + things(second) + things(third)
        assert told == [*(f"T{number:03}" for number in reversed(range(120))), "Default"]
        assert "Older" not in text_of(third)
        assert things(follow(third, "Newer")) == things(second)
        assert things(follow(second, "Newer")) == things(first)
        assert things(follow(third, "The newest")) == things(first)
        assert things(ann.get(f"{created}&before=999999999")) == things(first)
        beyond = ann.get(f"{created}&before=1")
        assert "There is nothing further" in text_of(beyond)


def test_a_main_account_sees_what_closed_accounts_left(config, clock):
    async def close(opened):
        async with opened.reader() as conn:
            main = await accounts.by_id(conn, 2000001)
        for name in ("Red", "Green"):
            sub = await opened.sub(main, name)
            await opened.token(sub, f"Of {name}")
            async with opened.transaction(acting_for(main)) as tx:
                await families.close(tx, sub.id)

    house(config, clock, close)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        page = ann.get(f"{TRAIL}?action=token.created")
        assert [name for name in things(page) if name != "Default"] == ["Of Green", "Of Red"]
        assert "in Green , closed" in text_of(page)
        ann.post("/account", to="2000002")
        assert "Of Green" not in text_of(ann.get(f"{TRAIL}?action=token.created"))


def test_an_account_shows_its_own_trail_alone(console, ann):
    ann.add("Of main")
    carol = Console(console.client)
    carol.client.cookies.clear()
    carol.sign_in("carol@example.com")
    page = text_of(carol.get(TRAIL))
    assert "Of main" not in page
    assert "Login" in page
    assert "Of main" not in carol.get(f"{TRAIL}.csv").text


def test_only_admins_see_it(console):
    assert console.get(TRAIL).headers["location"].startswith("/login")
    assert console.get(f"{TRAIL}.csv").headers["location"].startswith("/login")
    console.sign_in(BOB)
    for path in (TRAIL, f"{TRAIL}.csv"):
        page = console.get(path)
        assert page.status_code == 403
        assert "You need admin rights in this account" in text_of(page)


def read(answer):
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_the_export_has_all_fields_of_what_is_filtered_and_is_on_record(ann, clock):
    ann.add("One")
    ann.add("Two")
    page = ann.get(f"{TRAIL}?action=token.created")
    (to,) = re.findall(r'href="([^"]*\.csv[^"]*)"', page.text)
    answer = ann.get(to.replace("&amp;", "&"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="audit-trail-workshop-o11y-2030-01-01.csv"'
    )
    rows = [row for row in read(answer) if row["actor kind"] == "user"]
    assert [row["subject name"] for row in rows] == ["Two", "One"]
    row = rows[0]
    assert row["time"] == "2030-01-01T00:00:00.000+00:00"
    assert (row["title"], row["actor name"]) == ("User created a token", "ann")
    assert row["token hint"].startswith("kf_api_")
    assert row["request id"]
    assert row["agent"] == "testclient"
    entry = rows_of(ann.get(TRAIL))[0]
    assert "Exported the audit trail" in entry
    assert "Action token.created" in entry


def test_an_export_of_many_comes_in_pieces_and_whole(config, clock, monkeypatch):
    monkeypatch.setattr("keyfob.accounts.trail.CHUNK", 7)
    many(config, clock, 40)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        rows = read(ann.get(f"{TRAIL}.csv?action=token.created&who=operator:0"))
    names = [row["subject name"] for row in rows]
    assert names == [*(f"T{number:03}" for number in reversed(range(40))), "Default"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', "\uff1d1+1"])
def test_no_cell_is_a_formula(ann, name):
    ann.add(name)
    row = read(ann.get(f"{TRAIL}.csv?action=token.created"))[0]
    assert row["subject name"] == f"'{name}"
    assert spreadsheet.cell("\tx") == "'\tx"
    assert spreadsheet.cell("plain") == "plain"


def test_an_export_that_cannot_be_read_is_not_begun(ann):
    answer = ann.get(f"{TRAIL}.csv?who=x")
    assert answer.status_code == 400
    assert "Exported" not in " ".join(rows_of(ann.get(TRAIL)))


@pytest.mark.parametrize(
    ("name", "slug"), [("Workshop o11y", "workshop-o11y-"), ("Ünïted", "united-"), ("日本", "")]
)
def test_the_file_is_named_after_the_account_and_the_day(clock, name, slug):
    assert spreadsheet.file_name(name, clock.now) == f"audit-trail-{slug}2030-01-01.csv"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name(ann, name):
    token_id, _ = ann.add(name)
    for page in (
        ann.get(TRAIL),
        ann.get(f"{TRAIL}?subject=token:{token_id}"),
        ann.get(f"{TRAIL}?subject={quote(name)}&action={quote(name)}"),
    ):
        for harm in ("<script>alert", "<img src=x", "onfocus='alert", "<svg/onload"):
            assert harm not in page.text


def test_who_is_deleted_is_marked(config, clock):
    async def act(opened):
        async with opened.reader() as conn:
            main = await accounts.by_id(conn, 2000001)
        token, _ = await opened.token(main, "Maker")
        actor = acting_for(main)
        await opened.token(main, "Made by it", replace(actor, id=token.id))
        async with opened.transaction() as tx:
            await tokens.revoke(tx, token.id)
        return token.id

    token_id = house(config, clock, act)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        page = ann.get(f"{TRAIL}?who=token:{token_id}")
        assert things(page) == ["Made by it"]
        assert "Maker Deleted Token" in text_of(page)
        assert f'<option value="token:{token_id}" selected>Maker (deleted)</option>' in page.text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/127.0 Safari/537.36 Edg/127.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("python-requests/2.32 (x)", "python-requests/2.32"),
        ("", ""),
        ("Mozilla/5.0", "Mozilla/5.0"),
    ],
)
def test_agents_are_told_shortly(agent, words):
    assert short(agent) == words


def test_the_count_stops_where_it_would_take_long(config, clock, monkeypatch):
    module = importlib.import_module("keyfob.audit.listing.page")
    monkeypatch.setattr(module, "MOST_COUNTED", 3)
    many(config, clock, 5)
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        assert "3+ entries More than are counted" in text_of(ann.get(TRAIL))


@pytest.mark.parametrize("digits", ["0" * 10 + "9" * 20, "9" * 19, "9" * 5000, "1" + "0" * 30, "٣"])
@pytest.mark.parametrize(
    "address",
    [f"{TRAIL}?who=user:", f"{TRAIL}.csv?who=user:", f"{TRAIL}?before=", f"{TRAIL}?after="],
)
def test_a_number_that_nothing_has_is_told(ann, address, digits):
    assert ann.get(address + digits).status_code == 400
