"""Take figures: repeated, interleaved with a reference, as median and range."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """`unit` is that of `values`; `target` is what the project asks for, as text."""

    name: str
    unit: str
    values: list[float]
    target: str = ""
    reference: str = ""
    reference_values: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """Ours to the reference's, pair by pair: a machine that drifts drifts for both."""
        if not self.reference_values:
            return None
        pairs = zip(self.values, self.reference_values, strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "target": self.target,
            "reference": self.reference,
            "ratio": self.ratio,
        }


def milliseconds(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def per_second(action: Callable[[], None], *, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        action()
    return times / (time.perf_counter() - started)


def each_round(
    ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int = ROUNDS
) -> tuple[list[float], tuple[float, ...]]:
    """A B A B …, after one round that is not counted."""
    ours()
    theirs()
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return [pair[0] for pair in pairs], tuple(pair[1] for pair in pairs)
