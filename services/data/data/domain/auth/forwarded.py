"""From where a request comes when proxies stand before the service."""

import ipaddress
from collections.abc import Collection, Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def caller_address(peer: str, forwarded: Iterable[str], trusted: Collection[Network]) -> str:
    """The network address that a request comes from, as far as trusted proxies tell.

    `peer` is the other end of the connection, `forwarded` the values of X-Forwarded-For in their order.
    A proxy appends by whom it was asked, so an entry is believed if who has written it is trusted: the peer
    wrote the last one, who is named there the one before. What is no address ends the search, as nobody
    vouches for what stands before it.
    """
    address = _parsed(peer)
    if address is None:
        return peer
    entries = [entry for value in forwarded for entry in value.split(",")] if trusted else []
    while entries and any(address in network for network in trusted):
        named = _parsed(entries.pop())
        if named is None:
            break
        address = named
    return str(address)


def _parsed(text: str) -> Address | None:
    """An address, also one with a port (`192.0.2.1:443`, `[2001:db8::1]:443`); without the interface."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
