"""What may stand in a name or a text that people type: one rule, for everything named."""

import re
import unicodedata
from typing import Final

from keyfob.errors import Invalid
from keyfob_client.token_format import CHECK_LENGTH, ID_LENGTH, KINDS, SECRET_LENGTH

LONGEST_NAME: Final = 100  # characters
LONGEST_KEY: Final = 400  # characters: what `same` may make of a name, for the databases' sake

# What takes no room, or none that anybody sees, though Python counts it as printable: Unicode's
# Default_Ignorable_Code_Point, less the two selectors that emoji come with, and the blank Braille
# pattern.
_UNSEEN: Final = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_EMOJI_SELECTORS: Final = re.compile(r"[\ufe0e\ufe0f]")
_SPACES: Final = re.compile(" +")
_TOKEN: Final = re.compile(
    rf"_(?:{'|'.join(KINDS)})_[0-9A-Za-z]{{{ID_LENGTH + SECRET_LENGTH + CHECK_LENGTH}}}"
)
# Public part, then secret, or what is left of it.
_TOKEN_PIECE: Final = re.compile(
    rf"(_(?:{'|'.join(KINDS)})_[0-9A-Za-z]{{{ID_LENGTH}}})[0-9A-Za-z]+"
)
_WORD: Final = re.compile(r"[^\W_]+")
# Alphabets with letters that nobody can tell from Latin ones. An honest word is in one of them.
_ALPHABETS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})
# Greek letters stand in Latin words as units and symbols (kΩ, Δt); these ones look Latin there.
_LOOKING_LATIN: Final = {
    "GREEK": frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺαγικνορυϲϳ"),
    "CYRILLIC": frozenset("АВЕЅІЈКМНОРСТУХҮҺӀԌԚԜѴаеѕіјорсухүһӏԁԍԛԝѵк"),
}


def name(text: str, *, field: str) -> str:
    """
    Trim and normalise (NFC); raise Invalid unless 1 to 100 printable characters remain.

    What cannot be seen is refused: control, format (zero-width, bidirectional), filling, private
    and unassigned characters and odd spaces. So are words that mix alphabets so as to look like
    another word, and those that look Latin beside Latin ones: two names that look the same must
    be the same. A name with a token in it is refused as well.
    """
    cleaned = unicodedata.normalize("NFC", text).strip(" ")
    if not same(cleaned).strip(" "):
        raise Invalid("is required", field=field)
    if len(cleaned) > LONGEST_NAME or len(same(cleaned)) > LONGEST_KEY:
        raise Invalid(f"must be at most {LONGEST_NAME} characters long", field=field)
    printable(cleaned, field=field)
    without_token(cleaned, field=field)
    if cleaned.isascii():  # one alphabet, seen without taking the words apart
        return cleaned
    words = _words(cleaned)
    for word in words:
        if _misleads(word):
            raise Invalid(f'has letters of two alphabets in one word ("{word}")', field=field)
    for word in _disguised(words):
        raise Invalid(f'has a word that looks Latin and is not ("{word}")', field=field)
    return cleaned


def printable(text: str, *, field: str, also: str = "") -> str:
    """Raise Invalid for the first character that cannot be seen; those in `also` may stand."""
    for character in text:
        seen = character.isprintable() and not _UNSEEN.match(character)
        if not seen and character not in also:
            raise Invalid(
                f"has a character that cannot be seen (U+{ord(character):04X})", field=field
            )
    return text


def without_token(text: str, *, field: str) -> str:
    """Raise Invalid for a text with a whole token in it: what people type here, many can read."""
    if _TOKEN.search(text):
        raise Invalid(
            "has a whole token in it, and many can read it there: leave it out, and make a new "
            "token in its place",
            field=field,
            code="request/HOLDS_TOKEN",
        )
    return text


def masked(text: str) -> str:
    """Of a token in it, or a piece of one, only the hint is left."""
    return _TOKEN_PIECE.sub(r"\1…", text)


def same(text: str) -> str:
    """
    Two names are the same when these are equal: compatibility forms and case are folded, emoji
    come in one style, and any number of spaces is one.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _SPACES.sub(" ", _EMOJI_SELECTORS.sub("", folded))


def _words(text: str) -> list[str]:
    """Without accents that stand by themselves: they would end a word, and hide what it mixes."""
    folded = unicodedata.normalize("NFKC", text)
    return _WORD.findall("".join(each for each in folded if unicodedata.category(each) != "Mn"))


def _alphabets(word: str) -> set[str]:
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in word} & _ALPHABETS


def _misleads(word: str) -> bool:
    """Whether letters that look alike stand beside each other: a Cyrillic o in `Workshop`."""
    alphabets = _alphabets(word)
    if alphabets == {"LATIN", "GREEK"}:
        return not _LOOKING_LATIN["GREEK"].isdisjoint(word)
    return len(alphabets) > 1


def _disguised(words: list[str]) -> list[str]:
    """
    Words in letters that look Latin, beside Latin ones. Where another word of theirs shows its
    alphabet, as in a Russian sentence about an API, they are honest.
    """
    alphabets = [(_alphabets(word), word) for word in words]
    if not any("LATIN" in found for found, _ in alphabets):
        return []
    for alphabet, look_latin in _LOOKING_LATIN.items():
        theirs = [word for found, word in alphabets if found == {alphabet}]
        if theirs and all(_letters(word) <= look_latin for word in theirs):
            return theirs
    return []


def _letters(word: str) -> set[str]:
    """Without accents: a letter that looks Latin looks so with two dots on it, too."""
    return {each for each in unicodedata.normalize("NFD", word) if each.isalpha()}
