"""What a program needs to know about Keyfob without asking the server: the token format."""

from keyfob_client.token_format import ParsedToken, hint, parse

__all__ = ["ParsedToken", "hint", "parse"]
