from datetime import UTC, datetime, timedelta

import pytest

from keyfob.errors import Invalid
from keyfob.tokens import Draft, Restrictions, Token, TokenId, TokenKind, TokenState

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_token(**fields) -> Token:
    return Token(
        id=TokenId(2_000_001), public_id="0" * 16, brand="kf", kind=TokenKind.API, name="A token",
        account_id=2_000_001, created_at=NOW - HOUR, created_by="a test", updated_at=NOW - HOUR,
        updated_by="a test", **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 101}),
        ("name", {"name": "a\0b"}),
        ("description", {"description": "x" * 1001}),
        ("description", {"description": "a\0b"}),
        ("tags", {"tags": ("",)}),
        ("tags", {"tags": ('a"b',)}),
        ("tags", {"tags": ("x" * 51,)}),
        ("tags", {"tags": ("-a",)}),
        ("tags", {"tags": tuple(f"t{n}" for n in range(21))}),
        ("expiresAt", {"expires_at": NOW}),
        ("expiresAt", {"expires_at": NOW + HOUR, "not_before": NOW + HOUR}),
    ],
)
def test_a_draft_that_breaks_a_rule_names_the_field(field, draft):
    with pytest.raises(Invalid) as caught:
        Draft(**({"name": "A token"} | draft)).checked(NOW)
    assert caught.value.field == field


def test_a_draft_is_tidied():
    fields = Draft(name=" A ", description=" two\nlines\t ", tags=("a", "b", "a")).checked(NOW)
    assert (fields["name"], fields["description"], fields["tags"]) == (
        "A",
        "two\nlines",
        ("a", "b"),
    )


@pytest.mark.parametrize(
    ("rule", "texts"),
    [("ip_allow", ["10.0.0.1/8"]), ("ip_allow", ["example.com"]), ("ip_allow", ["010.0.0.1"]),
     ("methods", ["GET POST"]), ("methods", [""]), ("paths", ["v1"]), ("paths", [""]),
     ("paths", ["/é"]), ("paths", ["/a\0"]), ("paths", ["/" * 201]), ("methods", ["GET"] * 51),
     ("paths", ["/a" * 17])],
)  # fmt: skip
def test_a_restriction_that_cannot_be_is_refused(rule, texts):
    with pytest.raises(Invalid) as caught:
        Restrictions.parse(**{rule: texts})
    assert caught.value.field.startswith("restrictions.")


def test_a_glob_may_have_16_segments():
    assert Restrictions.parse(paths=["/a" * 16]).paths == ("/a" * 16,)


def test_a_restriction_is_tidied():
    rules = Restrictions.parse(ip_allow=[" 10.0.0.1 ", "2001:DB8::/32"], methods=["get"])
    assert rules.ip_allow == ("10.0.0.1/32", "2001:db8::/32")
    assert rules.methods == ("GET",)
    assert Restrictions.parse() == Restrictions()


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, TokenState.ACTIVE),
        ({"not_before": NOW}, TokenState.ACTIVE),
        ({"not_before": NOW + HOUR}, TokenState.SCHEDULED),
        ({"not_before": NOW + HOUR, "enabled": False}, TokenState.DISABLED),
        ({"expires_at": NOW, "enabled": False}, TokenState.EXPIRED),
        ({"expires_at": NOW + timedelta(milliseconds=1)}, TokenState.ACTIVE),
        ({"expires_at": NOW, "revoked_at": NOW}, TokenState.REVOKED),
    ],
)
def test_revoked_wins_over_expired_over_disabled_over_scheduled(fields, state):
    assert a_token(**fields).state(NOW) is state
