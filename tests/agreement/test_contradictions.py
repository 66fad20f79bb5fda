"""The property itself, on surfaces made by hand: it finds what is wrong, and nothing where all agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from narrows.case.model import Callers, Case, Metrics, Topology
from narrows.network import EniKey, HopKind, Network
from narrows.tables import TableId
from oracles.networks import TableTruth, Truth
from oracles.networks.truth import GatewayTruth
from tests.agreement.contradictions import classes, contradictions
from tests.agreement.surfaces import HELD, OPEN, WANTED, CauseReading, Following, Reading, Surfaces

NAT, SUBNET = "nat-0123456789abcdef0", "subnet-0123456789abcdef0"
KEY = EniKey(SUBNET, ("sg-0123456789abcdef0",))
ENI = TableId(HopKind.HYPERPLANE_ENI, KEY)
PORTS = TableId(HopKind.NAT_GATEWAY, NAT, None, "203.0.113.10:443")
TRUTH = Truth(
    wanted={("storefront", "pay"): 900},
    wanted_over_all=900,
    opened={"storefront": 900},
    tables={
        ENI: TableTruth((900, 900), (900, 900), 65_000, 0, 900, undisturbed=True),
        PORTS: TableTruth((900, 900), (900, 1000), 55_000, 0, 1000),
    },
    through={},
    arriving={"pay": (900, 900)},
    gateways={NAT: GatewayTruth(900, 900, 0)},
    failed=0,
)


def agreeing() -> Surfaces:
    """Surfaces of a case of one function, one gateway, one destination."""
    case = Case(
        folder=Path("case"),
        region="us-east-1",
        window=(datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 12, 5, tzinfo=UTC)),
        functions=("storefront",),
        destinations={},
        topology=Topology(Network("us-east-1", {}, {}, {}, {}), frozenset(), names={NAT: "nat-a", SUBNET: "private-a"}),
        metrics=Metrics(()),
        callers=Callers(),
        quotas={},
        flow_logs=(),
        reported="",
        written_by=None,
        notes=(),
    )
    plan: dict[str, Any] = {
        "fits": True,
        "next_narrows": None,
        "notes": [],
        "unknown": [],
        "peak": {
            "of": [{"client": "storefront", "destination": "pay", "other": False, "open": 950, "low": 850, "high": 950}]
        },
    }
    return Surfaces(
        case=case,
        narrows=None,
        causes=[CauseReading("nat-port-exhaustion", "ruled-out", NAT, 55_000, (900, 900))],
        readings=[
            Reading("flowlogs --by eni", OPEN, ENI, 880, 910, 65_000),
            Reading("picture", HELD, ENI, 880, 910, 65_000),
            Reading("flowlogs --by key", OPEN, PORTS, 890, 905, 55_000),
            Reading("plan", WANTED, ENI, 950, 950, 65_000),
            Reading("plan", WANTED, PORTS, 1050, 1050, 55_000),
        ],
        following=[
            Following("diagnosis", "nat-port-exhaustion", NAT, 55_000),
            Following("picture", None, NAT, None),
        ],
        says_nothing_follows=[],
        texts=[("diagnosis", f"NAT gateway nat-a ({NAT}) had ports left.")],
        plan=plan,
        fits_without_headroom=True,
    )


def found(shown: Surfaces) -> list[str]:
    return classes(contradictions(shown, TRUTH))


def test_surfaces_that_agree_are_left_alone() -> None:
    assert contradictions(agreeing(), TRUTH) == []


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading("picture", HELD, ENI, 100, 910), ["a picture itself"]),
        (Reading("chart", OPEN, ENI, 100, 910), ["a flowlogs --by eni / chart"]),
        (Reading("chart", OPEN, ENI, 880, 910, 60_000), ["a capacity"]),
        (
            Reading("chart", OPEN, PORTS, 950, 960),
            ["a flowlogs --by key / chart", "b chart nat-gateway"],
        ),
        (
            Reading("chart", OPEN, PORTS, 890, 895),
            ["a flowlogs --by key / chart", "b narrowly chart nat-gateway"],
        ),
        (Reading("plan", WANTED, ENI, 800, 800), ["a plan below what was seen", "e table"]),
        (Reading("plan", WANTED, PORTS, 950, 950), ["e table"]),
        (Reading("picture", HELD, TableId(HopKind.DESTINATION, "pay"), 100, 200), ["b picture destination"]),
    ],
)
def test_a_number_that_is_another_or_not_true_is_found(reading: Reading, expected: list[str]) -> None:
    shown = agreeing()
    shown.readings.append(reading)
    assert found(shown) == expected


def test_a_lower_end_on_a_printed_assumption_that_is_not_so_is_left_alone_and_no_upper_one() -> None:
    shown = replace(agreeing(), readings=[Reading("flowlogs --by eni", OPEN, ENI, 950, 990)])
    restless = {**TRUTH.tables, ENI: replace(TRUTH.tables[ENI], rests=False)}
    truth = replace(TRUTH, tables=restless)
    assert classes(contradictions(shown, truth)) == ["b flowlogs --by eni hyperplane-eni"]
    shown.assumed = frozenset({"port_rest"})
    assert classes(contradictions(shown, TRUTH)) == ["b flowlogs --by eni hyperplane-eni"]
    assert contradictions(shown, truth) == []
    shown.readings = [Reading("flowlogs --by eni", OPEN, ENI, 100, 500)]
    assert classes(contradictions(shown, truth)) == ["b flowlogs --by eni hyperplane-eni"]


def test_what_a_gateway_or_destination_observed_has_to_be_true_of_something() -> None:
    shown = agreeing()
    shown.causes.append(CauseReading("nat-port-exhaustion", "possible", NAT, 55_000, (2000, 3000)))
    shown.causes.append(CauseReading("destination-connection-limit", "possible", "pay", None, (10, 20)))
    assert found(shown) == ["b diagnosis destination-connection-limit", "b diagnosis nat-port-exhaustion"]


def test_a_plan_that_holds_what_is_full_is_found() -> None:
    shown = replace(agreeing(), narrows="nat-port-exhaustion")
    shown.causes = [CauseReading("nat-port-exhaustion", "likely", NAT, 55_000, None)]
    assert found(shown) == ["c nat-port-exhaustion", "c nat-port-exhaustion with headroom"]
    shown.causes = [CauseReading("nat-port-exhaustion", "possible", NAT, 55_000, None)]
    assert found(shown) == []


def test_different_things_that_follow_are_found() -> None:
    shown = agreeing()
    shown.following[1] = Following("picture", None, "private-a / sg-app", None)
    shown.following.append(Following("plan", "hyperplane-eni-exhaustion", str(KEY), 65_000))
    assert found(shown) == ["d picture", "d plan"]
    shown = agreeing()
    shown.following, shown.says_nothing_follows = shown.following[:1], ["picture"]
    assert found(shown) == ["d picture silent"]
    shown = agreeing()
    shown.following = shown.following[1:]
    assert found(shown) == ["d diagnosis silent"]


@pytest.mark.parametrize(
    ("said", "unknown", "expected"),
    [
        ({"low": 0, "high": 800}, [], ["e below"]),
        ({"low": 1000, "high": 2000}, [], ["e above"]),
        ({"low": 0, "high": 0}, ["nothing says how many connections storefront wants to pay"], ["e unknown as 0"]),
        ({"low": 0, "high": None}, [], []),
        ({"destination": "search"}, [], ["e missing"]),
        ({"destination": "search"}, ["nothing says how many connections storefront wants to pay"], []),
    ],
)
def test_demand_that_is_not_the_true_one_is_found(
    said: dict[str, Any], unknown: list[str], expected: list[str]
) -> None:
    shown = agreeing()
    assert shown.plan is not None
    shown.plan["peak"]["of"][0] |= said
    shown.plan["unknown"] = unknown
    assert found(shown) == expected


def test_a_number_without_an_interval_is_that_number() -> None:
    shown = agreeing()
    assert shown.plan is not None
    shown.plan["peak"]["of"] = [{"client": "storefront", "destination": "pay", "other": False, "open": 901}]
    assert found(shown) == []
    shown.plan["peak"]["of"][0]["open"] = 450
    assert found(shown) == ["e below"]


def test_vanished_attempts_that_did_not_are_found() -> None:
    shown = replace(agreeing(), lost=[("hyperplane-eni", "nat-inside", 3600), ("nat-outside", "answered", 5)])
    assert found(shown) == ["b where-lost hyperplane-eni"]


def test_an_id_without_its_name_and_what_breaks_are_found() -> None:
    shown = replace(agreeing(), texts=[("plan", f"add 1 address to {NAT}")], broken=[("plan", "ValueError: infinite")])
    assert found(shown) == ["f plan", "x plan"]
