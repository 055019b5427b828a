"""Ask Keyfob whether a token is good; and what is known about tokens without asking."""

from keyfob_client._flow import Question
from keyfob_client.answers import Answer, Filter, Reason, Refused, Valid
from keyfob_client.client import AsyncClient, Client
from keyfob_client.errors import (
    BadRequest,
    Forbidden,
    KeyfobError,
    Misconfigured,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from keyfob_client.token_format import ParsedToken, hint, parse

__all__ = [
    "Answer",
    "AsyncClient",
    "BadRequest",
    "Client",
    "Filter",
    "Forbidden",
    "KeyfobError",
    "Misconfigured",
    "ParsedToken",
    "Question",
    "RateLimited",
    "Reason",
    "Refused",
    "Unauthorized",
    "Unavailable",
    "Valid",
    "hint",
    "parse",
]
