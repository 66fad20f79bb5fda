"""A recording that is written and read again gives back its network, its metrics and what the callers saw."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings

from narrows.case import CallerOutcome, Case, read_case, write_case
from narrows.case.reading.aws_files import AWS_FILES, ONLY_LIVE
from narrows.network import Egress, Network
from narrows.recording import Outcome, Recording
from narrows.scenario import Scenario
from tests.simulate.random_scenarios import scenarios
from tests.unit.case.recordings import EVERYTHING, ONE_NAT, recording_of

SCENARIOS = {"one-nat": ONE_NAT, "everything": EVERYTHING}


@pytest.fixture(scope="module", params=SCENARIOS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Case]:
    recording = recording_of(SCENARIOS[request.param])
    folder = tmp_path_factory.mktemp("cases") / "case"
    write_case(recording, folder, reported="timeouts")
    return recording, read_case(folder)


def route_names(network: Network, names: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {
        names.get(one.name, one.name): (one.az, names.get(one.route, one.route)) for one in network.subnets.values()
    }


def test_the_frame_comes_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    assert case.region == recording.network.region
    assert case.window is not None
    assert case.window[0] == recording.start
    assert (case.window[1] - case.window[0]).total_seconds() == recording.seconds
    assert case.functions == tuple(recording.functions)
    assert case.reported == "timeouts"
    assert set(case.topology.known) == set(AWS_FILES) - ONLY_LIVE


def test_subnets_and_routes_come_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    back = route_names(case.topology.network, dict(case.topology.names))
    for name, one in recording.network.subnets.items():
        assert back[name] == (one.az, one.route)


def test_nat_gateways_come_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    names = case.topology.names
    back = {names[key]: (one.kind, one.addresses) for key, one in case.topology.network.nat_gateways.items()}
    assert back == {key: (one.kind, one.addresses) for key, one in recording.network.nat_gateways.items()}
    assert set(case.topology.nat_states.values()) == {"available"}


def test_functions_and_enis_come_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    names = case.topology.names

    def named(network: Network, names: dict[str, str]) -> dict[tuple[str, tuple[str, ...]], tuple[str, ...]]:
        return {
            (
                names.get(key.subnet, key.subnet),
                tuple(sorted(names.get(one, one) for one in key.security_groups)),
            ): tuple(sorted(eni.functions))
            for key, eni in network.hyperplane_enis.items()
        }

    assert named(case.topology.network, dict(names)) == named(recording.network, {})
    assert {one.key for one in case.topology.enis} >= set(case.topology.network.hyperplane_enis)
    for name, function in recording.network.functions.items():
        back = case.topology.network.functions[name]
        assert (back.dual_stack, back.timeout) == (function.dual_stack, float(np.ceil(function.timeout)))
        state = case.topology.function_states[name]
        assert (state.state, state.source) == ("Active", "lambda/function-states.json")


def test_paths_come_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    assert_same_paths(recording.network, case)


def assert_same_paths(network: Network, case: Case) -> None:
    """Every path has the same kinds of hops, tables and blocks."""
    back, names = case.topology.network, case.topology.names
    ids = {name: key for key, name in names.items() if key.startswith("subnet-")}
    for function in network.functions.values():
        for destination in network.destinations:
            for subnet in function.subnets or (None,):
                before = network.path(function.name, destination, subnet)
                after = back.path(function.name, destination, ids[subnet] if subnet else None)
                place = (function.name, destination, subnet)
                assert [hop.kind for hop in after.hops] == [hop.kind for hop in before.hops], place
                assert [(hop.limit, hop.tables) for hop in after.hops] == [
                    (hop.limit, hop.tables) for hop in before.hops
                ], place
                assert (after.blocked is None) == (before.blocked is None), place


def test_other_clients_come_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    names, back = case.topology.names, case.topology.network.others
    assert {key: (names[one.route], one.kind) for key, one in back.items()} == {
        key: (one.route, one.kind) for key, one in recording.network.others.items()
    }
    assert set(case.topology.other_addresses) == set(back)


def test_metrics_come_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    ids = {name: key for key, name in case.topology.names.items() if key.startswith("nat-")}
    for name, series in recording.nat_gateways.items():
        attempts = case.metrics.find("ConnectionAttemptCount", "Sum", NatGatewayId=ids[name])
        active = case.metrics.find("ActiveConnectionCount", "Maximum", NatGatewayId=ids[name])
        assert attempts is not None
        assert active is not None
        assert attempts.total() == series.attempts.sum()
        assert active.largest() == series.active.max()
        assert attempts.period == 60
        assert (attempts.missing(), attempts.partial) == (0, False)
        assert np.all(np.diff(attempts.times) == 60)
    for name, function in recording.functions.items():
        found = case.metrics.find("Invocations", FunctionName=name)
        assert found is not None
        assert found.total() == function.invocations.sum()
    assert case.metrics.resources("ErrorPortAllocation", "NatGatewayId") == tuple(
        ids[name] for name in recording.nat_gateways
    )


def test_callers_come_back(pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    outcomes = recording.outcomes
    expected: Counter[tuple[str, str, str]] = Counter()
    environments: dict[str, set[int]] = {}
    for client, destination, outcome, environment in zip(
        outcomes.client, outcomes.destination, outcomes.outcome, outcomes.environment, strict=True
    ):
        name = outcomes.clients[client]
        if name in recording.functions:
            expected[(name, outcomes.destinations[destination], Outcome(outcome).name.lower())] += 1
            environments.setdefault(name, set()).add(int(environment))
    found: Counter[tuple[str, str, str]] = Counter()
    for one in case.callers.counts:
        assert one.minute % 60 == 0
        found[(str(one.function), str(one.destination), one.outcome.value)] += one.count
    assert found == expected
    assert case.callers.complete
    assert case.callers.environments == {name: len(seen) for name, seen in environments.items()}
    first = case.callers.first(CallerOutcome.TIMED_OUT)
    assert first is not None
    assert first.minute == int(recording.start.timestamp()) // 60 * 60


def test_every_quota_that_limits_name_comes_back(pair: tuple[Recording, Case]) -> None:
    from narrows.limits import LIMITS

    recording, case = pair
    assert set(case.quotas) == {one.quota_code for one in LIMITS.values() if one.quota_code}
    needed = max((one.addresses for one in recording.network.nat_gateways.values()), default=0)
    assert case.quotas["L-5F53652F"] == max(2, needed)


@pytest.mark.slow
@given(scenarios())
@settings(max_examples=40)
def test_any_simulated_run_comes_back(scenario: Scenario) -> None:
    from narrows.simulate import simulate_scenario

    recording = simulate_scenario(scenario)
    with TemporaryDirectory() as folder:
        write_case(recording, Path(folder) / "case")
        case = read_case(Path(folder) / "case")
    assert_same_paths(recording.network, case)
    seen = {outcome: case.callers.total(outcome) for outcome in CallerOutcome}
    for outcome in Outcome:
        ended = sum(int(one.outcomes[:, outcome].sum()) for one in recording.functions.values())
        assert seen[CallerOutcome(outcome.name.lower())] == ended
    ids = {name: key for key, name in case.topology.names.items() if key.startswith("nat-")}
    for name, nat in recording.nat_gateways.items():
        errors = case.metrics.find("ErrorPortAllocation", NatGatewayId=ids[name])
        assert errors is not None
        assert errors.total() == nat.port_allocation_errors.sum()
    grown = {(table.eni, table.index) for table in recording.tables if table.eni is not None}
    assert len(case.topology.enis) >= len(grown)


def test_nothing_is_noted_of_a_plain_case(tmp_path: Path) -> None:
    write_case(recording_of(ONE_NAT), tmp_path / "case")
    assert read_case(tmp_path / "case").notes == ()


def test_a_route_that_nothing_describes_stays_unknown(tmp_path: Path) -> None:
    recording = recording_of(ONE_NAT)
    write_case(recording, tmp_path / "case")
    (tmp_path / "case" / "ec2" / "route-tables.json").unlink()
    case = read_case(tmp_path / "case")
    assert "route-tables" not in case.topology.known
    assert {one.route for one in case.topology.network.subnets.values()} == {Egress.UNKNOWN}
    (path,) = case.topology.network.paths("storefront", "cache")
    assert [hop.kind.value for hop in path.hops] == ["execution-environment", "hyperplane-eni", "destination"]
    assert path.blocked is None
