"""What every request passes: its path made plain, its origin found, its errors in one shape."""

from ipaddress import ip_network

import pytest
from support.calling import PEER, error_of
from support.door import Door

from keyfob.config import network
from keyfob.edge import client_ip, tidy

ONE = ("10.0.0.0/8",)
TWO = ("10.0.0.0/8", "192.168.0.0/16", "2001:db8:1::/48")
MAPPED = ("::ffff:10.0.0.0/104",)
EVERYBODY = ("0.0.0.0/0", "::/0")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        # Nobody is trusted: the header is what the caller likes it to be.
        ("203.0.113.7", "", (), "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", (), "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", (), "10.0.0.1"),
        ("127.0.0.1", "127.0.0.1", (), "127.0.0.1"),
        # The peer is not a proxy of ours.
        ("203.0.113.7", "198.51.100.1", ONE, "203.0.113.7"),
        ("203.0.113.7", "10.0.0.1", ONE, "203.0.113.7"),
        ("11.0.0.1", "198.51.100.1", ONE, "11.0.0.1"),
        ("2001:db8::1", "198.51.100.1", ONE, "2001:db8::1"),
        # One proxy.
        ("10.0.0.1", "198.51.100.1", ONE, "198.51.100.1"),
        ("10.0.0.1", " 198.51.100.1 ", ONE, "198.51.100.1"),
        ("10.0.0.1", "", ONE, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", ONE, "198.51.100.1"),
        ("10.0.0.1", "10.0.0.9, 198.51.100.1", ONE, "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", ONE, "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4,,198.51.100.1", ONE, "198.51.100.1"),
        # Proxies in a row: the first from the right that is not ours.
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", ONE, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 192.168.3.4, 10.0.0.2", TWO, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", TWO, "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 192.168.0.1, 10.0.0.2", TWO, "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", ONE, "10.0.0.3"),
        # What is no address ends the walk at the proxy that passed it on.
        ("10.0.0.1", "unknown", ONE, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", ONE, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", ONE, "10.0.0.2"),
        ("10.0.0.1", "198.51.100.1,", ONE, "10.0.0.1"),
        ("10.0.0.1", "_hidden", ONE, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:443", ONE, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.0/24", ONE, "10.0.0.1"),
        ("10.0.0.1", "0198.051.100.001", ONE, "10.0.0.1"),
        ("10.0.0.1", "0xc6336401", ONE, "10.0.0.1"),
        ("10.0.0.1", "3325256705", ONE, "10.0.0.1"),
        ("10.0.0.1", "'; drop table tokens --", ONE, "10.0.0.1"),
        ("10.0.0.1", "<script>", ONE, "10.0.0.1"),
        ("10.0.0.1", "\uff11\uff19\uff18.51.100.1", ONE, "10.0.0.1"),
        # IPv6, and IPv4 dressed as it.
        ("2001:db8:1::1", "2001:db8:2::5", TWO, "2001:db8:2::5"),
        ("2001:db8:1::1", "2001:DB8:2:0:0:0:0:5", TWO, "2001:db8:2::5"),
        ("2001:db8:9::1", "2001:db8:2::5", TWO, "2001:db8:9::1"),
        ("::ffff:10.0.0.1", "198.51.100.1", ONE, "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", ONE, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2", ONE, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", MAPPED, "198.51.100.1"),
        ("11.0.0.1", "198.51.100.1", MAPPED, "11.0.0.1"),
        ("10.0.0.1", "fe80::1%eth0", ONE, "fe80::1"),
        ("fe80::1%eth0", "198.51.100.1", (), "fe80::1"),
        # Everybody is trusted: the left end, as asked for.
        ("203.0.113.7", "198.51.100.1, 10.0.0.2", EVERYBODY, "198.51.100.1"),
        # A socket without an address.
        ("", "198.51.100.1", ONE, ""),
        ("unix:", "198.51.100.1", EVERYBODY, ""),
    ],
)
def test_the_client_is_found_from_the_right(peer, forwarded, proxies, expected):
    assert client_ip(peer, forwarded, [network(text) for text in proxies]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("::ffff:203.0.113.7/128", "203.0.113.7/32"),
        ("::ffff:0.0.0.0/96", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_a_mapped_network_is_the_network_that_is_mapped(text, expected):
    assert network(text) == ip_network(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/whoami", "/v2/whoami"),
        ("//v2//whoami/", "/v2/whoami"),
        ("/v2/whoami///", "/v2/whoami"),
        ("/", "/"),
        ("//", "/"),
        ("", "/"),
    ],
)
def test_slashes_that_say_nothing_are_dropped(path, expected):
    assert tidy(path) == expected


@pytest.mark.anyio
async def test_the_odd_paths_of_real_clients_work(door):
    main = await door.house.main()
    _, value = await door.house.token(main)
    for path in ("/v2/whoami", "/v2//whoami", "/v2/whoami/", "//v2//whoami//"):
        answer = await door.ask("GET", path, value)
        assert answer.json()["accountId"] == main.id, path


@pytest.mark.anyio
async def test_head_is_get_without_the_body(door):
    main = await door.house.main()
    _, value = await door.house.token(main)
    for path, token in (("/healthz", None), ("/readyz", None), ("/v2/whoami", value)):
        head, get = await door.ask("HEAD", path, token), await door.ask("GET", path, token)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == get.headers["content-length"]
    assert (await door.ask("HEAD", "/v2/whoami", "junk")).status_code == 403
    assert (await door.ask("HEAD", "/v1/verify", value)).status_code == 405


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "TRACE", "PROPFIND"])
async def test_an_address_says_what_it_takes(door, method):
    answer = await door.ask(method, "/v1/api-tokens")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert error_of(answer)["errorCode"] == "request/UNKNOWN_METHOD"
    answer = await door.ask(method, "/v1/api-tokens/2000001")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, PATCH"


@pytest.mark.anyio
async def test_an_unknown_address_is_told_in_the_one_shape(door):
    body = error_of(await door.ask("GET", "/v1/nothing-here"))
    assert body["errorCode"] == "request/UNKNOWN_PATH"


@pytest.mark.anyio
async def test_no_other_site_is_let_in(door):
    for method in ("OPTIONS", "GET"):
        answer = await door.ask(
            method,
            "/v2/whoami",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
        )
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.anyio
async def test_every_answer_carries_the_careful_headers(door):
    for path in ("/healthz", "/v2/whoami", "/v1/nothing-here"):
        headers = (await door.ask("GET", path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("said", "policy"),
    [
        ("", "same-origin"),  # a program, or a browser that cannot tell
        ("cross-site", "same-origin"),
        ("same-site", "same-origin"),
        ("none", None),
        ("same-origin", None),
    ],
)
async def test_who_may_have_been_opened_by_another_site_is_cut_off_from_it(door, said, policy):
    headers = {"Sec-Fetch-Site": said} if said else {}
    for path in ("/login", "/healthz", "/nowhere"):
        answer = await door.ask("GET", path, headers=headers)
        assert answer.headers.get("cross-origin-opener-policy") == policy, path


@pytest.mark.anyio
async def test_https_is_made_to_stay(elsewhere, tmp_path, clock):
    settings = {"public_url": "https://keyfob.example.com"}
    async with Door.open(elsewhere, tmp_path / "data", "", clock, **settings) as door:
        headers = (await door.ask("GET", "/healthz")).headers
    assert headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.anyio
async def test_a_trusted_proxys_word_is_on_record(elsewhere, tmp_path, clock):
    proxies = "127.0.0.1/32,203.0.113.0/24"
    async with Door.open(elsewhere, tmp_path / "data", "", clock, trusted_proxies=proxies) as door:
        main = await door.house.main()
        _, value = await door.house.token(main)
        answer = await door.ask(
            "POST",
            "/v1/api-tokens",
            value,
            json={"name": "By proxy"},
            headers={"X-Forwarded-For": f"198.51.100.9, {PEER}", "User-Agent": "a" * 1000},
        )
        dump = await door.dump()
    assert answer.status_code == 201
    entry = next(row for row in dump["audit_entries"] if "By proxy" in row)
    assert "198.51.100.9" in entry
    assert answer.headers["x-request-id"] in entry
    assert "a" * 300 in entry
    assert "a" * 301 not in entry
