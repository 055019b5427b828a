"""
The shape of a token: `<brand>_<kind>_` + id (16) + secret (43) + checksum (6), all base62.

Pure functions, no I/O: a mistyped token is found out before anybody is asked.
The grammar is docs/token-format.md; its vectors are docs/vectors/token-format.json.
"""

import re
import string
import zlib
from typing import Final, NamedTuple

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_LENGTH: Final = 16  # characters, 95 bits: public, safe to print
SECRET_LENGTH: Final = 43  # characters, 256 bits
CHECK_LENGTH: Final = 6  # characters: a CRC-32 in base62, zero-padded
KINDS: Final = ("api", "ship", "share")
URI_PREFIX: Final = "secret-token:"  # RFC 8959

# Two digits at a time, from a table: a third of the time of digit by digit, for every token.
_PAIRS: Final = [first + second for first in ALPHABET for second in ALPHABET]
_PAIR: Final = len(_PAIRS)

_GRAMMAR: Final = re.compile(
    rf"([a-z0-9]{{2,12}})_({'|'.join(KINDS)})_"
    rf"([0-9A-Za-z]{{{ID_LENGTH}}})[0-9A-Za-z]{{{SECRET_LENGTH}}}([0-9A-Za-z]{{{CHECK_LENGTH}}})",
    re.ASCII,
)


class ParsedToken(NamedTuple):
    """A well-formed token. `text` is the whole of it, without `secret-token:`."""

    text: str
    brand: str
    kind: str
    public_id: str

    def __repr__(self) -> str:
        """Only the hint: a token in a traceback or a log is a leaked token."""
        return f"ParsedToken({self.hint}…)"

    @property
    def hint(self) -> str:
        """Name the token without giving it away: everything before the secret."""
        return hint(self.brand, self.kind, self.public_id)


def parse(text: str) -> ParsedToken | None:
    """
    Return None for anything that no Keyfob can have minted.

    Prefix, lengths, alphabet and checksum are looked at; whether the token exists, and its
    secret is right, only a server can tell. `secret-token:` before it is stripped once.
    """
    text = text.removeprefix(URI_PREFIX)
    match = _GRAMMAR.fullmatch(text)
    if match is None or match[4] != checksum(text[:-CHECK_LENGTH]):
        return None
    return ParsedToken(text, match[1], match[2], match[3])


def hint(brand: str, kind: str, public_id: str) -> str:
    """`kf_api_h7QmZ2rT9xLc04Vb`: how a token appears in lists, logs and the audit trail."""
    return f"{brand}_{kind}_{public_id}"


def checksum(text: str) -> str:
    """CRC-32 of the ASCII text, as six base62 digits, most significant first."""
    number = zlib.crc32(text.encode("ascii"))
    return (
        _PAIRS[number // _PAIR // _PAIR] + _PAIRS[number // _PAIR % _PAIR] + _PAIRS[number % _PAIR]
    )


def base62(number: int, length: int) -> str:
    """`number` in base 62, most significant digit first, zero-padded to `length`."""
    pairs: list[str] = []
    for _ in range(0, length, 2):
        number, remainder = divmod(number, _PAIR)
        pairs.append(_PAIRS[remainder])
    return "".join(reversed(pairs))[-length:]
