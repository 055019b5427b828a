"""Where a request came from: addresses, compared as addresses and never as text."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Network = IPv4Network | IPv6Network
MAPPED_BITS: Final = 96  # before the IPv4 address in an IPv4-mapped IPv6 address


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Parse CIDRs. Raise ValueError for what is none, or has host bits; TypeError for a text."""
    if isinstance(texts, str):
        raise TypeError("networks are a list, like ['10.0.0.0/8']")
    return tuple(_network(text) for text in texts)


def client_ip(peer: str, forwarded: str, proxies: Iterable[Network]) -> str:
    """
    The last address that is not one of our proxies, read from the right; empty when unknown.

    Anybody can write the left end of `X-Forwarded-For`; only what a trusted proxy appended is
    believed. An entry that is no address ends the walk at the proxy that passed it on.
    """
    address = _address(peer)
    if address is None:
        return ""
    trusted = tuple(proxies)
    for entry in reversed(forwarded.split(",") if forwarded else []):
        before = _address(entry.strip())
        if before is None or not any(address in network for network in trusted):
            break
        address = before
    return str(address)


def is_inside(ip: str, allowed: Iterable[Network]) -> bool:
    address = _address(ip)
    return address is not None and any(address in network for network in allowed)


def _network(text: str) -> Network:
    """`::ffff:203.0.113.0/120` is 203.0.113.0/24, for an address inside is never mapped."""
    parsed = ip_network(text)
    mapped = parsed.network_address.ipv4_mapped if isinstance(parsed, IPv6Network) else None
    if mapped is None or parsed.prefixlen < MAPPED_BITS:
        return parsed
    return IPv4Network((mapped, parsed.prefixlen - MAPPED_BITS))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])  # a zone means nothing outside its host
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
