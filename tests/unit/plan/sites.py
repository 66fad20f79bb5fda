"""Small networks with a demand, for the tests of plans."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from narrows.assumptions import Assumptions
from narrows.demand import Connections, Curve, Demand, FunctionDemand, Hold, OtherConnections
from narrows.network import Destination, Function, NatGateway, NatKind, Network, OtherClient, Subnet
from narrows.network_checks import check
from narrows.scenario import Scenario

EXAMPLES = Path(__file__).parents[3] / "examples" / "scenarios"

Copy = Callable[..., Path]
"""(Name of a case, files and folders to leave out of it) -> the copy."""


def copying(source: Path, target: Path) -> Copy:
    def copy(name: str, *without: str) -> Path:
        folder = target / name
        shutil.copytree(source / name, folder)
        for left_out in without:
            path = folder / left_out
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return folder

    return copy


def site(
    functions: Mapping[str, tuple[Sequence[str], int, int]],
    *,
    subnets: Mapping[str, str] | None = None,
    nats: Mapping[str, int] | None = None,
    kinds: Mapping[str, NatKind] | None = None,
    zones: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
    to: Mapping[str, str] | None = None,
    destinations: Mapping[str, dict[str, Any]] | None = None,
    others: Mapping[str, tuple[str, int]] | None = None,
    hold: Hold | None = None,
    assumptions: Assumptions | None = None,
    valid: bool = True,
) -> Scenario:
    """A scenario.

    Args:
        functions: (subnets, environments, connections of each) by name.
        subnets: the NAT gateway of each; one subnet ``a`` behind ``nat`` when left out.
        nats: addresses of each NAT gateway.
        zones: Availability Zone of each subnet; all the same when left out.
        groups: security group of each function; all ``sg`` when left out.
        to: destination of each function; all ``cache`` when left out.
        others: (NAT gateway, connections to the first destination) by name.
        valid: whether it must be one that a scenario may describe; what a case shows may be anything.
    """
    nats = nats or {"nat": 1}
    subnets = subnets or {"a": "nat"}
    places = {name: Subnet(name, (zones or {}).get(name, "us-east-1a"), route) for name, route in subnets.items()}
    known = destinations or {"cache": {}}
    network = Network(
        region="us-east-1",
        subnets=places,
        nat_gateways={
            name: NatGateway(name, (kinds or {}).get(name, NatKind.ZONAL), count) for name, count in nats.items()
        },
        destinations={
            name: Destination(name, **{"port": 443, "addresses": (f"203.0.113.{10 + k}",), **more})
            for k, (name, more) in enumerate(known.items())
        },
        functions={
            name: Function(name, tuple(attached), ((groups or {}).get(name, "sg"),) if attached else ())
            for name, (attached, _, _) in functions.items()
        },
        others={name: OtherClient(name, route, "us-east-1a") for name, (route, _) in (others or {}).items()},
    )
    demand = Demand(
        300.0,
        {
            name: FunctionDemand(
                (Connections((to or {}).get(name, next(iter(known))), each, hold or Hold()),),
                Curve(((0.0, 0.0), (max(1.0, environments / 100), float(environments)))),
            )
            for name, (_, environments, each) in functions.items()
        },
        {
            name: (OtherConnections(next(iter(known)), Curve.constant(count)),)
            for name, (_, count) in (others or {}).items()
        },
    )
    if valid:
        check(network)
    return Scenario("site", network, demand, assumptions or Assumptions(), datetime(2026, 11, 20, 12, tzinfo=UTC))
