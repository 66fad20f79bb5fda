"""One recipe for each cause: a function, a way out and a destination for which that cause binds."""

from __future__ import annotations

import math
from collections.abc import Callable

from narrows.limits import (
    DNS_PACKETS,
    FILE_DESCRIPTORS,
    HYPERPLANE_ENI_CONNECTIONS,
    NAT_BANDWIDTH,
    NAT_CONNECTIONS_PER_DESTINATION,
)
from oracles.incidents.draft import Draft

_ENI = HYPERPLANE_ENI_CONNECTIONS.value
_NAT = NAT_CONNECTIONS_PER_DESTINATION.value
_NAT_HOLD = 60
"""Seconds that a NAT gateway keeps a port after close, by default."""


def nat_port_exhaustion(draft: Draft) -> None:
    """More connections to one destination than the NAT gateway's addresses take; ENIs have room."""
    addresses = draft.whole(1, 2)
    wanted = round(addresses * _NAT * draft.between(1.1, 1.5))
    subnets = draft.subnets(math.ceil(wanted / (0.7 * _ENI)), draft.nat_gateway(addresses))
    environments, each = draft.pool(wanted)
    draft.function(
        subnets,
        draft.ramp(environments),
        {"to": draft.destination(), "per_environment": each, "connect_timeout": draft.connect_timeout()},
    )


def nat_churn(draft: Draft) -> None:
    """Few connections at a time, but so many a second that the ports of closed ones fill the table."""
    seconds = draft.between(0.1, 0.4)
    rate = _NAT / _NAT_HOLD * draft.between(1.2, 2.0)
    draft.function(
        draft.subnets(draft.whole(1, 2), draft.nat_gateway(1)),
        {
            "environments": {"from": 0, "to": max(2, round(rate * seconds)), "over": "20s"},
            "invocation": {"duration": f"{seconds:.3f}s"},
        },
        {"to": draft.destination(), "hold": "invocation", "connect_timeout": draft.connect_timeout()},
    )


def eni_exhaustion(draft: Draft) -> None:
    """More connections than the Hyperplane ENIs of the function's subnets hold; the NAT gateway has room."""
    subnets = draft.whole(1, 2)
    wanted = round(subnets * _ENI * draft.between(1.1, 1.4))
    addresses = min(8, math.ceil(wanted / (0.8 * _NAT)) + draft.whole(0, 2))
    environments, each = draft.pool(wanted)
    draft.function(
        draft.subnets(subnets, draft.nat_gateway(addresses)),
        draft.ramp(environments),
        {"to": draft.destination(), "per_environment": each, "connect_timeout": draft.connect_timeout()},
    )


def destination_limit(draft: Draft) -> None:
    """The destination takes fewer connections than are wanted, and everything before it has room."""
    most = draft.whole(8_000, 40_000)
    destination = draft.destination(max_connections=most, when_full=draft.pick("refuse", "ignore"))
    environments, each = draft.pool(round(most * draft.between(1.15, 1.35)))
    draft.function(
        draft.subnets(2, draft.nat_gateway(2)),
        draft.ramp(environments),
        {"to": destination, "per_environment": each, "connect_timeout": draft.connect_timeout()},
    )


def destination_silent(draft: Draft) -> None:
    """The destination does not answer."""
    environments, each = draft.pool(draft.whole(500, 8_000))
    draft.function(
        draft.subnets(2, draft.nat_gateway(2)),
        draft.ramp(environments),
        {
            "to": draft.destination(answers="no"),
            "per_environment": each,
            "connect_timeout": draft.connect_timeout(),
            "retries": {"most": draft.whole(0, 2)},
        },
    )


def destination_refusing(draft: Draft) -> None:
    """Nothing listens at the destination."""
    environments, each = draft.pool(draft.whole(200, 8_000))
    draft.function(
        draft.subnets(draft.whole(1, 2), draft.nat_gateway(draft.whole(1, 2))),
        draft.ramp(environments),
        {
            "to": draft.destination(answers="refuses"),
            "per_environment": each,
            "connect_timeout": draft.connect_timeout(),
            "retries": {"most": draft.whole(0, 3)},
        },
    )


def blocked(draft: Draft) -> None:
    """A route, security group or network ACL lets nothing through, whatever the load."""
    destination = draft.destination()
    port = draft.document["destinations"][destination]["port"]
    how = draft.pick("route", "acl", "security-group")
    route = "none" if how == "route" else draft.nat_gateway(1)
    subnets = draft.subnets(1, route, denied_ports=[port] if how == "acl" else [])
    environments, each = draft.pool(draft.whole(100, 3_000))
    name = draft.function(
        subnets,
        draft.ramp(environments),
        {"to": destination, "per_environment": each, "connect_timeout": draft.connect_timeout()},
    )
    if how == "security-group":
        draft.document["vpc"]["security_groups"][f"sg-{name}"] = {"egress_ports": [port + 1]}


def idle_reset(draft: Draft) -> None:
    """Environments are frozen for longer than the NAT gateway remembers their connections."""
    environments, each = draft.whole(50, 1_000), draft.whole(1, 8)
    gap = draft.whole(370, 800)
    busy = draft.whole(60, 200)
    steps = [(0, environments), (busy, 0), (busy + gap, environments)]
    draft.function(
        draft.subnets(draft.whole(1, 2), draft.nat_gateway(1)),
        {"environments": {"steps": [{"at": f"{at}s", "to": count} for at, count in steps]}},
        {"to": draft.destination(), "per_environment": each, "connect_timeout": draft.connect_timeout()},
    )
    draft.document["duration"] = "20m"
    draft.document["assumptions"]["environment_idle_lifetime"] = "30m"


def descriptors(draft: Draft) -> None:
    """Environments open more connections than they have file descriptors."""
    draft.function(
        draft.subnets(2, draft.nat_gateway(2)),
        draft.ramp(draft.whole(4, 25)),
        {
            "to": draft.destination(),
            "per_environment": FILE_DESCRIPTORS.value + draft.whole(60, 900),
            "connect_timeout": draft.connect_timeout(),
        },
    )


def throttling(draft: Draft) -> None:
    """More environments are needed at once than Lambda, or the function's reserved concurrency, gives."""
    wanted = draft.whole(1_500, 4_000)
    reserved = {"reserved_concurrency": draft.whole(100, 800)} if draft.chance(0.5) else {}
    draft.function(
        draft.subnets(2, draft.nat_gateway(2)),
        {"environments": wanted},
        {"to": draft.destination(), "per_environment": draft.whole(1, 3), "connect_timeout": draft.connect_timeout()},
        **reserved,
    )


def dns(draft: Draft) -> None:
    """More names are looked up than one ENI may send packets to the resolver."""
    draft.function(
        draft.subnets(1, draft.nat_gateway(2)),
        {"environments": {"from": 0, "to": draft.whole(800, 1_800), "per_10s": 1000}},
        {
            "to": draft.destination(),
            "per_environment": draft.whole(14, 24),
            "connect_timeout": draft.connect_timeout(),
        },
    )
    draft.document["assumptions"]["resolver_packets_per_second"] = DNS_PACKETS.value


def bandwidth(draft: Draft) -> None:
    """The NAT gateway carries more bytes than it can, and drops packets, SYNs among them."""
    environments, each = draft.pool(draft.whole(3_000, 12_000))
    load = NAT_BANDWIDTH.value / 8 * draft.between(1.3, 2.5)
    draft.function(
        draft.subnets(1, draft.nat_gateway(2)),
        draft.ramp(environments),
        {
            "to": draft.destination(),
            "per_environment": each,
            "connect_timeout": draft.connect_timeout(),
            "hold": "40s",
            "bytes_per_second": round(load / (environments * each)),
        },
    )


def eni_shortage(draft: Draft) -> None:
    """Lambda could not make the ENI of a function: the quota, or the addresses of the subnet, are used up."""
    name = healthy(draft)
    code = draft.pick("EniLimitExceeded", "SubnetOutOfIPAddresses")
    draft.state_codes[name] = code
    if code == "SubnetOutOfIPAddresses":
        for subnet in draft.document["functions"][name]["subnets"]:
            draft.document["vpc"]["subnets"][subnet]["free_addresses"] = 0


def healthy(draft: Draft) -> str:
    """Everything has room."""
    environments, each = draft.pool(draft.whole(500, 20_000))
    return draft.function(
        draft.subnets(draft.whole(1, 2), draft.nat_gateway(draft.whole(1, 2))),
        draft.ramp(environments),
        {"to": draft.destination(), "per_environment": each, "connect_timeout": draft.connect_timeout()},
    )


RECIPES: dict[str, Callable[[Draft], object]] = {
    "nat-port-exhaustion": nat_port_exhaustion,
    "nat-port-exhaustion (churn)": nat_churn,
    "hyperplane-eni-exhaustion": eni_exhaustion,
    "destination-connection-limit": destination_limit,
    "destination-not-answering": destination_silent,
    "destination-refusing": destination_refusing,
    "route-or-rule-blocked": blocked,
    "idle-timeout-reset": idle_reset,
    "descriptor-exhaustion": descriptors,
    "lambda-throttling": throttling,
    "dns-failure": dns,
    "nat-bandwidth": bandwidth,
    "eni-quota-or-address-shortage": eni_shortage,
}
"""By the cause that they bring about; in brackets, how."""
