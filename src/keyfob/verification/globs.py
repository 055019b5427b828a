"""Paths and the globs that allow them: `*` within one segment, `**` for any segments or none."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import unquote


def match(path: str, globs: Iterable[str]) -> bool:
    """
    Whether one glob allows the path, its query left aside.

    A path is read as a server behind would read it: percent-escapes are undone, once. One with a
    `.` or `..` segment, an empty segment, a backslash or a second layer of escapes is allowed by
    no glob: readers differ on what it names.
    """
    plain = unquote(path.partition("?")[0])
    if not plain.startswith("/") or "\\" in plain or "%" in plain or "\0" in plain:
        return False
    segments = plain[1:].split("/")
    if any(segment in {".", ".."} for segment in segments) or "" in segments[:-1]:
        return False
    return any(_allows(glob[1:].split("/"), segments) for glob in globs)


def _allows(glob: list[str], path: list[str]) -> bool:
    """Follow every place in the path that the glob can have reached: linear, never exponential."""
    places = {0}
    for part in glob:
        if part == "**":
            places = set(range(min(places, default=len(path) + 1), len(path) + 1))
        else:
            plain = part.replace("[", "[[]").replace("?", "[?]")
            places = {i + 1 for i in places if i < len(path) and fnmatchcase(path[i], plain)}
    return len(path) in places
