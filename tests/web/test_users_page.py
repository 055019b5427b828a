"""Manage users: who is in the account, invitations, roles, suspending, removing, groups."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from web.conftest import ANN, BOB, PASSWORD, Console, names_in, serving, text_of

from keyfob.web.users.members import ROWS

USERS = "/settings/manage-users"
GROUPS = "/settings/manage-users/groups"
NEW = {"email": "dora@example.com", "fullName": "Dora", "role": "USER_ROLE_REGULAR"}
HERS = "another sentence nobody guesses"


def invite(ann, **fields):
    """Invite somebody; return the link's path, as it stands on the page."""
    page = ann.post(USERS, **NEW | fields)
    assert page.status_code == 201, text_of(page)
    return link_on(page)


def link_on(page):
    return re.search(r"(/invitation\?link=[\w-]{43})<", page.text)[1]


def user_id(ann, name):
    rows = re.findall(
        r'id="user-(\d+)".*?<span class="name"[^>]*>([^<]*)<', ann.get(USERS).text, re.DOTALL
    )
    return next(number for number, called in rows if unescape(called) == name)


def secret_of(link):
    return link.rpartition("=")[2]


def test_the_page_tells_who_is_in_the_account(ann):
    page = ann.get(USERS)
    assert {*names_in(page)} == {"ann", "bob"}
    assert "ann You ann@example.com Admin" in text_of(page)
    assert "Search the users" not in page.text


def test_somebody_new_comes_in_with_a_link_once(ann):
    link = invite(ann)
    page = ann.get(USERS)
    assert "Dora Invited dora@example.com User" in text_of(page)
    assert secret_of(link) not in page.text
    ann.post("/logout")
    form = ann.get(link)
    assert "You are invited as dora@example.com" in text_of(form)
    assert "data-hide-query" in form.text
    done = ann.post("/invitation", link=secret_of(link), fullName="Dora D", password=HERS)
    assert done.headers["location"] == "/"
    assert "Hello Dora D" in text_of(ann.get("/"))
    ann.post("/logout")
    assert ann.sign_in("dora@example.com", HERS).status_code == 303
    again = ann.post("/invitation", link=secret_of(link), fullName="X", password=PASSWORD)
    assert again.status_code == 403
    assert "not good (any more)" in text_of(ann.get(link))


def test_the_mail_that_would_carry_the_link_is_ready_to_be_sent(ann):
    page = ann.post(USERS, **NEW)
    mail = unquote(unescape(re.search(r'href="(mailto:[^"]+)"', page.text)[1]))
    assert mail.startswith("mailto:dora@example.com?subject=You are invited to Workshop o11y")
    assert link_on(page) in mail


def test_a_new_link_ends_the_one_before(ann):
    first = invite(ann)
    page = ann.post(f"{USERS}/{user_id(ann, 'Dora')}/invite")
    second = link_on(page)
    assert first != second
    assert ann.get(first).status_code == 403
    assert ann.get(second).status_code == 200


def test_an_invitation_ends_after_a_week(ann, clock):
    link = invite(ann)
    clock.forward(days=7, seconds=-1)
    assert ann.get(link).status_code == 200
    clock.forward(seconds=1)
    assert ann.get(link).status_code == 403
    assert ann.post("/invitation", link=secret_of(link), password=HERS).status_code == 403


@pytest.mark.parametrize("link", ["", "x", "A" * 43])
def test_a_link_that_never_was_says_what_to_do(console, link):
    page = console.get(f"/invitation?link={link}")
    assert page.status_code == 403
    assert "ask for a new link whoever gave you this one" in text_of(page)


def test_a_password_that_cannot_be_keeps_the_link_good(ann):
    link = invite(ann)
    page = ann.post("/invitation", link=secret_of(link), fullName="Dora D", password="short")
    assert page.status_code == 400
    assert "must have at least 15 characters" in text_of(page)
    assert 'value="Dora D"' in page.text
    assert "short" not in page.text.partition("<form")[2].replace("data-", "")
    assert ann.get(link).status_code == 200


def test_nobody_with_a_password_can_be_taken_over_by_a_link(ann):
    refused = ann.post(f"{USERS}/{user_id(ann, 'bob')}/invite")
    assert refused.status_code == 409
    assert "has a password already" in text_of(refused)
    assert "/invite" not in ann.get(USERS).text


def test_somebody_known_elsewhere_joins_and_gets_no_link(ann):
    page = ann.post(USERS, **NEW | {"email": "carol@example.com"})
    assert page.status_code == 201
    assert "carol@example.com has an account here already" in text_of(page)
    assert "/invitation?link" not in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": ""}, "The e-mail address is required"),
        ({"email": "nobody"}, "must be an e-mail address"),
        ({"email": BOB}, "User bob@example.com already exists"),
        ({"fullName": " "}, "The name is required"),
        ({"role": "KING"}, "must be one of those that are offered"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(ann, fields, words):
    page = ann.post(USERS, **NEW | fields)
    assert page.status_code == 400
    assert words in text_of(page)
    kept = NEW | fields
    assert f'value="{kept["email"]}"' in page.text
    assert len(names_in(ann.get(USERS))) == 2


def test_a_name_and_a_role_are_changed(ann):
    bob = user_id(ann, "bob")
    assert 'value="bob"' in ann.get(f"{USERS}/{bob}/edit").text
    ann.post(f"{USERS}/{bob}/edit", fullName="Bob B", role="USER_ROLE_ACCOUNT_ADMIN")
    assert "Bob B bob@example.com Admin" in text_of(ann.get(USERS))
    wrong = ann.post(f"{USERS}/{bob}/edit", fullName="", role="USER_ROLE_REGULAR")
    assert wrong.status_code == 400
    assert "is required" in text_of(wrong)


def test_a_form_that_is_old_gives_no_role_back(ann):
    bob = user_id(ann, "bob")
    old = {"wasName": "bob", "wasRole": "USER_ROLE_REGULAR"}
    ann.post(f"{USERS}/{bob}/edit", fullName="bob", role="USER_ROLE_READONLY", **old)
    refused = ann.post(f"{USERS}/{bob}/edit", fullName="Bobby", role="USER_ROLE_REGULAR", **old)
    assert refused.status_code == 409
    assert "was changed since you opened the form: bob, Read only" in text_of(refused)
    assert 'value="Bobby"' in refused.text
    assert "bob bob@example.com Read only" in text_of(ann.get(USERS))
    new = {"wasName": "bob", "wasRole": "USER_ROLE_READONLY"}
    ann.post(f"{USERS}/{bob}/edit", fullName="Bobby", role="USER_ROLE_REGULAR", **new)
    assert "Bobby bob@example.com User" in text_of(ann.get(USERS))


def test_the_last_admin_stays_and_is_told_why(ann):
    her = user_id(ann, "ann")
    for do in ("suspend", "remove"):
        page = text_of(ann.get(f"{USERS}/{her}/{do}"))
        assert "You are the last admin of Workshop o11y, which needs one" in page
        assert ann.post(f"{USERS}/{her}/{do}").status_code == 400
    lower = ann.post(f"{USERS}/{her}/edit", fullName="ann", role="USER_ROLE_REGULAR")
    assert lower.status_code == 400
    assert "the last admin" in text_of(lower)


def test_whoever_only_has_a_link_is_no_second_admin(ann):
    """A link may be lost, and lapses: then nobody could make another one."""
    path = invite(ann, role="USER_ROLE_ACCOUNT_ADMIN")
    her = user_id(ann, "ann")
    assert "You are the last admin with a password" in text_of(ann.get(f"{USERS}/{her}/remove"))
    form = {"fullName": "ann", "role": "USER_ROLE_REGULAR"}
    refused = ann.post(f"{USERS}/{her}/edit", **form)
    assert refused.status_code == 400
    assert "the last admin with a password" in text_of(refused)
    dora = user_id(ann, "Dora")
    assert ann.get(f"{USERS}/{dora}/remove").text.count("needs one") == 0
    ann.client.cookies.clear()
    ann.sign_in(BOB)
    assert "Who can help ann" in text_of(ann.get("/")).replace("A ann", "ann")
    assert "Dora" not in text_of(ann.get("/"))
    ann.post("/invitation", link=secret_of(path), fullName="Dora D", password=HERS)
    ann.sign_in(ANN)
    assert ann.post(f"{USERS}/{her}/edit", **form).status_code == 303


def test_suspending_signs_out_and_can_be_taken_back(ann, config, clock):
    bob = user_id(ann, "bob")
    assert "Their sessions end at once" in text_of(ann.get(f"{USERS}/{bob}/suspend"))
    assert ann.post(f"{USERS}/{bob}/suspend").status_code == 303
    assert "bob Suspended bob@example.com" in text_of(ann.get(USERS))
    assert ann.post(f"{USERS}/{bob}/unsuspend").status_code == 303
    assert "Suspended bob" not in text_of(ann.get(USERS))


def test_removing_says_that_the_tokens_go_on(ann):
    bob = user_id(ann, "bob")
    assert "The account's tokens go on" in text_of(ann.get(f"{USERS}/{bob}/remove"))
    assert ann.post(f"{USERS}/{bob}/remove").status_code == 303
    assert names_in(ann.get(USERS)) == ["ann"]
    assert ann.get(f"{USERS}/{bob}/remove").status_code == 404


def test_removing_oneself_asks_explicitly(ann):
    bob = user_id(ann, "bob")
    ann.post(f"{USERS}/{bob}/edit", fullName="bob", role="USER_ROLE_ACCOUNT_ADMIN")
    her = user_id(ann, "ann")
    assert "This is you: you are signed out at once" in text_of(ann.get(f"{USERS}/{her}/remove"))


def test_many_users_are_searched_and_filtered(ann):
    for number in range(10):
        ann.post(USERS, **NEW | {"email": f"u{number}@example.com", "fullName": f"User {number}"})
    assert "Search the users" in ann.get(USERS).text
    assert names_in(ann.get(f"{USERS}?q=USER+3")) == ["User 3"]
    assert names_in(ann.get(f"{USERS}?q=bob@")) == ["bob"]
    assert len(names_in(ann.get(f"{USERS}?state=invited"))) == 10
    assert names_in(ann.get(f"{USERS}?role=USER_ROLE_ACCOUNT_ADMIN")) == ["ann"]
    assert "Nobody is like that" in text_of(ann.get(f"{USERS}?q=nobody+of+that+name"))


def test_who_goes_from_the_main_account_goes_from_its_sub_accounts_too(config, clock):
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        ann.post("/account", to="2000002", back="/")
        ann.post(USERS, **NEW | {"email": BOB, "account": "2000002"})
        ann.post("/account", to="2000001", back="/", account="2000002")
        bob = user_id(ann, "bob")
        asked = text_of(ann.get(f"{USERS}/{bob}/remove"))
        assert "In the sub accounts as well They are a member of Team Blue , too." in asked
        assert ann.post(f"{USERS}/{bob}/remove", everywhere="on").status_code == 303
        assert "User removed" in text_of(ann.get(USERS))
        ann.post("/account", to="2000002", back="/")
        assert "bob" not in names_in(ann.get(USERS))


def test_who_comes_in_through_the_main_account_is_told(config, clock):
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        ann.post("/account", to="2000002", back="/")
        ann.post(USERS, **NEW | {"email": ANN, "account": "2000002"})
        own = user_id(ann, "ann")
        asked = text_of(ann.get(f"{USERS}/{own}/suspend"))
        assert "They come in all the same: as Admin of the main account, whose admins" in asked
        assert "Admins of the main account are admins here, too." in text_of(ann.get(USERS))


def test_very_many_users_come_in_pages(config, clock):
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        for number in range(ROWS):
            name = f"u{number:02}"
            ann.post(USERS, **NEW | {"email": f"{name}@example.com", "fullName": name})
        first = ann.get(USERS)
        assert f"1-{ROWS} of {ROWS + 2}" in text_of(first)
        assert f'href="{USERS}?page=2" aria-label="Next page"' in first.text
        second = ann.get(f"{USERS}?page=2")
        assert f"{ROWS + 1}-{ROWS + 2} of {ROWS + 2}" in text_of(second)
        assert len({*names_in(first), *names_in(second)}) == ROWS + 2
        assert names_in(ann.get(f"{USERS}?page=99999")) == names_in(second)
        for odd in ("0", "-1", "x", "9" * 40):
            assert names_in(ann.get(f"{USERS}?page={odd}")) == names_in(first)
        invited = ann.get(f"{USERS}?state=invited&page=1")
        assert "Next page" not in invited.text
        assert len(names_in(invited)) == ROWS


def test_a_user_of_a_sub_account_alone_is_not_there(ann, config, clock):
    carol = int(user_id(ann, "bob")) + 1
    for do in ("edit", "suspend", "remove"):
        assert ann.get(f"{USERS}/{carol}/{do}").status_code == 404
        assert ann.post(
            f"{USERS}/{carol}/{do}", fullName="x", role="USER_ROLE_REGULAR"
        ).status_code in {400, 404}
    assert ann.post(f"{USERS}/{carol}/unsuspend").status_code == 404


def test_who_is_no_admin_manages_nobody(console):
    console.sign_in(BOB)
    assert console.get(USERS).status_code == 403
    assert console.post(USERS, **NEW).status_code == 403
    assert ANN in text_of(console.get(USERS))


# Groups


def test_groups_are_added_and_removed_and_everybody_signs_in_again(config, clock):
    with serving(config, clock) as client:
        ann = Console(client)
        ann.sign_in()
        assert "No groups: roles are set for each user" in text_of(ann.get(GROUPS))
        ann.post(GROUPS, name="Engineering", role="USER_ROLE_ACCOUNT_ADMIN")
        assert ann.get(GROUPS).headers["location"].startswith("/login")
        ann.sign_in()
        assert "Engineering Admin" in text_of(ann.get(GROUPS))
        twice = ann.post(GROUPS, name="Engineering", role="USER_ROLE_REGULAR")
        assert twice.status_code == 400
        assert 'value="Engineering"' in twice.text
        ann.post(f"{GROUPS}/remove", name="Engineering")
        ann.sign_in()
        assert "No groups" in text_of(ann.get(GROUPS))


@pytest.mark.parametrize(("name", "role"), [("", "USER_ROLE_REGULAR"), ("x", "KING")])
def test_a_group_that_cannot_be_is_told(ann, name, role):
    page = ann.post(GROUPS, name=name, role=role)
    assert page.status_code == 400
    assert 'role="alert"' in page.text
