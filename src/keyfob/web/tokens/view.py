"""Which part of a tab's list is shown: all of it is in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Self
from urllib.parse import urlencode

from keyfob import tokens
from keyfob.tokens import DEFAULT_LIMIT, Query, Sort, TokenState
from keyfob.web import forms
from keyfob.web.tokens.tab import TABS, Tab
from keyfob.web.visit import Visit

ROWS: Final = (10, 25, 50, 100)
STATES: Final[Mapping[str, str]] = {
    TokenState.ACTIVE: "Active",
    TokenState.SCHEDULED: "Scheduled",
    TokenState.DISABLED: "Disabled",
    TokenState.EXPIRED: "Expired",
    TokenState.REVOKED: "Deleted",
}
ORDERS: Final[Mapping[str, str]] = {
    Sort.NEWEST: "Newest first",
    Sort.OLDEST: "Oldest first",
    Sort.NAME: "Name, from A",
    Sort.NAME_DOWN: "Name, from Z",
    Sort.USED_LAST: "Last used first",
    Sort.USED_FIRST: "Longest unused first",
}
PRODUCTS: Final = ("logs", "metrics", "tracing")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    It travels with every form, so that we come back to it.

    Each form reads it before it changes anything: whoever is told that something could not be
    read may rely on it that nothing was done. `product` is of data shipping tokens alone; empty is
    the one of the account.
    """

    tab: Tab
    q: str = ""
    state: str = ""
    tag: str = ""
    sort: str = Sort.NEWEST
    product: str = ""
    cursor: str = ""
    limit: int = DEFAULT_LIMIT

    @classmethod
    def of(cls, tab: Tab, given: Mapping[str, str]) -> Self:
        """What no address of ours has is as if it were not there."""
        limit, state, sort = (given.get(name, "") for name in ("limit", "state", "sort"))
        product = given.get("product", "")
        return cls(
            tab=tab,
            q=tokens.searchable(given.get("q", "")),
            state=state if state in STATES else "",
            tag=given.get("tag", "").strip(),
            sort=sort if sort in ORDERS else Sort.NEWEST,
            product=product if product in PRODUCTS else "",
            cursor=given.get("cursor", ""),
            limit=int(limit) if limit in map(str, ROWS) else DEFAULT_LIMIT,
        )

    @classmethod
    def sent_with(cls, visit: Visit, tab: Tab) -> Self:
        """Raise Invalid for one that is of no list."""
        encoded = visit.form.get("view", "")
        view = cls.of(tab, forms.parse(encoded.encode("ascii", "ignore")))
        view.query()
        return view

    def __str__(self) -> str:
        return urlencode(self.changed())

    def changed(self) -> dict[str, str]:
        """What is not as in the view that nobody has changed."""
        return {name: str(it) for name, plain in _PLAIN if (it := getattr(self, name)) != plain}

    @property
    def tabs(self) -> Sequence[Tab]:
        return TABS

    @property
    def states(self) -> Mapping[str, str]:
        """What the pages call them."""
        return STATES

    @property
    def url(self) -> str:
        return self.address()

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.state or self.tag)

    def address(self, **more: object) -> str:
        """The page's address; `more` says what is open in it (`new`, `edit`)."""
        return self._at(self.tab.path, more)

    def about(self, token_id: int, page: str = "", **more: object) -> str:
        """The address of a token's panel, or of a page of the token's: each leads back here."""
        return self._at(f"{self.tab.path}/{token_id}{page}", more)

    def _at(self, path: str, more: Mapping[str, object]) -> str:
        query = "&".join(part for part in (str(self), urlencode(more)) if part)
        return f"{path}?{query}" if query else path

    def at(self, cursor: str) -> str:
        return replace(self, cursor=cursor).url

    def narrowed(self, **by: str) -> str:
        """The first page of another choice."""
        return replace(self, cursor="", **by).url

    def whole(self) -> str:
        """The first page of everything, in the same order."""
        return View(tab=self.tab, sort=self.sort, product=self.product, limit=self.limit).url

    def sorted_by(self, field: str) -> str:
        """Pressing a column's title orders by it, and the other way round when it did already."""
        turned = f"-{field}" if self.sort == field else field
        return self.narrowed(sort=turned)

    def query(self) -> Query:
        """Raise Invalid for what no list knows, such as a tag that cannot be."""
        return Query(
            search=self.q,
            states=frozenset({TokenState(self.state)} if self.state else ()),
            tag=self.tag,
            sort=Sort(self.sort),
            cursor=self.cursor,
            limit=self.limit,
        )


_PLAIN: Final = [(each.name, each.default) for each in fields(View) if each.name != "tab"]
