import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.vectors import BAD, GOOD

from keyfob.keys import Instance, Key
from keyfob.keys.model import Purpose
from keyfob.tokens import Secret, TokenKind, mint, parse, verifier


def an_instance(**different) -> Instance:
    fields = {
        "id": "0" * 32,
        "token_brand": "kf",
        "reveal": True,
        "pepper": Key(1, Purpose.PEPPER, b"p" * 32),
        "sealing": Key(2, Purpose.SEALING, b"s" * 32),
    }
    return Instance(**(fields | different))


@pytest.mark.parametrize("vector", GOOD)
def test_the_server_takes_a_good_vector_apart_like_the_client(vector):
    parsed = parse(vector["text"])
    assert parsed is not None
    assert (parsed.hint, parsed.public_id) == (vector["hint"], vector["publicId"])


@pytest.mark.parametrize("text", BAD)
def test_the_server_refuses_a_bad_vector_like_the_client(text):
    assert parse(text) is None


@given(st.from_regex(r"[a-z0-9]{2,12}", fullmatch=True), st.sampled_from(TokenKind))
def test_what_is_minted_parses_back(brand, kind):
    value = mint(brand, kind)
    parsed = parse(value)
    assert parsed is not None
    assert (parsed.brand, parsed.kind) == (brand, kind)
    assert parsed.public_id == value.public_id


def test_no_two_are_alike():
    values = {mint("kf", TokenKind.API) for _ in range(1000)}
    assert len({value.public_id for value in values}) == 1000
    assert len({value[23:-6] for value in values}) == 1000


def test_a_secret_is_masked_in_its_repr_and_in_an_f_string_of_it():
    value = mint("kf", TokenKind.API)
    assert repr(value) == f"Secret(kf_api_{value.public_id}…)"
    assert value[23:-6] not in f"{value!r} {[value]}"
    assert repr(Secret("not a token")) == "Secret(…)"


def test_a_verifier_is_of_one_installation_one_pepper_and_the_whole_token():
    value = mint("kf", TokenKind.API)
    ours = verifier(an_instance(), value)
    assert len(ours) == 32
    assert ours == verifier(an_instance(), value)
    assert ours != verifier(an_instance(id="1" * 32), value)
    assert ours != verifier(an_instance(pepper=Key(3, Purpose.PEPPER, b"q" * 32)), value)
    assert ours != verifier(an_instance(), value.replace("_api_", "_ship_"))
    assert ours != verifier(an_instance(), mint("kf", TokenKind.API))


def test_no_key_is_in_the_repr_of_an_instance():
    shown = repr(an_instance())
    assert "pppp" not in shown
    assert "ssss" not in shown
