"""How many data-shipping tokens an account may have enabled, and how they are looked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from keyfob.accounts import Account, AccountType, Plan
from keyfob.errors import Invalid

DEFAULT_SIZE: Final = 25
MOST_SIZE: Final = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """Disabled tokens do not count."""

    most: int
    enabled: int

    @property
    def is_full(self) -> bool:
        return self.enabled >= self.most

    @property
    def is_last(self) -> bool:
        """Whether there is one enabled token, which then has to stay so."""
        return self.enabled == 1


class SortField(StrEnum):
    CREATED_AT = "createdAt"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """
    `enabled` None means all. `order` maps a field to whether it runs downwards; what is equal
    then, and everything without an order, comes oldest first. Pages count from 1 and have 1 to
    1000 rows.
    """

    enabled: bool | None = None
    order: Mapping[SortField, bool] = field(default_factory=dict[SortField, bool])
    page_number: int = 1
    page_size: int = DEFAULT_SIZE

    def __post_init__(self) -> None:
        if self.page_number < 1:
            raise Invalid("must be at least 1", field="pagination.pageNumber")
        if not 1 <= self.page_size <= MOST_SIZE:
            raise Invalid(f"must be between 1 and {MOST_SIZE}", field="pagination.pageSize")

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return (self.page_number - 1) * self.page_size


def most_enabled(account: Account, plan: Plan) -> int:
    """The plan's number; a metrics account has exactly one token (meaning 5)."""
    return 1 if account.type is AccountType.METRICS else plan.max_shipping_tokens
