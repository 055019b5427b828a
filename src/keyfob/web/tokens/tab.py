"""The tabs of Manage tokens, in the order of the original: one for each kind of token."""

from dataclasses import dataclass
from typing import Final

from keyfob.tokens import TokenKind
from keyfob.tokens.kinds import RIGHTS, Rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """`noun` is one such token, in words; `path` the address of the tab."""

    kind: TokenKind
    path: str
    name: str
    noun: str

    @property
    def rights(self) -> Rights:
        return RIGHTS[self.kind]

    @property
    def title(self) -> str:
        """The noun at the beginning of a sentence."""
        return self.noun[0].upper() + self.noun[1:]

    def notice(self, verb: str) -> str:
        """The key of what a page says after a redirect: see `rendering.NOTICES`."""
        return f"{self.kind}-{verb}"


_TOP: Final = "/settings/manage-tokens"

SHARED: Final = Tab(
    kind=TokenKind.SHARED, path=f"{_TOP}/shared", name="Shared tokens", noun="shared token"
)
API: Final = Tab(kind=TokenKind.API, path=f"{_TOP}/api", name="API tokens", noun="API token")
SHIPPING: Final = Tab(
    kind=TokenKind.SHIPPING,
    path=f"{_TOP}/data-shipping",
    name="Data shipping tokens",
    noun="log shipping token",
)
TABS: Final = (SHARED, API, SHIPPING)
