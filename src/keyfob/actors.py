"""Who is doing this, from where, and with what rights. Every change is made by one actor."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from keyfob.limits import UNLIMITED, Limits
from keyfob.scopes import EVERYTHING, REVEAL, Scope


class ActorKind(StrEnum):
    USER = "user"
    TOKEN = "token"  # noqa: S105 -- a kind of actor, not a secret
    OPERATOR = "operator"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request came from. Empty for what happens on the host itself."""

    ip: str = ""
    agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    `account_id` is the account acted for, `main_id` the main account of its family.

    `id` and both account ids are 0 for the operator (whoever can run commands on the host, and
    so may do anything) and for a visitor (who has not signed in, and so may do nothing).
    `name` is an e-mail address or a token's name: a word for the audit trail, never a right.
    `limits` are a token's own; they bind what it hands on.
    `responsible` is the e-mail address of the person behind it: of a token, whoever made it.
    `of_request` is set by the doors: what such an actor may is looked at again in the transaction
    in which it changes something, for between the two it may have been taken away.
    """

    kind: ActorKind
    id: int = 0
    name: str = ""
    responsible: str = ""
    account_id: int = 0
    main_id: int = 0
    scopes: tuple[Scope, ...] = ()
    limits: Limits = UNLIMITED
    origin: Origin = Origin()
    of_request: bool = False

    @property
    def signature(self) -> str:
        """Whom to ask about what was done: an e-mail address, where one is known."""
        return self.responsible or self.name

    @property
    def is_main(self) -> bool:
        """Whether the actor speaks for a main account."""
        return self.account_id != 0 and self.account_id == self.main_id


OPERATOR: Final = Actor(
    kind=ActorKind.OPERATOR, name="operator", scopes=(EVERYTHING, REVEAL), origin=Origin()
)


def visitor(origin: Origin) -> Actor:
    """Somebody who has not signed in."""
    return Actor(kind=ActorKind.VISITOR, name="visitor", origin=origin)
