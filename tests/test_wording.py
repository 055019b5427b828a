import sys

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
     "a\ue000b", "a\ud800b", "a\u2028b", "\ufdfa" * 100],
)  # fmt: skip
def test_a_name_that_is_empty_too_long_or_not_to_be_seen_is_refused(typed):
    with pytest.raises(Invalid) as caught:
        wording.name(typed, field="name")
    assert caught.value.field == "name"


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
     ("ﬁle", "FILE"), ("Ω", "\u2126"), ("\u03c2", "\u03c3"), ("①", "1")],
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
