"""Tests of the check whether an address is public."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch.addresses import is_public_address

NAT64 = ipaddress.ip_network("64:ff9b::/96")
PRIVATE = (
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.31.0.1"),
    *("192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"),
    *("100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00::1"),
    *("fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1"),
    # Teredo: a public server with a private client, whose bits are turned over
    "2001:0:5db8:d822:0:ffff:80ff:fffe",
)
PUBLIC = (
    *("1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.32.0.1", "192.0.1.1", "223.255.255.255"),
    *("2606:4700::1111", "2a00:1450:4001::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::1"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    """Addresses of special use are refused, also inside an IPv6 address."""
    assert not is_public_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    """Addresses beside the special ranges are accepted, also inside an IPv6 address."""
    assert is_public_address(address)


@given(st.ip_addresses(v=4))
def test_ipv4_agrees_with_the_standard_library(address: ipaddress.IPv4Address) -> None:
    """What is public is global and no multicast by `ipaddress`, and the reverse but for two registered ranges."""
    others = ("192.0.0.0/24", "192.88.99.0/24")
    is_other = any(address in ipaddress.ip_network(network) for network in others)
    expected = address.is_global and not address.is_multicast and not is_other
    assert expected == is_public_address(str(address))


@given(st.ip_addresses(v=6))
def test_public_ipv6_is_global(address: ipaddress.IPv6Address) -> None:
    """What is public and stands for itself is global by `ipaddress`, and neither multicast nor reserved."""
    stands_for_others = address.sixtofour or address.teredo or address.ipv4_mapped or address in NAT64
    if is_public_address(str(address)) and not stands_for_others:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=4))
def test_embedded_addresses_are_judged_as_themselves(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address is public or not whichever IPv6 form it comes in."""
    number = int(address)
    forms = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x0064_FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1),
        ipaddress.IPv6Address((0x2001_0000 << 96) | (0x5DB8_D822 << 64) | (number ^ 0xFFFF_FFFF)),
    )
    assert {is_public_address(str(address))} == {is_public_address(str(form)) for form in forms}


def test_a_name_is_no_address() -> None:
    """Names are refused, never taken for public."""
    with pytest.raises(ValueError, match="example"):
        is_public_address("example.org")
