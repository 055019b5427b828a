import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.errors import Invalid
from keyfob.scopes import EVERYTHING, REVEAL, Scope, covers, missing, parse

words = st.text(alphabet="abz019._-", min_size=1, max_size=6)
plain = st.lists(words, min_size=1, max_size=5).map(":".join)
wild = st.one_of(st.just("*"), plain.map(lambda text: f"{text}:*"))


@pytest.mark.parametrize(
    ("held", "wanted", "enough"),
    [
        ("*", "logs:search", True),
        ("*", "*", True),
        ("logs:*", "logs:search", True),
        ("logs:*", "logs:search:fast", True),
        ("logs:*", "logs:*", True),
        ("logs:*", "logs:search:*", True),
        ("logs:*", "logs", False),
        ("logs:*", "logs2:search", False),
        ("logs:*", "*", False),
        ("logs:search", "logs:*", False),
        ("logs:search", "logs:search", True),
        ("logs:search", "logs:search:fast", False),
        ("logs", "logs:search", False),
        ("*", "tokens:reveal", False),
        ("tokens:*", "tokens:reveal", False),
        ("tokens:reveal", "tokens:reveal", True),
        ("tokens:reveal:*", "tokens:reveal", False),
    ],
)
def test_a_scope_covers_itself_and_a_wildcard_the_rest_but_never_the_reveal(held, wanted, enough):
    assert covers([Scope(held)], Scope(wanted)) is enough


@given(st.lists(wild))
def test_no_wildcard_at_all_covers_showing_a_token_again(held):
    assert not covers([Scope(text) for text in held], REVEAL)


@given(plain.filter(lambda text: text != REVEAL))
def test_everything_covers_every_other_scope(text):
    assert covers([EVERYTHING], Scope(text))


@given(plain)
def test_nothing_covers_nothing(text):
    assert not covers([], Scope(text))


@given(wild, st.lists(plain.filter(lambda text: text != REVEAL)))
def test_what_a_wildcard_covers_anyone_who_holds_more_covers_too(held, wanted):
    scopes = [Scope(text) for text in wanted]
    lacking = missing([Scope(held)], scopes)
    assert [scope for scope in scopes if scope in lacking] == lacking
    assert missing([EVERYTHING], scopes) == []


@given(st.lists(st.one_of(plain, wild), max_size=50))
def test_what_keeps_to_the_grammar_is_taken_once_and_in_order(texts):
    assert parse(texts) == tuple(dict.fromkeys(texts))


@pytest.mark.parametrize(
    "text",
    ["", ":", "a:", ":a", "a::b", "A", "a b", "a*", "*a", "*:a", "a:*:b", "**", "a:**", "é", "a\n",
     "a\0", "x" * 101, "٣", "a,b"],
)  # fmt: skip
def test_what_breaks_the_grammar_is_refused(text):
    with pytest.raises(Invalid) as caught:
        parse(["good", text], field="scopes")
    assert caught.value.field == "scopes"


def test_a_token_has_fifty_scopes_at_most():
    assert len(parse(f"s{n}" for n in range(50))) == 50
    with pytest.raises(Invalid):
        parse(f"s{n}" for n in range(51))
