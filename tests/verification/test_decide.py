"""The decision: every reason, its edge, and which one wins."""

from dataclasses import replace

import pytest

from keyfob.scopes import Scope
from keyfob.tokens import KnownAccount, KnownToken, Restrictions, TokenId, TokenKind
from keyfob.tokens.known import NEVER
from keyfob.verification import ACCEPTED, Reason, Use, decide

NOW = 1_900_000_000_000  # milliseconds
TICK = 1
DAY = 86_400_000
ACCOUNT = KnownAccount(id=2_000_002, main_id=2_000_001, name="Sub", suspended=False)
TOKEN = KnownToken(
    id=TokenId(2_000_003), public_id="0" * 16, kind=TokenKind.API, account=ACCOUNT,
    name="A token", responsible="ann", tags=(), scopes=(Scope("*"),), restrictions=None,
    revoked=False, enabled=True, not_before=0, expires_at=NEVER, verifier=b"",
)  # fmt: skip


def reason(use: Use | None = None, **token) -> Reason | None:
    """None when it is accepted."""
    verdict = decide(replace(TOKEN, **token), use or Use(), NOW)
    return None if verdict is ACCEPTED else Reason(verdict)


def only(**rules) -> Restrictions:
    return Restrictions.parse(**rules)


def test_a_token_that_nothing_is_said_about_is_good():
    assert reason() is None
    assert reason(Use(scopes=(Scope("a:b"),), ip="?", method="?", path="?")) is None


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ({"revoked": True}, Reason.REVOKED),
        ({"expires_at": NOW + TICK}, None),
        ({"expires_at": NOW}, Reason.EXPIRED),
        ({"expires_at": NOW - TICK}, Reason.EXPIRED),
        ({"not_before": NOW + TICK}, Reason.NOT_YET_VALID),
        ({"not_before": NOW}, None),
        ({"not_before": NOW - TICK}, None),
        ({"enabled": False}, Reason.DISABLED),
        ({"scopes": ()}, None),
    ],
)
def test_states_at_their_very_edge(token, expected):
    assert reason(**token) is expected


@pytest.mark.parametrize(
    ("held", "wanted", "good"),
    [
        (("*",), ("logs:search",), True),
        (("logs:*",), ("logs:search",), True),
        (("logs:*",), ("logs:search:deep",), True),
        (("logs:*",), ("logs",), False),
        (("logs:*",), ("logsearch",), False),
        (("logs:search",), ("logs:search",), True),
        (("logs:search",), ("logs:*",), False),
        (("logs:search",), ("logs:search", "logs:write"), False),
        (("logs:search", "logs:write"), ("logs:search", "logs:write"), True),
        ((), ("logs:search",), False),
        ((), (), True),
        (("*",), ("tokens:reveal",), False),
        (("tokens:*",), ("tokens:reveal",), False),
        (("tokens:reveal",), ("tokens:reveal",), True),
    ],
)
def test_scopes(held, wanted, good):
    use = Use(scopes=tuple(Scope(each) for each in wanted))
    found = reason(use, scopes=tuple(Scope(each) for each in held))
    assert found is (None if good else Reason.INSUFFICIENT_SCOPE)


@pytest.mark.parametrize(
    ("rule", "ip", "good"),
    [
        ("203.0.113.0/24", "203.0.113.0", True),
        ("203.0.113.0/24", "203.0.113.255", True),
        ("203.0.113.0/24", "203.0.114.0", False),
        ("203.0.113.0/24", "::ffff:203.0.113.7", True),
        ("203.0.113.0/24", "::ffff:cb00:7107", True),
        ("203.0.113.0/24", "::203.0.113.7", False),
        ("::ffff:203.0.113.0/120", "203.0.113.7", True),
        ("::ffff:203.0.113.0/120", "::ffff:203.0.113.7", True),
        ("::ffff:203.0.113.0/120", "203.0.114.7", False),
        ("::ffff:0:0/96", "198.51.100.1", True),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.70", False),
        ("203.0.113.7/32", "203.0.113.7", True),
        ("0.0.0.0/0", "198.51.100.1", True),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("::/0", "2001:db8::1", True),
        ("::/0", "198.51.100.1", False),
        ("2001:db8::/32", "2001:DB8:0:0::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("2001:db8::/32", "[2001:db8::1]", False),
        ("203.0.113.0/24", "", False),
        ("203.0.113.0/24", "203.0.113.7 ", False),
        ("203.0.113.0/24", "203.0.113.7:443", False),
        ("203.0.113.0/24", "203.0.113.007", False),
        ("203.0.113.0/24", "203.0.113", False),
        ("203.0.113.0/24", "0xcb007107", False),
        ("203.0.113.0/24", "3405803783", False),
        ("203.0.113.0/24", "localhost", False),
        ("203.0.113.0/24", "203.0.113.7\0", False),
    ],
)
def test_addresses_are_compared_as_addresses(rule, ip, good):
    found = reason(Use(ip=ip), restrictions=only(ip_allow=["192.0.2.1", rule]))
    assert found is (None if good else Reason.IP_DENIED)


@pytest.mark.parametrize(
    ("methods", "method", "good"),
    [
        (["GET"], "GET", True),
        (["get"], "GET", True),
        (["GET"], "get", True),
        (["GET", "POST"], "POST", True),
        (["GET"], "POST", False),
        (["GET"], "", False),
        (["GET"], "GET ", False),
        (["GET"], "GETS", False),
        (["GET"], "GE", False),
    ],
)
def test_methods(methods, method, good):
    found = reason(Use(method=method), restrictions=only(methods=methods))
    assert found is (None if good else Reason.METHOD_DENIED)


def test_what_was_not_told_is_not_vouched_for():
    assert reason(restrictions=only(ip_allow=["::/0"])) is Reason.IP_DENIED
    assert reason(restrictions=only(methods=["GET"])) is Reason.METHOD_DENIED
    assert reason(restrictions=only(paths=["/**"])) is Reason.PATH_DENIED


def test_the_first_thing_that_is_wrong_is_the_reason():
    """Everything is wrong; mended one by one, each reason shows in its turn."""
    suspended = replace(ACCOUNT, suspended=True)
    use = Use(scopes=(Scope("b"),), ip="198.51.100.1", method="POST", path="/b")
    token = {
        "revoked": True,
        "expires_at": NOW,
        "enabled": False,
        "not_before": NOW + TICK,
        "scopes": (Scope("a"),),
        "restrictions": only(ip_allow=["203.0.113.0/24"], methods=["GET"], paths=["/a"]),
    }
    assert reason(use, account=suspended, **token) is Reason.ACCOUNT_SUSPENDED
    assert reason(use, **token) is Reason.REVOKED
    mended = {
        "revoked": (False, Reason.EXPIRED),
        "expires_at": (NEVER, Reason.DISABLED),
        "enabled": (True, Reason.NOT_YET_VALID),
        "not_before": (0, Reason.INSUFFICIENT_SCOPE),
        "scopes": ((Scope("b"),), Reason.IP_DENIED),
    }
    for name, (value, expected) in mended.items():
        token[name] = value
        assert reason(use, **token) is expected
    assert reason(replace(use, ip="203.0.113.7"), **token) is Reason.METHOD_DENIED
    assert reason(replace(use, ip="203.0.113.7", method="GET"), **token) is Reason.PATH_DENIED
    assert (
        reason(Use(scopes=use.scopes, ip="203.0.113.7", method="GET", path="/a"), **token) is None
    )
