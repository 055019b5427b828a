import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob import wording
from keyfob.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Workshop API Token ", "Workshop API Token"),
        ("Cafe\u0301", "Café"),
        ("x" * 100, "x" * 100),
        ("東京 🗝", "東京 🗝"),
    ],
)
def test_a_name_is_trimmed_and_normalised(typed, kept):
    assert wording.name(typed, field="name") == kept


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "x" * 101, "a\tb", "a\nb", "a\0b", "a\u200bb", "a\u202eb", "a\u00a0b", "\ufeffa",
     "a\ue000b", "a\ud800b", "a\u2028b", "\ufdfa" * 100, "\u3164", "a\u3164", "a\u115fb",
     "a\u1160b", "\uffa0", "a\u2800b", "\u2800", "a\u034fb", "a\u17b4", "a\u180bb", "a\ufe00",
     "a\U000e0100", "\ufe0f", " \ufe0f \ufe0e"],
)  # fmt: skip
def test_a_name_that_is_empty_too_long_or_not_to_be_seen_is_refused(typed):
    with pytest.raises(Invalid) as caught:
        wording.name(typed, field="name")
    assert caught.value.field == "name"


@pytest.mark.parametrize(
    "typed",
    [
        "W\u043erkshop",
        "W\ufe0f\u043erkshop",
        "W\u0332\u043erkshop",
        "W\u0332\u043e \u0434\u043b\u044f",
        "Token \u0441\u043e\u0440",
        "\u0421\u0415\u041d-API",
        "Team \u0410",
        "Token \u0441\u0451\u0440",
        "Team \u039a",
        "token \u03bf",
        "A \u041d2\u041e",
        "\u0441\u043e\u0440 \u0441\u043e\u0440 x",
    ],
)
def test_a_word_that_looks_like_another_is_refused(typed):
    with pytest.raises(Invalid):
        wording.name(typed, field="name")


@pytest.mark.parametrize(
    "typed",
    [
        "\u0441\u043e\u0440",
        "\u0422\u043e\u043a\u0435\u043d \u0441 API",
        "API \u0434\u043b\u044f \u0421\u0421\u0421\u0420",
        "\u039a\u03b1\u03bb\u03cc API",
        "Team \u0416",
        "\u0421 1",
        "\u26a0\ufe0f Prod",
        "#\ufe0f\u20e3 1",
        "e\u0301t\u00e9",
        "\u0915\u093e\u0930\u094d\u092f \u0936\u093e\u0932\u093e API",
        "caf\u00e9 \u6771\u4eac",
        "a  b",
    ],
)
def test_an_honest_name_is_kept(typed):
    assert wording.name(typed, field="name") == unicodedata.normalize("NFC", typed)


@given(st.text())
def test_a_name_that_is_kept_stays_as_it_is(typed):
    try:
        kept = wording.name(typed, field="name")
    except Invalid:
        return
    assert wording.name(kept, field="name") == kept
    assert 1 <= len(kept) <= wording.LONGEST_NAME


@pytest.mark.parametrize(
    ("one", "other"),
    [("Token", "TOKEN"), ("Kelvin", "\u212aelvin"), ("\uff21", "a"), ("Straße", "STRASSE"),
     ("ﬁle", "FILE"), ("Ω", "\u2126"), ("\u03c2", "\u03c3"), ("①", "1"), ("a  b", "a b"),
     ("\u26a0\ufe0f Prod", "\u26a0 Prod"), ("a\ufe0fb", "ab"), ("a \ufe0f b", "a b")],
)  # fmt: skip
def test_names_that_differ_in_case_or_form_only_are_the_same(one, other):
    assert wording.same(one) == wording.same(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("Token 1", "Token 2"), ("e", "é")])
def test_names_that_differ_are_not_the_same(one, other):
    assert wording.same(one) != wording.same(other)


def test_what_is_the_same_can_be_stored_and_shown_for_every_character_there_is():
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if character.isprintable():
            folded = wording.same(character)
            assert folded.isprintable(), hex(number)
            assert wording.same(folded) == folded, hex(number)


def test_a_text_may_have_the_characters_that_are_named():
    assert wording.printable("a\nb", field="description", also="\n") == "a\nb"
    with pytest.raises(Invalid):
        wording.printable("a\rb", field="description", also="\n")


TOKEN = "kf_api_" + "0123456789abcdefghijklmnopqrstuvwxyz" + "A" * 29


@pytest.mark.parametrize("text", [TOKEN, f"My token: {TOKEN}.", TOKEN.replace("api", "share")])
def test_a_name_with_a_whole_token_in_it_is_refused_and_not_repeated(text):
    with pytest.raises(Invalid, match="has a whole token in it") as caught:
        wording.name(text, field="name")
    assert caught.value.code == "request/HOLDS_TOKEN"
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["kf_api_0123456789abcdef", "After kf_api_0123456789abcdef", "_api_"]
)
def test_a_hint_may_stand_in_a_name(text):
    assert wording.name(text, field="name") == text
