"""Defaults that decide: each is varied, by simulation and plan, and whatever changes what comes out is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrows.assumptions import OF_CASES, Assumptions
from narrows.errors import InputError
from narrows.plan import make_plan
from narrows.recording import summarize
from narrows.scenario import Scenario, parse_scenario
from narrows.scenario.effects import deciding_assumptions
from narrows.scenario.json_schema import parts, read_schema
from narrows.scenario.unsaid import UNSAID
from narrows.simulate import simulate_scenario
from tests.simulate.random_scenarios import documents

NETWORK = """\
name: small
vpc:
  subnets: {a: {az: us-east-1a, route: n}}
  nat_gateways: {n: {}}
destinations: {c: {port: 443}}
functions:
  f: {subnets: [a], security_groups: [s], connections: [CONNECTIONS]}
demand: {f: {environments: {from: 0, to: 40, over: 20s}}}
assumptions: {nat_connections_per_address: 60}
"""
SCENARIOS = {
    "pooled": NETWORK.replace("CONNECTIONS", "{to: c, per_environment: 2}"),
    "in short": NETWORK.replace("CONNECTIONS", "{to: c}"),
    "each invocation": NETWORK.replace("CONNECTIONS", "{to: c, hold: invocation}"),
    "retried": NETWORK.replace("CONNECTIONS", "{to: c, per_environment: 2, connect_timeout: 2s, retries: {most: 2}}"),
    "drawn": NETWORK.replace("CONNECTIONS", "{to: c, hold: {mean: 20s}}"),
    "lognormal": NETWORK.replace("CONNECTIONS", "{to: c, hold: {mean: 20s, distribution: lognormal}}"),
    "limited": NETWORK.replace("CONNECTIONS", "{to: c}").replace("port: 443", "port: 443, max_connections: 20"),
    "proxy": NETWORK.replace("CONNECTIONS", "{to: c}")
    .replace("port: 443", "port: 443, max_connections: 20")
    .replace("nat_gateways: {n: {}}", "nat_gateways: {n: {}}\n  endpoints: {p: {kind: proxy, to: [c]}}"),
    "a full ENI": NETWORK.replace("CONNECTIONS", "{to: c, per_environment: 1000}")
    .replace("to: 40", "to: 90")
    .replace("assumptions: {nat_connections_per_address: 60}", ""),
}
VARIED: Mapping[str, tuple[Any, ...]] = {
    "connections.hold": ("invocation", "5s", {"mean": "30s"}),
    "connections.per_environment": (5,),
    "connections.connect_timeout": ("500ms", "40s"),
    "connections.retries": ({"most": 3},),
    "retries.backoff": ("10s",),
    "retries.jitter": ("full",),
    "hold.distribution": ("constant",),
    "hold.sigma": (0.1,),
    "connections.bytes_per_second": (1_000_000,),
    "demand.invocation": ({"duration": "20s"},),
    "demand.invocations_per_second": (2,),
    "destinations.addresses": (3,),
    "destinations.max_connections": (10,),
    "destinations.when_full": ("ignore",),
    "destinations.accepts_per_second": (1,),
    "destinations.round_trip": ("800ms",),
    "nat_gateways.addresses": (2,),
    "subnets.free_addresses": (0,),
    "endpoints.reuse": (10,),
    "duration": ("15s",),
}
"""Plausible values other than the default."""
NOT_ASSUMED = {
    "ScenarioPart": {"region", "start", "vpc", "functions", "others", "demand", "seed", "assumptions"},
    "VpcPart": {"subnets", "nat_gateways", "security_groups", "endpoints"},
    "SubnetPart": {"route", "denied_ports", "ipv6"},
    "NatGatewayPart": {"kind", "az"},
    "SecurityGroupPart": {"egress_ports"},
    "EndpointPart": {"kind", "azs"},
    "DestinationPart": {"protocol", "host", "answers", "local", "ipv6"},
    "FunctionPart": {
        "subnets", "security_groups", "versions", "connections", "reserved_concurrency", "dual_stack", "timeout",
    },
    "DemandPart": {"environments"},
    "OtherPart": {"az", "kind", "connections"},
    "VersionPart": {"subnets", "security_groups"},
    "RetriesPart": {"most"},
    "InvocationPart": {"duration"},
    "RampPart": {"from", "per_10s", "over", "at"},
    "OtherConnectionsPart": {"count", "per_second", "hold", "connect_timeout", "bytes_per_second"},
}  # fmt: skip
"""What is there or is not, which nobody guesses: a network without an IPv6 route has none."""


def outcome(scenario: Scenario) -> Any:
    """What simulation and plan say."""
    summary: dict[str, Any] = dict(summarize(simulate_scenario(scenario)))
    del summary["seconds"], summary["assumptions"]
    try:
        plan = make_plan(scenario)
    except InputError as error:
        return summary, str(error)
    options = [option for option in (plan.best, *plan.alternatives) if option is not None]
    return summary, plan.verdict, plan.tables, [(option.monthly_cents, option.changes) for option in options]


def varied(document: dict[str, Any], id: str, value: Any) -> dict[str, Any] | None:
    """The document with a default said otherwise, wherever it is left unsaid; None where it is not."""
    found = deepcopy(document)
    done = False
    unsaid = next(one for one in UNSAID if one.id == id)
    for part in _written_as(found, unsaid.part):
        if unsaid.key not in part:
            part[unsaid.key] = value
            done = True
    return found if done else None


def _written_as(document: dict[str, Any], part: str) -> Iterator[dict[str, Any]]:
    uses = [use for function in document["functions"].values() for use in function["connections"]]
    sections: Mapping[str, list[Any]] = {
        "": [document],
        "ConnectionsPart": uses,
        "RetriesPart": [use["retries"] for use in uses if "retries" in use],
        "HoldPart": [use["hold"] for use in uses if isinstance(use.get("hold"), dict)],
        "DemandPart": list(document["demand"].values()),
        "DestinationPart": list(document["destinations"].values()),
        "NatGatewayPart": list(document["vpc"]["nat_gateways"].values()),
        "SubnetPart": list(document["vpc"]["subnets"].values()),
        "EndpointPart": list(document["vpc"].get("endpoints", {}).values()),
    }
    yield from sections[part]


def test_every_optional_key_is_an_assumption_or_nobodys_guess() -> None:
    schema = read_schema()
    for part in parts():
        its = schema["definitions"].get(part.__name__, schema)
        optional = set(its["properties"]) - set(its.get("required", ()))
        assumed = {one.key for one in UNSAID if one.part == ("" if part.__name__ == "ScenarioPart" else part.__name__)}
        assert optional == assumed | NOT_ASSUMED.get(part.__name__, set()), part.__name__


def test_every_one_is_varied() -> None:
    assert set(VARIED) == {one.id for one in UNSAID}


@pytest.mark.slow
def test_whatever_changes_the_outcome_is_printed_and_whatever_is_printed_changes_one() -> None:
    deciding = set()
    for name, text in SCENARIOS.items():
        document = yaml.safe_load(text)
        scenario = parse_scenario(text)
        before = outcome(scenario)
        printed = {one["id"] for one in scenario.assumptions.unsaid}
        for id, values in VARIED.items():
            for value in values:
                other = varied(document, id, value)
                if other is not None and outcome(parse_scenario(yaml.safe_dump(other))) != before:
                    assert id in printed, f"{name}: {id} = {value} decides, and is not printed"
                    deciding.add(id)
    assert deciding == set(VARIED)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(documents(), st.data())
def test_an_assumption_that_is_not_printed_changes_nothing(document: dict[str, Any], data: st.DataObject) -> None:
    values: dict[str, list[Any]] = {
        "eni_scale_out_delay": ["5s"],
        "eni_half_open_hold": ["20s"],
        "eni_hold_after_close": ["30s"],
        "eni_idle_timeout": ["100s"],
        "nat_connections_per_address": [2],
        "nat_hold_after_close": ["5s"],
        "nat_half_open_hold": ["1s"],
        "nat_address_selection": ["random-address"],
        "address_choice": ["first"],
        "nat_on_exhaustion": ["reset"],
        "environment_placement": ["random"],
        "environment_idle_lifetime": ["20s"],
        "recycled_environment_closes": [True],
        "resolver_packets_per_second": [1],
        "account_concurrency": [1],
    }
    document["assumptions"] = {}
    scenario = parse_scenario(yaml.safe_dump(document))
    left = sorted(set(values) - deciding_assumptions(scenario))
    if not left:
        return
    name = data.draw(st.sampled_from(left))
    if name == "account_concurrency" and any("reserved_concurrency" in one for one in document["functions"].values()):
        return
    other = parse_scenario(yaml.safe_dump(document | {"assumptions": {name: values[name][0]}}))
    assert any(f"assumptions.{name}: has no effect" in note for note in other.notes)
    before, after = (dict(summarize(simulate_scenario(one))) for one in (scenario, other))
    for figure in ("attempted", "established_peak", "timed_out", "refused", "reset", "error_port_allocation"):
        assert before[figure] == after[figure], name


def test_what_is_said_is_not_assumed() -> None:
    said = SCENARIOS["pooled"].replace("{to: c, per", "{to: c, hold: until_recycled, connect_timeout: 10s, per")
    ids = {one["id"] for one in parse_scenario(said).assumptions.unsaid}
    assert not ids & {"connections.hold", "connections.connect_timeout", "connections.per_environment"}
    assert "connections.retries" in ids


def test_assumptions_of_cases_are_none_of_a_scenario() -> None:
    assert set(Assumptions.names()) > OF_CASES
    for text in SCENARIOS.values():
        assert not OF_CASES & deciding_assumptions(parse_scenario(text))
