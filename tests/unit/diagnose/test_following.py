"""What binds next, and at how many connections."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from narrows.diagnose import diagnose
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION
from narrows.network import EniKey, Resource
from tests.unit.case.cases import TO_NAT
from tests.unit.diagnose.by_hand import ABOUT, MINUTES, TIMEOUT, case, function, log, nat, nat_gateway, route_table
from tests.unit.diagnose.by_hand import subnet as make_subnet

ENI, NAT = HYPERPLANE_ENI_CONNECTIONS.value, NAT_CONNECTIONS_PER_DESTINATION.value


def _network(subnets: int = 1, addresses: int = 1, **functions: list[str]) -> dict[str, Any]:
    names = [f"subnet-{index + 1}" for index in range(subnets)]
    used = functions or {"storefront": names}
    return {
        "lambda/functions.json": {
            "Functions": [
                function(name, VpcConfig={"SubnetIds": one, "SecurityGroupIds": [f"sg-{name}"], "VpcId": "vpc-1"})
                for name, one in used.items()
            ]
        },
        "ec2/subnets.json": {"Subnets": [make_subnet(name) for name in names]},
        "ec2/route-tables.json": {"RouteTables": [route_table(TO_NAT, subnet=name) for name in names]},
        "ec2/nat-gateways.json": {"NatGateways": [nat_gateway(addresses=addresses)]},
    }


def _next(folder: Path, *parts: dict[str, Any], about: str = ABOUT) -> tuple[str, Resource, int] | None:
    after = diagnose(case(folder, *parts, about=about)).next_narrows
    return None if after is None else (after.id, after.resource, after.at_connections)


def test_one_address_is_full_before_one_eni(tmp_path: Path) -> None:
    assert _next(tmp_path, _network()) == ("nat-port-exhaustion", "nat-1", NAT)


def test_two_addresses_are_full_after_one_eni_and_before_two(tmp_path: Path) -> None:
    first = _next(tmp_path / "one", _network(addresses=2))
    assert first == ("hyperplane-eni-exhaustion", EniKey("subnet-1", ("sg-storefront",)), ENI)
    assert _next(tmp_path / "two", _network(2, addresses=2)) == ("nat-port-exhaustion", "nat-1", 2 * NAT)


def test_what_binds_is_left_out(tmp_path: Path) -> None:
    errors = nat(errors=[9] * MINUTES)
    after = _next(tmp_path, _network(), errors, log(TIMEOUT))
    assert after == ("hyperplane-eni-exhaustion", EniKey("subnet-1", ("sg-storefront",)), ENI)


def test_each_address_of_a_destination_has_ports_of_its_own(tmp_path: Path) -> None:
    about = ABOUT.replace("[8.8.4.4]", "[8.8.4.4, 8.8.8.8, 1.1.1.1]")
    assert _next(tmp_path, _network(3), about=about) == ("nat-port-exhaustion", "nat-1", 3 * NAT)


TWO = ABOUT.replace("[storefront]", "[storefront, checkout]")
START = datetime(2026, 11, 20, 12, 1, tzinfo=UTC)


def callers(folder: Path, *counts: tuple[str, str, str, int]) -> None:
    """Outcomes of callers: function, destination, outcome, how many of it."""
    rows = [(function, to, outcome) for function, to, outcome, number in counts for _ in range(number)]
    columns: dict[str, list[Any]] = {
        "time": [START] * len(rows),
        "function": [function for function, _, _ in rows],
        "environment": ["environment-1"] * len(rows),
        "destination": [to for _, to, _ in rows],
        "outcome": [outcome for _, _, outcome in rows],
        "seconds": [0.1] * len(rows),
    }
    (folder / "callers").mkdir()
    pq.write_table(pa.table(columns), folder / "callers" / "outcomes.parquet")


def test_functions_with_enis_of_their_own_fill_them_by_their_share(tmp_path: Path) -> None:
    network = _network(2, addresses=8, storefront=["subnet-1"], checkout=["subnet-2"])
    callers(tmp_path, ("storefront", "cache", "established", 300), ("checkout", "cache", "established", 100))
    after = _next(tmp_path, network, about=TWO)
    assert after == ("hyperplane-eni-exhaustion", EniKey("subnet-1", ("sg-storefront",)), ENI * 400 // 300)


def test_each_function_calls_its_own_destination(tmp_path: Path) -> None:
    """Half of all connections go to each destination: not a quarter, as if each function called both alike."""
    network = _network(2, storefront=["subnet-1"], checkout=["subnet-2"])
    to_second = {**TO_NAT, "NatGatewayId": "nat-2"}
    network["ec2/route-tables.json"]["RouteTables"][1] = route_table(to_second, subnet="subnet-2")
    network["ec2/nat-gateways.json"]["NatGateways"].append(nat_gateway("nat-2", 2))
    about = TWO + "  bus: {name: bus.example.com, port: 443, addresses: [8.8.8.8]}\n"
    callers(tmp_path, ("storefront", "cache", "established", 300), ("checkout", "bus", "established", 300))
    assert _next(tmp_path, network, about=about) == ("nat-port-exhaustion", "nat-1", NAT * 2)


def test_what_failed_was_wanted(tmp_path: Path) -> None:
    """None of what checkout wanted was opened: once it can be, it fills its own ENI first."""
    network = _network(2, addresses=8, storefront=["subnet-1"], checkout=["subnet-2"])
    callers(tmp_path, ("storefront", "cache", "established", 100), ("checkout", "cache", "timed_out", 300))
    after = _next(tmp_path, network, about=TWO)
    assert after == ("hyperplane-eni-exhaustion", EniKey("subnet-2", ("sg-checkout",)), ENI * 400 // 300)


def test_shares_that_nobody_counted_leave_it_open(tmp_path: Path) -> None:
    network = _network(2, addresses=8, storefront=["subnet-1"], checkout=["subnet-2"])
    assert _next(tmp_path, network, about=TWO) is None


def test_what_all_share_is_known_whoever_opens_the_connections(tmp_path: Path) -> None:
    network = _network(2, storefront=["subnet-1"], checkout=["subnet-2"])
    assert _next(tmp_path, network, about=TWO) == ("nat-port-exhaustion", "nat-1", NAT)


def test_a_cache_has_a_limit_of_its_own(tmp_path: Path) -> None:
    host = "x.abc.ng.0001.use1.cache.amazonaws.com"
    about = ABOUT.replace("cache.example.com", host).replace("8.8.4.4", "10.0.9.9")
    after = _next(tmp_path, _network(3), {"ec2/vpc-endpoints.json": {"VpcEndpoints": []}}, about=about)
    assert after == ("destination-connection-limit", "cache", ENI)


def test_addresses_that_are_not_known_leave_it_open(tmp_path: Path) -> None:
    assert _next(tmp_path, _network(2), {"ec2/nat-gateways.json": None}) is None


def test_a_way_that_is_not_known_leaves_it_open(tmp_path: Path) -> None:
    assert _next(tmp_path, _network(), {"ec2/route-tables.json": None}) is None
