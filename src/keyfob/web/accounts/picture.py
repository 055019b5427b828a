"""The plan as a picture: a bar, cut as the accounts share the plan's volume out."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

from keyfob.accounts import PlanModel
from keyfob.families import Family

WIDTH: Final = 1000  # of the bar, in units of its own: it is drawn as wide as there is room
MOST_PARTS: Final = 6  # sub accounts with a colour of their own; there is no telling more apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`look` is how it is painted: `main`, `sub-1` to `sub-6`, `others`, `shared` or `free`."""

    name: str
    look: str
    gb: float
    share: float  # of the plan, 0 to 1
    x: float = 0

    @property
    def width(self) -> float:
        return round(self.share * WIDTH, 2)

    @property
    def percent(self) -> str:
        """Whole ones; what is there at all is never told as nothing."""
        whole = f"{self.share:.0%}"
        return "under 1%" if whole == "0%" and self.share else whole


def parts(family: Family) -> Sequence[Part]:
    """From the left to the right: main, the largest sub accounts, the others, what is left."""
    found, x = list[Part](), 0.0
    for name, look, gb in _slices(family):
        part = Part(name=name, look=look, gb=gb, share=gb / family.plan.volume_gb, x=round(x, 2))
        found.append(part)
        x += part.width
    return found


def in_words(family: Family) -> str:
    """The same for whoever does not see it."""
    told = ", ".join(f"{each.name} {gb(each.gb)} ({each.percent})" for each in parts(family))
    return f"Of {gb(family.plan.volume_gb)} a day: {told}."


def gb(volume: float) -> str:
    return f"{volume:,.10g} GB"


def _slices(family: Family) -> Generator[tuple[str, str, float]]:
    yield family.main.account.name, "main", family.own_gb(family.main)
    by_size = sorted(family.subs, key=lambda sub: -family.own_gb(sub))
    having = [sub for sub in by_size if family.own_gb(sub)]
    for number, sub in enumerate(having[:MOST_PARTS], 1):
        yield sub.account.name, f"sub-{number}", family.own_gb(sub)
    if others := having[MOST_PARTS:]:
        name = f"{len(others)} smaller account{'s' if len(others) > 1 else ''}"
        yield name, "others", sum(family.own_gb(sub) for sub in others)
    if family.plan.flexible:
        yield "Shared by all", "shared", family.free_gb
    elif family.plan.model is PlanModel.CONSUMPTION:
        yield "Not given out", "free", family.free_gb
