"""The tree of the settings: its pages, in the order of the original, and who may open them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from keyfob import accounts
from keyfob.accounts import Operation
from keyfob.actors import Actor
from keyfob.errors import Forbidden
from keyfob.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    A page of the settings, or the pages whose addresses begin like it; `tab` is the first one.
    `operation` is what its visitor must be allowed; None: nothing.
    """

    path: str
    name: str
    icon: str
    text: str
    tab: str = ""
    operation: Operation | None = None

    @property
    def address(self) -> str:
        return self.path + self.tab

    def is_open_to(self, actor: Actor) -> bool:
        if self.operation is None:
            return True
        try:
            accounts.authorize(actor, self.operation)
        except Forbidden:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    name: str
    entries: Sequence[Entry]


TREE: Final = (
    Section(
        name="Account",
        entries=(
            Entry(
                path="/settings/account",
                name="General",
                icon="building-2",
                text="The account's name and number, its plan, its default data shipping token",
            ),
        ),
    ),
    Section(
        name="Tools",
        entries=(
            Entry(
                path="/settings/manage-tokens",
                tab="/api",
                name="Manage tokens",
                icon="key-round",
                text="Make, show, rename, disable and delete the tokens of this account",
            ),
            Entry(
                path="/settings/manage-accounts",
                name="Manage accounts",
                icon="layers",
                text="The sub accounts, and how they share the plan",
                operation=Operation.UPDATE_ACCOUNT,
            ),
            Entry(
                path="/settings/manage-users",
                name="Manage users",
                icon="users",
                text="Who works in this account, and as what",
                operation=Operation.READ_USERS,
            ),
            Entry(
                path="/settings/audit-trail",
                name="Audit trail",
                icon="scroll-text",
                text="Who did what, when and from where",
                operation=Operation.READ_AUDIT_TRAIL,
            ),
        ),
    ),
    Section(
        name="Personal",
        entries=(
            Entry(
                path="/settings/profile",
                name="Profile",
                icon="user",
                text="What you are called here, and which accounts you are in",
            ),
            Entry(
                path="/settings/security",
                name="Security",
                icon="shield-check",
                text="Your password",
            ),
            Entry(
                path="/settings/sessions",
                name="Sessions",
                icon="monitor-smartphone",
                text="Where you are signed in, and how to end it",
            ),
        ),
    ),
)


def tree(visit: Visit) -> Iterable[Section]:
    """What the visitor may open. Tokens are for admins, but others learn there whom to ask."""
    for section in TREE:
        entries = [entry for entry in section.entries if entry.is_open_to(visit.actor)]
        yield replace(section, entries=entries)


def entry_at(path: str) -> Entry | None:
    """The entry that a page belongs to; None for what is not in the tree."""
    every = (entry for section in TREE for entry in section.entries)
    return next((entry for entry in every if path.startswith(entry.path)), None)
