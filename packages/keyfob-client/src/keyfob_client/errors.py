"""
Why Keyfob gave no answer about a token.

    KeyfobError
    ├── Misconfigured   no server or token is given, or they cannot be right
    ├── BadRequest      400: the question breaks a rule; `field` says where
    ├── Unauthorized    401: the client's own token did not arrive
    ├── Forbidden       403: the client's own token is not good, or lacks `tokens:verify`
    ├── RateLimited     429: the client's own account asks too much at once
    └── Unavailable     503, no answer in time, nobody there, or who answers is not Keyfob

A refused token is not an error: see `keyfob_client.Refused`. No error has a token in its text.
"""

from typing import Final


class KeyfobError(Exception):
    """
    `code` is Keyfob's own (docs/errors.md), or empty when it did not say one.

    `retry_after` is in seconds; None when nobody knows. `request_id` finds the server's log line.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        request_id: str = "",
        field: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message: Final = message
        self.code: Final = code
        self.request_id: Final = request_id
        self.field: Final = field
        self.retry_after: Final = retry_after


class Misconfigured(KeyfobError):
    pass


class BadRequest(KeyfobError):
    pass


class Unauthorized(KeyfobError):
    pass


class Forbidden(KeyfobError):
    pass


class RateLimited(KeyfobError):
    pass


class Unavailable(KeyfobError):
    pass
