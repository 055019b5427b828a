"""What may stand in a name or a text that people type: one rule, for everything named."""

import re
import unicodedata
from typing import Final

from keyfob.errors import Invalid

LONGEST_NAME: Final = 100  # characters
LONGEST_KEY: Final = 400  # characters: what `same` may make of a name, for the databases' sake

_WORD: Final = re.compile(r"[^\W_]+")
# Alphabets with letters that nobody can tell from Latin ones. An honest word is in one of them.
_ALPHABETS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})
# Greek letters stand in Latin words as units and symbols (kΩ, Δt); these ones look Latin there.
_GREEK_LOOKING_LATIN: Final = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺαγικνορυϲϳ")


def name(text: str, *, field: str) -> str:
    """
    Trim and normalise (NFC); raise Invalid unless 1 to 100 printable characters remain.

    Control, format (zero-width, bidirectional), private and unassigned characters and odd
    spaces are refused, and words that mix alphabets so as to look like another word: two names
    that look the same must be the same.
    """
    cleaned = unicodedata.normalize("NFC", text).strip(" ")
    if not cleaned:
        raise Invalid("is required", field=field)
    if len(cleaned) > LONGEST_NAME or len(same(cleaned)) > LONGEST_KEY:
        raise Invalid(f"must be at most {LONGEST_NAME} characters long", field=field)
    printable(cleaned, field=field)
    for word in _WORD.findall(unicodedata.normalize("NFKC", cleaned)):
        if _misleads(word):
            raise Invalid(f'has letters of two alphabets in one word ("{word}")', field=field)
    return cleaned


def printable(text: str, *, field: str, also: str = "") -> str:
    """Raise Invalid for the first character that cannot be seen; those in `also` may stand."""
    for character in text:
        if not character.isprintable() and character not in also:
            raise Invalid(
                f"has a character that cannot be seen (U+{ord(character):04X})", field=field
            )
    return text


def same(text: str) -> str:
    """Two names are the same when these are equal: compatibility forms and case are folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _misleads(word: str) -> bool:
    """Whether letters that look alike stand beside each other: a Cyrillic o in `Workshop`."""
    if word.isascii():
        return False
    alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in word} & _ALPHABETS
    if alphabets == {"LATIN", "GREEK"}:
        return not _GREEK_LOOKING_LATIN.isdisjoint(word)
    return len(alphabets) > 1
