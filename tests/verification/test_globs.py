"""Which paths a glob allows: read as a server behind reads them, and never two ways."""

import pytest
from support.calls import calls_of

from keyfob.verification import globs

PLAIN = [
    ("/v1/search", "/v1/search", True),
    ("/v1/search", "/v1/search/", False),
    ("/v1/search", "/v1/searches", False),
    ("/v1/search", "/v1/Search", False),
    ("/v1/search", "/v1", False),
    ("/v1/search", "", False),
    ("/v1/search", "v1/search", False),
    ("/v1/search", "/v1/search?size=1", True),
    ("/v1/search", "/v1/search?/../x", True),
    ("/v1/search", "/v2?/v1/search", False),
    ("/", "/", True),
    ("/", "/v1", False),
]
STARS = [
    ("/v1/*", "/v1/search", True),
    ("/v1/*", "/v1/", True),
    ("/v1/*", "/v1", False),
    ("/v1/*", "/v1/a/b", False),
    ("/*/search", "/v1/search", True),
    ("/*/search", "/v1/x/search", False),
    ("/v1/a*", "/v1/abc", True),
    ("/v1/a*", "/v1/a", True),
    ("/v1/a*", "/v1/ba", False),
    ("/v1/*.json", "/v1/a.json", True),
    ("/v1/*.json", "/v1/a.jsonx", False),
    ("/v1/a*c*e", "/v1/abcde", True),
    ("/v1/a*c*e", "/v1/abde", False),
    ("/v1/a*a", "/v1/a", False),
    ("/v1/a*ba*a", "/v1/aba", False),
    ("/v1/a*ba*a", "/v1/abaa", True),
    ("/v1/***", "/v1/ab", True),
    ("/v1/a**b", "/v1/ab", True),
    ("/v1/a**b", "/v1/a/b", False),
    ("/*", "/anything", True),
    ("/*", "/", True),
]
DOUBLE_STARS = [
    ("/**", "/", True),
    ("/**", "/a/b/c", True),
    ("/v1/**", "/v1", True),
    ("/v1/**", "/v1/", True),
    ("/v1/**", "/v1/a/b/c", True),
    ("/v1/**", "/v10", False),
    ("/v1/**", "/v2/v1/a", False),
    ("/**/search", "/search", True),
    ("/**/search", "/v1/x/search", True),
    ("/**/search", "/v1/search/x", False),
    ("/a/**/z", "/a/z", True),
    ("/a/**/z", "/a/b/c/z", True),
    ("/a/**/z", "/a/b/c", False),
    ("/a/**/b/**/c", "/a/b/x/b/c", True),
    ("/a/**/b/**/c", "/a/x/c", False),
]
ODD_LETTERS = [
    ("/a?c", "/abc", False),
    ("/a?c", "/a%3Fc", True),
    ("/a[bc]d", "/abd", False),
    ("/a[bc]d", "/a[bc]d", True),
    ("/a[!b]", "/ac", False),
    ("/a.b", "/axb", False),
    ("/a+b", "/a+b", True),
    ("/a b", "/a%20b", True),
    ("/v1/*", "/v1/%41", True),
    ("/v1/A", "/v1/%41", True),
    ("/v1/*", "/v1/é", True),
    ("/v1/*", "/v1/%C3%A9", True),
]
TRAVERSAL = [
    ("/public/**", path, False)
    for path in (
        "/public/../admin",
        "/public/..",
        "/public/./x",
        "/public/.",
        "/../public/x",
        "/public/%2e%2e/admin",
        "/public/%2E%2E/admin",
        "/public/.%2e/admin",
        "/public/%2e/x",
        "/public/..%2fadmin",
        "/public/%2e%2e%2fadmin",
        "/public/x%2f..%2f..%2fadmin",
        "/public/%252e%252e/admin",
        "/public/%252fadmin",
        "/public/%25",
        "/public//admin",
        "//public/x",
        "//admin/public/x",
        "/public/%2f/admin",
        "/public/%2fadmin",
        "/public\\..\\admin",
        "/public/..\\admin",
        "/public/%5c..%5cadmin",
        "/public/x%00",
        "/public/%00/../admin",
        "/public/x\0y",
        "\\public\\x",
        "http://host/public/x",
        "*",
    )
]
SLASHES = [
    ("/v1/*", "/v1/a%2Fb", False),  # a server behind may read two segments: so do we
    ("/v1/*/c", "/v1/a%2Fb/c", False),
    ("/v1/**", "/v1/a%2Fb", True),
    ("/v1/a/b", "/v1/a%2Fb", True),
]
TABLE = PLAIN + STARS + DOUBLE_STARS + ODD_LETTERS + TRAVERSAL + SLASHES


@pytest.mark.parametrize(("glob", "path", "allowed"), TABLE)
def test_the_table(glob, path, allowed):
    assert globs.match(path, ["/elsewhere", glob]) is allowed


def test_no_glob_allows_nothing():
    assert not globs.match("/", [])


HOSTILE = [
    ("/" + "a/" * 2000 + "b", ["/" + "**/a/" * 40 + "c"] * 5),
    ("/" + "a" * 4000, ["/" + "*a" * 95 + "b"] * 50),
    ("/a" * 2048, ["/**" + "/*" * 97 + "/0"] * 50),
    ("/a" * 64, ["/**" + "/*" * 97 + "/0"] * 50),
    (f"/{'ab' * 15}" * 64, [f"/**{'/*a*b*a*b*a*b*' * 13}/{n}" for n in range(50)]),
]


@pytest.mark.parametrize(("path", "hostile"), HOSTILE)
def test_a_hostile_glob_and_path_cost_little(path, hostile):
    """For each segment of the one and each part and star of the others, a few calls at most."""
    marks = sum(glob.count("/") + glob.count("*") for glob in hostile)
    assert calls_of(lambda: globs.match(path, hostile)) < 4 * marks * globs.MOST_SEGMENTS
    assert not globs.match(path, hostile)


def test_a_path_of_more_than_64_segments_is_on_no_glob():
    assert globs.match("/a" * 64, ["/**"])
    assert not globs.match("/a" * 65, ["/**"])
