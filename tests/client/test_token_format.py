import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.vectors import BAD, GOOD, VECTORS

from keyfob_client import hint, parse
from keyfob_client.token_format import (
    ALPHABET,
    ID_LENGTH,
    KINDS,
    SECRET_LENGTH,
    base62,
    checksum,
)

base62_text = st.text(alphabet=ALPHABET, min_size=1)


@st.composite
def tokens(draw):
    brand = draw(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=2, max_size=12))
    kind = draw(st.sampled_from(KINDS))
    length = ID_LENGTH + SECRET_LENGTH
    rest = draw(st.text(alphabet=ALPHABET, min_size=length, max_size=length))
    body = f"{brand}_{kind}_{rest}"
    return body + checksum(body)


@pytest.mark.parametrize("vector", GOOD)
def test_a_good_vector_is_taken_apart(vector):
    parsed = parse(vector["text"])
    assert parsed is not None
    assert parsed.text == vector["text"].removeprefix("secret-token:")
    assert (parsed.brand, parsed.kind) == (vector["brand"], vector["kind"])
    assert (parsed.public_id, parsed.hint) == (vector["publicId"], vector["hint"])


@pytest.mark.parametrize("text", BAD)
def test_a_bad_vector_is_refused(text):
    assert parse(text) is None


def test_there_are_vectors_of_every_kind_and_enough_of_them():
    assert len(VECTORS["bad"]) >= 60
    assert all(sum(v["kind"] == kind for v in VECTORS["good"]) >= 20 for kind in KINDS)


@given(tokens())
def test_every_token_of_the_grammar_is_taken(text):
    parsed = parse(text)
    assert parsed is not None
    assert text.startswith(parsed.hint)
    assert parsed.hint == hint(parsed.brand, parsed.kind, parsed.public_id)


@given(tokens())
def test_secret_token_before_it_is_stripped_once(text):
    assert parse(f"secret-token:{text}") == parse(text)
    assert parse(f"secret-token:secret-token:{text}") is None


@given(tokens(), st.data())
def test_one_character_changed_is_refused(text, data):
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[place]))
    assert parse(text[:place] + other + text[place + 1 :]) is None


@given(tokens(), st.data())
def test_one_character_of_the_alphabet_changed_is_refused(text, data):
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET + "_").filter(lambda c: c != text[place]))
    assert parse(text[:place] + other + text[place + 1 :]) is None


@given(tokens(), st.data())
def test_one_character_dropped_is_refused(text, data):
    place = data.draw(st.integers(0, len(text) - 1))
    assert parse(text[:place] + text[place + 1 :]) is None


@given(tokens(), st.data())
def test_one_character_added_is_refused(text, data):
    place = data.draw(st.integers(0, len(text)))
    added = data.draw(st.one_of(st.characters(), st.sampled_from(ALPHABET)))
    assert parse(text[:place] + added + text[place:]) is None


@given(tokens(), st.data())
def test_two_neighbours_swapped_are_refused(text, data):
    places = [place for place in range(len(text) - 1) if text[place] != text[place + 1]]
    place = data.draw(st.sampled_from(places))
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert parse(swapped) is None


@given(st.text())
def test_any_other_text_is_an_answer_not_an_error(text):
    assert parse(text) is None


def test_the_repr_shows_the_hint_and_no_more():
    parsed = parse(VECTORS["good"][2]["text"])
    assert parsed is not None
    assert repr(parsed) == f"ParsedToken({parsed.hint}…)"
    assert parsed.text not in f"{parsed!r}"


@given(st.integers(0, 2**256 - 1))
def test_base62_counts_in_62s_from_the_left(number):
    digits = base62(number, SECRET_LENGTH)
    value = 0
    for digit in digits:
        value = value * len(ALPHABET) + ALPHABET.index(digit)
    assert (value, len(digits)) == (number, SECRET_LENGTH)


@given(base62_text)
def test_the_checksum_is_the_crc_32_of_the_text(text):
    value = 0
    for digit in checksum(text):
        value = value * 62 + ALPHABET.index(digit)
    assert value == zlib.crc32(text.encode())
