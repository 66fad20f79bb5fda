"""What shared a subnet shares one afterwards, and what was special stays so."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.redact.addresses import Addresses

ANY_4 = st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number)))
ANY_6 = st.integers(0, 2**128 - 1).map(lambda number: str(IPv6Address(number)))
KEYS = st.binary(min_size=32, max_size=32)
SPECIAL = (
    "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "192.0.2.0/24", "198.51.100.0/24",
    "203.0.113.0/24", "198.18.0.0/15", "fc00::/7", "2001:db8::/32",
)  # fmt: skip


def common(one: str, other: str) -> int:
    """The leading bits that two addresses have in common."""
    first, second = ip_address(one), ip_address(other)
    return first.max_prefixlen - (int(first) ^ int(second)).bit_length()


@given(KEYS, st.one_of(st.tuples(ANY_4, ANY_4), st.tuples(ANY_6, ANY_6)))
def test_as_many_leading_bits_are_shared_as_before(key: bytes, pair: tuple[str, str]) -> None:
    addresses = Addresses(key)
    whole = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "64:ff9b::/96")
    one, other = pair
    if not any(ip_address(text) in ip_network(block) for text in pair for block in whole):
        assert common(addresses.address(one), addresses.address(other)) == common(one, other)


@given(KEYS, ANY_4, st.integers(1, 12))
def test_a_neighbour_stays_a_neighbour(key: bytes, text: str, distance: int) -> None:
    other = str(IPv4Address(int(IPv4Address(text)) ^ (1 << distance)))
    addresses = Addresses(key)
    if not any(IPv4Address(text) in IPv4Network(one) for one in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
                                                                "224.0.0.0/3")):  # fmt: skip
        assert common(addresses.address(text), addresses.address(other)) == common(text, other)


@given(KEYS, st.one_of(ANY_4, ANY_6))
def test_no_address_leaves_a_special_block_and_none_comes_into_one(key: bytes, text: str) -> None:
    before, after = ip_address(text), ip_address(Addresses(key).address(text))
    for block in map(ip_network, SPECIAL):
        if block.version == before.version:
            assert (before in block) == (after in block)
    assert before.is_private == after.is_private
    assert before.is_multicast == after.is_multicast


@given(KEYS, st.sampled_from(SPECIAL[:4]), st.data())
def test_the_addresses_inside_a_small_block_change_places(key: bytes, block: str, data: st.DataObject) -> None:
    first = int(IPv4Network(block).network_address) + 256 * data.draw(st.integers(0, 255))
    every = [str(IPv4Address(first + one)) for one in range(256)]
    addresses = Addresses(key)
    images = [addresses.address(one) for one in every]
    assert len(set(images)) == 256
    assert len({str(ip_network(f"{one}/24", strict=False)) for one in images}) == 1


@pytest.mark.parametrize("text", [
    "0.0.0.0", "0.0.0.0/0", "::/0", "::", "::1", "127.0.0.1", "169.254.169.253", "169.254.169.254", "169.254.170.2",
    "fd00:ec2::254", "224.0.0.1", "255.255.255.255", "fe80::1", "ff02::1", "10.0.0.0/8", "172.16.0.0/12",
])  # fmt: skip
def test_what_means_the_same_everywhere_stays(text: str) -> None:
    assert Addresses(bytes(32)).address(text) == text


@given(KEYS, st.integers(0, 255), st.integers(16, 28))
def test_the_resolver_the_router_and_the_last_address_stay_at_their_offsets(
    key: bytes, third: int, length: int
) -> None:
    block = ip_network(f"10.{third}.192.0/{length}", strict=False)
    addresses = Addresses(key)
    addresses.keep_offsets("10.0.0.0/8")
    addresses.keep_offsets(str(block))
    image = ip_network(addresses.address(str(block)))
    assert image.prefixlen == length
    for offset in (0, 1, 2, 3, -1):
        assert ip_address(addresses.address(str(block[offset]))) == image[offset]
    inside = {addresses.address(str(one)) for one in list(block)[:300]}
    assert all(ip_address(one) in image for one in inside)


def test_subnets_stay_inside_of_their_vpc() -> None:
    addresses = Addresses(b"k" * 32)
    for block in ("10.7.0.0/16", "10.7.4.0/24", "10.7.5.0/24"):
        addresses.keep_offsets(block)
    vpc, one, other = (ip_network(addresses.address(text)) for text in ("10.7.0.0/16", "10.7.4.0/24", "10.7.5.0/24"))
    for subnet in (one, other):
        assert subnet.subnet_of(vpc)  # type: ignore[arg-type]
    assert not one.overlaps(other)
    assert addresses.address("10.7.0.2") == str(vpc[2])


def test_an_embedded_address_goes_with_the_one_that_it_is() -> None:
    addresses = Addresses(b"k" * 32)
    plain = int(IPv4Address(addresses.address("54.12.3.4")))
    assert int(IPv6Address(addresses.address("64:ff9b::360c:304"))) & 0xFFFFFFFF == plain


def test_an_address_with_the_length_of_its_block_keeps_both() -> None:
    addresses = Addresses(b"k" * 32)
    assert addresses.address("10.7.4.9/24") == f"{addresses.address('10.7.4.9')}/24"
