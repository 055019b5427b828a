"""Paths and the globs that allow them: `*` within one segment, `**` for any segments or none."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

MOST_SEGMENTS: Final = 64  # of a path: no honest one is near it, and each costs time

Part = tuple[str, ...]  # of a glob: the texts around the stars of one segment
ANYTHING: Final[Part] = ("", "")
ANY_DEPTH: Final[Part] = ("", "", "")


def match(path: str, globs: Iterable[str]) -> bool:
    """
    Whether one glob allows the path, its query left aside.

    A path is read as a server behind would read it: percent-escapes are undone, once. One with a
    `.` or `..` segment, an empty segment, a backslash or a second layer of escapes is allowed by
    no glob: readers differ on what it names. Nor is one with more than 64 segments.
    """
    plain = unquote(path.partition("?")[0])
    if not plain.startswith("/") or "\\" in plain or "%" in plain or "\0" in plain:
        return False
    segments = plain[1:].split("/")
    if len(segments) > MOST_SEGMENTS:
        return False
    if any(segment in {".", ".."} for segment in segments) or "" in segments[:-1]:
        return False
    return any(_allows(_parts(glob), segments) for glob in globs)


@lru_cache(maxsize=4096)
def _parts(glob: str) -> tuple[Part, ...]:
    return tuple(tuple(part.split("*")) for part in glob[1:].split("/"))


def _allows(glob: tuple[Part, ...], path: list[str]) -> bool:
    """Follow every place in the path that the glob can have reached: linear, never exponential."""
    places = {0}
    for part in glob:
        if part == ANY_DEPTH:
            places = set(range(min(places), len(path) + 1))
        else:
            places = {i + 1 for i in places if i < len(path) and _fits(part, path[i])}
        if not places:
            return False
    return len(path) in places


def _fits(part: Part, segment: str) -> bool:
    """Its ends are fixed; what stands between two stars is taken where it is found first."""
    if part == ANYTHING:
        return True
    head, *between = part
    if not between:
        return segment == head
    tail = between.pop()
    at, end = len(head), len(segment) - len(tail)
    if at > end or not segment.startswith(head) or not segment.endswith(tail):
        return False
    for text in between:
        at = segment.find(text, at, end)
        if at < 0:
            return False
        at += len(text)
    return True
