"""Rows of the table of verdicts: what a token is about to be used for."""

from support.asking import STRANGER

from rows.verdict import VALID, Row, invalid, refused

SCOPE = refused("INSUFFICIENT_SCOPE")
IP, METHOD, PATH = refused("IP_DENIED"), refused("METHOD_DENIED"), refused("PATH_DENIED")
OFFICE = "203.0.113.9"
OFFICE_ONLY, READS, ON_PATHS = "at the office", "reads", "on paths"


def scoped(name, token, *scopes, said=VALID, **more):
    return Row(name=name, token=token, scopes=scopes, said=said, **more)


SCOPES = [
    scoped("all covers one", "good", "logs:search"),
    scoped("all covers many", "good", "logs:search", "tokens:write", "a.b-c_d:e"),
    scoped("all covers all", "good", "*"),
    scoped("all does not cover reveal", "good", "tokens:reveal", said=SCOPE),
    scoped("reveal by name", "revealer", "tokens:reveal"),
    scoped("reveal by name, among others", "revealer", "logs:search", "tokens:reveal"),
    scoped("tokens:* does not cover reveal", "caller with all of tokens", "tokens:reveal",
           said=SCOPE),
    scoped("tokens:* covers tokens:*", "caller with all of tokens", "tokens:*"),
    scoped("tokens:* does not cover all", "caller with all of tokens", "*", said=SCOPE),
    scoped("one held", "searcher", "logs:search"),
    scoped("one not held", "searcher", "logs:write", said=SCOPE),
    scoped("two held", "searcher", "logs:search", "metrics:read"),
    scoped("one of two not held", "searcher", "logs:search", "logs:write", said=SCOPE),
    scoped("a longer one than is held", "searcher", "logs:search:all", said=SCOPE),
    scoped("a shorter one than is held", "searcher", "logs", said=SCOPE),
    scoped("the word before the wildcard", "searcher", "metrics", said=SCOPE),
    scoped("a wildcard held", "searcher", "metrics:*"),
    scoped("below a wildcard, deep", "searcher", "metrics:a:b:*"),
    scoped("a wildcard not held", "searcher", "logs:*", said=SCOPE),
    scoped("three words", "of three words", "a:b:c"),
    scoped("two of three words", "of three words", "a:b", said=SCOPE),
    scoped("a word that begins alike", "of three words", "logsearch", said=SCOPE),
    scoped("no scope is wanted", "without wildcards"),
    scoped("the same twice", "searcher", "logs:search", "logs:search"),
    scoped("a scope in capitals", "good", "Logs:Search", said=invalid("scopes"),
           at_auth=invalid("x-keyfob-scopes")),
    scoped("a wildcard in the middle", "good", "logs:*:read", said=invalid("scopes"),
           at_auth=invalid("x-keyfob-scopes")),
    scoped("two stars", "good", "**", said=invalid("scopes"), at_auth=invalid("x-keyfob-scopes")),
    scoped("an empty word", "good", "logs::read", said=invalid("scopes"),
           at_auth=invalid("x-keyfob-scopes")),
    scoped("an empty one", "good", "", said=invalid("scopes"), at_auth=VALID),
    scoped("51 of them", "good", *(f"a{n}" for n in range(51)), said=invalid("scopes"),
           at_auth=invalid("x-keyfob-scopes")),
    scoped("50 of them", "good", *(f"a{n}" for n in range(50))),
    scoped("too long a one", "good", "a" * 101, said=invalid("scopes"),
           at_auth=invalid("x-keyfob-scopes")),
]  # fmt: skip


def at(client_ip, token=OFFICE_ONLY, said=VALID, name="", **more):
    name = name or f"{client_ip or 'nowhere'}, {token}"
    return Row(name=name, token=token, said=said, client_ip=client_ip, **more)


ADDRESSES = [
    at(OFFICE),
    at("203.0.113.0"),
    at("203.0.113.255"),
    at("203.0.114.0", said=IP),
    at("203.0.112.255", said=IP),
    at("::ffff:203.0.113.9"),
    at("::FFFF:CB00:7109"),
    at("::203.0.113.9", said=IP),
    at("198.51.100.1"),
    at("::ffff:198.51.100.1"),
    at("198.51.101.1", said=IP),
    at("2001:db8::1"),
    at("2001:DB8:0:0:0:0:0:1"),
    at("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    at("2001:db9::1", said=IP),
    at("::1", said=IP),
    at("", said=IP),
    at("203.0.113.7", "on one host"),
    at("203.0.113.8", "on one host", said=IP),
    at("2001:db8::7", "on one host of v6"),
    at("2001:db8:0::0007", "on one host of v6"),
    at("2001:db8::8", "on one host of v6", said=IP),
    at("203.0.113.7", "on one host of v6", said=IP),
    at("192.0.2.1", "everywhere in v4"),
    at("2001:db8::1", "everywhere in v4", said=IP),
    at("2001:db8::1", "good"),
    at("the office", "good", said=invalid("clientIp"), at_auth=VALID),
    *(
        at(text, said=invalid("clientIp"), at_auth=IP, gateway=None)  # which tells its own
        for text in (
            "203.0.113.9:443", "203.0.113.9, 203.0.113.9", "203.0.113", "203.000.113.009",
            "3405803785", "0xcb007109", "203.0.113.0/24", "[2001:db8::1]", "localhost", "unknown",
        )
    ),
]  # fmt: skip


def by(method, token=READS, said=VALID, name="", **more):
    name = name or f"{method or 'no method'}, {token}"
    return Row(name=name, token=token, said=said, method=method, **more)


METHODS = [
    by("GET"),
    by("HEAD"),
    by("get", gateway=None),  # nginx takes no small letters
    by("POST", said=METHOD),
    by("OPTIONS", said=METHOD),
    by("PATCH", said=METHOD),
    by("GETS", said=METHOD),
    by("", said=METHOD, gateway=200),
    by("DELETE", "good"),
    by("PROPFIND", "good"),
    by("G T", said=invalid("method"), at_auth=METHOD, gateway=None),
    by("G T", "good", said=invalid("method"), at_auth=VALID, gateway=None),
    by("G" * 21, said=invalid("method"), at_auth=METHOD, gateway=403),
]


def on(path, token=ON_PATHS, said=VALID, name="", **more):
    name = name or f"{path or 'no path'}, {token}"
    return Row(name=name, token=token, said=said, path=path, **more)


PATHS = [
    on("/v1/search"),
    on("/v1/search/"),
    on("/v1/search/a"),
    on("/v1/search/a/b/c"),
    on("/v1/search?q=1"),
    on("/v1/search/a?q=/../x"),
    on("/v1/search?", name="an empty query"),
    on("/v1/searches", said=PATH),
    on("/v1", said=PATH),
    on("/", said=PATH),
    on("", said=PATH),
    on("/V1/search", said=PATH),
    on("/v1//search", said=PATH),
    on("//v1/search", said=PATH),
    on("/v1/search//a", said=PATH),
    on("/v1/./search", said=PATH),
    on("/v1/search/.", said=PATH),
    on("/v1/search/..", said=PATH),
    on("/v1/search/../users", said=PATH),
    on("/v1/search/%2e%2e/users", said=PATH),
    on("/v1/search/%2E./users", said=PATH),
    on("/v1/search/%252e%252e/users", said=PATH),
    on("/v1/search%2fa"),
    on("/v1%2fsearch"),
    on("/v1/search/..%2fusers", said=PATH),
    on("/v1/search/a\\..\\b", said=PATH),
    on("/v1/search/a%5cb", said=PATH),
    on("/v1/search/%00", said=PATH, gateway=400),  # by nginx itself
    on("/v1/%73earch"),
    on("/v1/search/...", name="three dots are a name"),
    on("/v1/search/a;b=c"),
    on("/v1/jobs/status"),
    on("/v1/a%20b/status"),
    on("/v1/jobs/1/status", said=PATH),
    on("/v1//status", said=PATH),
    on("/v1/users?x=/v1/search", said=PATH),
    on("/files/a.json", "on files"),
    on("/files/.json", "on files"),
    on("/files/a.jsonx", "on files", said=PATH),
    on("/files/a/b.json", "on files", said=PATH),
    on("/files/a%2fb.json", "on files", said=PATH),
    on("/a/z", "on files"),
    on("/a/b/c/z", "on files"),
    on("/a/b/c/zz", "on files", said=PATH),
    on("/exact/", "on files"),
    on("/exact", "on files", said=PATH),
    on("/two%20words/a", "on files"),
    on("/two+words/a", "on files", said=PATH),
    on("/", "on every path"),
    on("/a/b", "on every path"),
    on("/a/../b", "on every path", said=PATH),
    on("/" + "/".join("a" * 64), "on every path", name="64 segments"),
    on("/" + "/".join("a" * 65), "on every path", said=PATH, name="65 segments"),
    on("/a", "on every word"),
    on("/a/b", "on every word", said=PATH),
    on("/a/../b", "good"),
    on("/" * 4097, said=invalid("path"), at_auth=PATH, gateway=None, name="too long a path"),
    on("v1/search", said=invalid("path"), at_auth=PATH, gateway=None),
    on("https://logs.example.com/v1/search", said=invalid("path"), at_auth=PATH, gateway=None),
    on("*", said=invalid("path"), at_auth=PATH, gateway=None),
    on("/v1/search/\x07", said=invalid("path"), at_auth=None, name="a bell in the path"),
]

TOGETHER = [
    Row(name="all told and allowed", token="narrow", scopes=("logs:search",),
        client_ip="203.0.113.7", method="GET", path="/anywhere"),
    Row(name="scope before address", said=SCOPE, token="narrow", scopes=("logs:write",),
        client_ip="192.0.2.1", method="PUT"),
    Row(name="address before method", said=IP, token="narrow", client_ip="192.0.2.1",
        method="PUT"),
    Row(name="method last", said=METHOD, token="narrow", client_ip="203.0.113.7", method="PUT"),
    Row(name="an invalid one is not hidden by a bad token", said=invalid("scopes"),
        token=STRANGER, scopes=("A",), at_auth=invalid("x-keyfob-scopes")),
    Row(name="a cost", more={"cost": 3}, at_auth=None),
    Row(name="the highest cost", more={"cost": 1_000_000}, at_auth=None),
    *(
        Row(name=f"{name} is {text!r}", said=invalid(of or name), more={name: text}, at_auth=None)
        for name, text, of in (
            ("cost", -1, ""), ("cost", 1_000_001, ""), ("cost", "1", ""), ("cost", 1.5, ""),
            ("cost", None, ""), ("scopes", "logs:search", ""), ("scopes", [5], "scopes.0"),
            ("scopes", None, ""), ("clientIp", 5, ""), ("method", None, ""), ("path", [], ""),
            ("client_ip", "203.0.113.7", ""), ("Token", "x", ""), ("token", 5, ""),
            ("token", None, ""), ("token", [], ""),
        )
    ),
]  # fmt: skip

ON_USES = [*SCOPES, *ADDRESSES, *METHODS, *PATHS, *TOGETHER]
