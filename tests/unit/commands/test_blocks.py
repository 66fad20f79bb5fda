"""A free block lies in the VPC and overlaps nothing."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from narrows.addresses import block
from narrows.commands.blocks import free_block


def test_the_first_that_is_free() -> None:
    vpc = [block("10.0.0.0/16")]
    taken = [block("10.0.0.0/20"), block("10.0.32.0/20")]
    assert str(free_block(vpc, taken, 20)) == "10.0.16.0/20"
    assert str(free_block(vpc, [*taken, block("10.0.16.0/24")], 20)) == "10.0.48.0/20"
    assert (
        str(free_block([block("10.0.0.0/24"), block("100.64.0.0/16")], [block("10.0.0.0/24")], 20)) == "100.64.0.0/20"
    )


def test_none_where_the_vpc_is_full() -> None:
    assert free_block([block("10.0.0.0/24")], [block("10.0.0.0/25"), block("10.0.0.128/25")], 28) is None
    assert free_block([block("10.0.0.0/24")], [], 20) is None


def test_ipv6() -> None:
    vpc = [block("10.0.0.0/16"), block("2001:db8::/56")]
    assert str(free_block(vpc, [block("2001:db8::/64"), block("10.0.0.0/16")], 64, 6)) == "2001:db8:0:1::/64"


@given(
    st.integers(16, 24),
    st.lists(st.tuples(st.integers(0, 2**16 - 1), st.integers(17, 28)), max_size=12),
    st.integers(18, 28),
)
def test_it_overlaps_nothing_and_is_there_if_any_is(size: int, drawn: list[tuple[int, int]], wanted: int) -> None:
    vpc = ipaddress.ip_network(f"10.1.0.0/{size}")
    taken = [
        ipaddress.ip_network(((10 << 24) + (1 << 16) + (offset >> (32 - bits) << (32 - bits)), bits))
        for offset, bits in drawn
    ]
    found = free_block([block(str(vpc))], [block(str(one)) for one in taken], wanted)
    free = (
        [one for one in vpc.subnets(new_prefix=wanted) if not any(one.overlaps(other) for other in taken)]
        if wanted >= size
        else []
    )
    assert str(found) == str(free[0] if free else None)
