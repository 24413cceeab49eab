"""IP addresses: which of them are on the public internet."""

import ipaddress
from collections.abc import Iterator
from typing import Final

# IANA's IPv4 special-purpose registry (RFC 6890), with multicast, the old class E, and the 6to4 relays (RFC 7526).
_NOT_PUBLIC_V4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
# What IANA gave out for hosts; all else in IPv6 is loopback, local, multicast or reserved.
_UNICAST_V6: Final = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public_address(address: str) -> bool:
    """Whether `address` is a host's address on the public internet.

    An IPv6 address that stands for IPv4 ones (IPv4-mapped, NAT64, 6to4, Teredo) is public if all of these are.
    Shared (carrier-grade NAT), link-local, multicast, documentation and reserved addresses are not public.

    Args:
        address: an IPv4 or IPv6 address, without brackets; an IPv6 zone (`%eth0`) makes it local.

    Raises:
        ValueError: it is no IP address.

    >>> [is_public_address(ip) for ip in ("93.184.216.34", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1")]
    [True, False, False, False]
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_V4)
    if ip.scope_id is not None:
        return False
    if inner := tuple(_embedded_addresses(ip)):
        return all(is_public_address(str(one)) for one in inner)
    return ip in _UNICAST_V6 and not any(ip in network for network in _NOT_PUBLIC_V6)


def _embedded_addresses(ip: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that `ip` leads to (RFC 4291 2.5.5.2, RFC 6052, RFC 3056, RFC 4380)."""
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    elif ip in _NAT64:
        yield ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    elif ip.sixtofour is not None:
        yield ip.sixtofour
    elif ip.teredo is not None:
        yield from ip.teredo
