"""What the lab can play, and what only the simulator can."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from narrows.errors import InputError
from narrows.lab.blueprint import ENVIRONMENT_BLOCKS
from narrows.units import format_duration

if TYPE_CHECKING:
    from narrows.scenario import Scenario

PUBLIC_BLOCKS = ("198.51.100.0/24", "192.0.2.0/24")
"""Addresses of the NAT gateways (TEST-NET-2 and TEST-NET-1, RFC 5737)."""
_TAKEN = (ENVIRONMENT_BLOCKS, "169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/3", *PUBLIC_BLOCKS)


def linear_syn_timeouts(schedule: tuple[float, ...]) -> int | None:
    """The ``tcp_syn_linear_timeouts`` with which Linux sends SYNs again at these moments; None if it never does."""
    for linear in range(8):
        gaps = [1.0] * (linear + 1) + [2.0**k for k in range(1, 8)]
        moments = [sum(gaps[: k + 1]) for k in range(len(gaps))]
        if list(schedule) == moments[: len(schedule)]:
            return linear
    return None


def check_playable(scenario: Scenario) -> None:
    taken = [ipaddress.ip_network(block) for block in _TAKEN]
    for name, one in scenario.network.destinations.items():
        place = f"destinations.{name}"
        if one.protocol != "tcp":
            raise InputError(
                "the lab plays TCP only", file=scenario.file, place=place, advice="simulate it, or leave it out"
            )
        for text in one.addresses:
            address = ipaddress.ip_address(text)
            if address.version != 4:
                raise InputError(
                    "the lab plays IPv4 only", file=scenario.file, place=place, advice="simulate it, or leave it out"
                )
            clash = next((block for block in taken if address in block), None)
            if clash is not None:
                raise InputError(
                    f"{text} lies in {clash}, which the lab uses itself",
                    file=scenario.file,
                    place=place,
                    advice="give it another address, such as one of 203.0.113.0/24",
                )
    for other in scenario.assumptions.syn_retransmits[:1]:
        if other < 1.0:
            raise InputError(
                f"the first SYN retransmit comes after {format_duration(other)}, and Linux's after 1s",
                file=scenario.file,
                place="assumptions.syn_retransmits",
                advice="simulate it",
            )
