"""
Every error Keyfob raises on purpose.

    KeyfobError
    ├── Invalid           the input breaks a rule; `field` says where
    ├── Unauthenticated   nobody said who they are
    ├── Forbidden         they said it, and may not do this
    ├── NotFound          the thing named does not exist, or is not theirs to see
    ├── Conflict          the change does not fit what is stored
    ├── TooLarge          more bytes than any honest request needs
    ├── TooManyAttempts   slow down; `retry_after` says for how long
    ├── Unavailable       no truthful answer can be given now
    └── Misconfigured     the program cannot start like this; the message says what to do

A refused token is not an error: see `keyfob.verification.Refused`.
Each `code` is public, stable, and listed in docs/errors.md.
"""

from typing import Final

Parameter = str | int | list[str]


class KeyfobError(Exception):
    """`code` is `<area>/<WORD>`; `parameters` name what the message speaks of."""

    def __init__(self, message: str, *, code: str, **parameters: Parameter) -> None:
        super().__init__(message)
        self.message: Final = message
        self.code: Final = code
        self.parameters: Final = parameters


class Invalid(KeyfobError):
    """`field` is the name as the sender wrote it."""

    def __init__(
        self, message: str, *, field: str, code: str = "request/INVALID", **parameters: Parameter
    ) -> None:
        super().__init__(message, code=code, field=field, **parameters)
        self.field: Final = field


class Unauthenticated(KeyfobError):
    pass


class Forbidden(KeyfobError):
    pass


class NotFound(KeyfobError):
    pass


class Conflict(KeyfobError):
    pass


class TooLarge(KeyfobError):
    pass


class TooManyAttempts(KeyfobError):
    """`retry_after` is in whole seconds."""

    def __init__(self, message: str, *, code: str, retry_after: int) -> None:
        super().__init__(message, code=code, retryAfter=retry_after)
        self.retry_after: Final = retry_after


class Unavailable(KeyfobError):
    """`retry_after` is in whole seconds."""

    def __init__(self, message: str, *, code: str, retry_after: int = 1) -> None:
        super().__init__(message, code=code, retryAfter=retry_after)
        self.retry_after: Final = retry_after


class Misconfigured(KeyfobError):
    pass
