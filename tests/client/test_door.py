"""What every adapter has in common, asked without a framework: the pure door and its rules."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.asking import CUT, STRANGER, Listener, reply
from support.server import TLS

from keyfob import credentials, edge
from keyfob.config import network
from keyfob.errors import KeyfobError
from keyfob_client import Client, Valid
from keyfob_client._addresses import client_ip, networks
from keyfob_client._door import Arrival, Denied, Door, RuledDoor, credential
from keyfob_client._rules import OPEN, rule_of


def arriving(*headers, path="/", method="GET", peer="203.0.113.7"):
    return Arrival(headers=headers, peer=peer, method=method, path=path)


def admitted(fake, arrival, scopes=(), **door):
    with fake.client() as client:
        return client.play(Door(**door).admit(arrival, scopes, patience=0))


@pytest.mark.parametrize(
    "headers",
    [
        [("x-api-token", "T")],
        [("authorization", "Bearer T")],
        [("authorization", "bEARER   T ")],
        [("x-user-token", "T")],
        [("x-api-token", "T"), ("x-user-token", "T"), ("authorization", "Bearer T")],
        [("x-api-token", "T"), ("authorization", "Bearer secret-token:T")],
        [("x-api-token", "T"), ("authorization", "Basic bWU6c2VjcmV0")],
    ],
)
def test_the_one_credential_is_found(fake_keyfob, headers):
    token = fake_keyfob.mint()
    given = [(name, text.replace("T", token.value)) for name, text in headers]
    assert isinstance(admitted(fake_keyfob, arriving(*given)), Valid)


names = st.sampled_from(["x-api-token", "x-user-token", "authorization"])
values = st.sampled_from(
    ["", "T", "U", " T ", "Bearer T", "bearer U", "Basic T", "T,T", "secret-token:T"]
)


@given(st.lists(st.tuples(names, values), max_size=4))
def test_a_credential_is_read_as_keyfob_itself_reads_it(headers):
    sent = [(name.encode(), text.encode()) for name, text in headers]
    try:
        theirs = credentials.credential(credentials.once_each(sent))
    except KeyfobError as error:
        theirs = (error.code, error.message, dict(error.parameters))
    ours = credential(headers)
    if isinstance(ours, Denied):
        ours = (ours.code, ours.message, dict(ours.parameters))
    assert ours == theirs


addresses = st.sampled_from(
    [
        "",
        "unix",
        "10.0.0.1",
        "10.9.9.9",
        "203.0.113.7",
        "::ffff:10.0.0.2",
        "2001:db8::1",
        "fe80::1%eth0",
    ]
)


@given(
    peer=addresses,
    forwarded=st.lists(addresses, max_size=4).map(", ".join),
    proxies=st.lists(st.sampled_from(["10.0.0.0/8", "::ffff:10.0.0.0/104", "2001:db8::/32"])),
)
def test_the_address_is_read_as_keyfob_itself_reads_it(peer, forwarded, proxies):
    theirs = edge.client_ip(peer, forwarded, [network(each) for each in proxies])
    assert client_ip(peer, forwarded, networks(proxies)) == theirs


@pytest.mark.parametrize("wrong", ["10.0.0.0/8", ["10.0.0.1/8"], ["the office"]])
def test_what_is_no_network_is_refused_at_once(wrong):
    with pytest.raises((ValueError, TypeError), match=r"networks|host bits|not appear"):
        Door(trusted_proxies=wrong)


def test_where_a_request_came_from_and_goes_is_told(fake_keyfob):
    value = fake_keyfob.mint().value
    arrival = arriving(
        ("x-api-token", value),
        ("x-forwarded-for", "198.51.100.1, 203.0.113.9"),
        ("x-forwarded-for", "10.0.0.2"),
        peer="10.0.0.1", method="PUT", path="/a b/%41",
    )  # fmt: skip
    assert admitted(fake_keyfob, arrival, ("a:b",), trusted_proxies=["10.0.0.0/8"])
    [asked] = fake_keyfob.asked
    assert asked.client_ip == "203.0.113.9"
    assert (asked.method, asked.path, asked.scopes) == ("PUT", "/a%20b/%2541", ("a:b",))


def test_what_keyfob_would_not_take_is_not_told(fake_keyfob):
    arrival = arriving(
        ("x-api-token", fake_keyfob.mint().value), peer="unix:", method="M_1", path="/" + "é" * 1000
    )
    assert admitted(fake_keyfob, arrival)
    [asked] = fake_keyfob.asked
    assert (asked.client_ip, asked.method, asked.path) == ("", "", "")


@pytest.mark.parametrize("given", [CUT, "x", STRANGER.replace("_api_", "_ship_")])
def test_what_cannot_be_a_token_is_refused_without_a_question(fake_keyfob, given):
    said = admitted(fake_keyfob, arriving(("x-api-token", given)))
    assert (said.status, said.code, said.message) == (
        403, "auth/BAD_TOKEN", "Insufficient privileges",
    )  # fmt: skip
    assert fake_keyfob.asked == []


@pytest.mark.parametrize("kind", ["ship", "share"])
def test_other_kinds_of_tokens_pass_only_where_they_are_meant_to(fake_keyfob, kind):
    arrival = arriving(("x-api-token", fake_keyfob.mint(kind=kind).value))
    assert isinstance(admitted(fake_keyfob, arrival), Denied)
    assert fake_keyfob.asked == []
    assert isinstance(admitted(fake_keyfob, arrival, kinds=["api", kind]), Valid)


def test_who_lacks_a_scope_is_told_which(fake_keyfob):
    token = fake_keyfob.mint(scopes=["logs:search"])
    said = admitted(
        fake_keyfob, arriving(("x-api-token", token.value)), ("logs:search", "logs:write")
    )
    assert (said.status, said.code) == (403, "auth/INSUFFICIENT_SCOPE")
    assert said.parameters == {"scope": "logs:write"}


def test_who_found_a_token_does_not_learn_that_it_is_good(fake_keyfob):
    """In the wrong place, it lacks a scope as little as it is there at all."""
    token = fake_keyfob.mint(scopes=["logs:search"], ip_allow=["198.51.100.0/24"])
    said = admitted(fake_keyfob, arriving(("x-api-token", token.value)), ("logs:write",))
    unknown = admitted(fake_keyfob, arriving(("x-api-token", STRANGER)), ("logs:write",))
    assert said.code == "auth/BAD_TOKEN"
    assert {**said.body, "requestId": ""} == {**unknown.body, "requestId": ""}


@pytest.mark.parametrize("trouble", ["down", "429", "503", "own token"])
def test_the_door_is_closed_while_keyfob_gives_no_answer(fake_keyfob, trouble, caplog):
    value = fake_keyfob.mint().value
    match trouble:
        case "down":
            fake_keyfob.down = True
        case "own token":
            fake_keyfob.token.disable()
        case status:
            fake_keyfob.fail(int(status), retry_after=7)
    with caplog.at_level(logging.ERROR, "keyfob_client"):
        said = admitted(fake_keyfob, arriving(("x-api-token", value)))
    assert (said.status, said.code) == (503, "auth/UNAVAILABLE")
    assert said.retry_after == (7 if trouble in {"429", "503"} else 1)
    assert said.request_id in caplog.text
    assert value[:45] not in caplog.text


def test_a_token_that_is_used_too_often_is_told_to_wait():
    limited = reply(200, {"valid": False, "code": "RATE_LIMITED"})
    with (
        Listener(limited) as there,
        Client(server=there.url, token=STRANGER, ssl_context=TLS) as client,
    ):
        flow = Door().admit(arriving(("x-api-token", STRANGER)), (), patience=0)
        said = client.play(flow)
    assert (said.status, said.code, said.headers["Retry-After"]) == (429, "auth/RATE_LIMITED", "1")


def test_a_token_that_ends_while_its_scopes_are_looked_at_is_a_bad_one():
    answers = [
        reply(200, {"valid": False, "code": code}) for code in ("INSUFFICIENT_SCOPE", "REVOKED")
    ]
    with (
        Listener(*answers) as there,
        Client(server=there.url, token=STRANGER, ssl_context=TLS) as client,
    ):
        flow = Door().admit(arriving(("x-api-token", STRANGER)), ("a:b",), patience=0)
        said = client.play(flow)
    assert (said.status, said.code) == (403, "auth/BAD_TOKEN")
    assert b'"scopes"' not in there.requests[1]


def test_every_refusal_has_the_shape_of_keyfobs_errors(fake_keyfob):
    said = admitted(fake_keyfob, arriving())
    assert said.body == {
        "errorCode": "auth/NO_CREDENTIAL",
        "message": "An API token is required: send it in the header X-API-TOKEN.",
        "requestId": said.request_id,
        "parameters": {},
        "code": 401,
    }
    assert said.headers["X-Request-Id"] == said.request_id
    assert said.headers["WWW-Authenticate"] == "Bearer"


RULES = {"/": "read", "/admin": ["admin:read", "admin:write"], "/admin/help": OPEN, "/x/": ()}


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("/", ("read",)),
        ("/other/deep", ("read",)),
        ("/admin", ("admin:read", "admin:write")),
        ("/admin/", ("admin:read", "admin:write")),
        ("/admin/x", ("admin:read", "admin:write")),
        ("/administrators", ("read",)),
        ("/admin/help", OPEN),
        ("/admin/help/me", OPEN),
        ("/x", ()),
        ("//admin", None),
        ("/./admin", None),
        ("/x/../admin", None),
        ("/%61dmin", None),
        ("\\admin", None),
        ("/admin\\help", None),
        ("/admin/help/\0", None),
        ("admin", None),
        ("", None),
        ("*", None),
    ],
)
def test_the_longest_beginning_of_a_path_is_its_rule(path, needs):
    assert rule_of(RULES)("GET", path) == needs


def test_a_path_without_a_rule_is_refused_even_with_a_good_token(fake_keyfob):
    door = RuledDoor({"/v1": ()}, Door())
    with fake_keyfob.client() as client:
        arrival = arriving(("x-api-token", fake_keyfob.mint().value), path="/v2")
        said = client.play(door.admit(arrival, patience=0))
    assert (said.status, said.code) == (403, "auth/NO_RULE")


def test_a_function_may_be_the_rule():
    rule = rule_of(lambda method, path: OPEN if path == "/" else f"things:{method.lower()}")
    assert rule("GET", "/") is OPEN
    assert rule("PUT", "/x") == ("things:put",)


def test_a_function_that_forgets_to_answer_opens_nothing():
    with pytest.raises(TypeError, match="OPEN"):
        rule_of(lambda method, path: None)("GET", "/")


@pytest.mark.parametrize(
    "rules", [None, 5, "Logs Search", [5], {"/": None}, {"admin": ()}, {"//": ()}]
)
def test_what_is_no_rule_is_refused_at_once(rules):
    with pytest.raises((ValueError, TypeError), match=r"rule|scope"):
        rule_of(rules)
