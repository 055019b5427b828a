"""A row of the matrix of callers and operations."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    What a caller with a good token gets. The thing named in the path is the one that `of` names
    in the scene, and the account asked for is sub's. `bad_token` is for everybody else who sends
    a token: 200 with the 403 in its body on the one address that clients of old ask.
    """

    main: int
    sub: int
    sibling: int
    foreign: int
    wrong_scope: int = 403
    wrong_scope_of_main: int = 403
    body: Any = None
    of: str = "token"
    bad_token: int = 403
