"""The truth of random networks, against what the simulator itself recorded and what flow logs without a gap show."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from narrows.case import read_case
from narrows.demand import HoldKind
from narrows.flowlogs import count_connections, known_interfaces
from narrows.network import HopKind
from narrows.recording import Outcome
from narrows.simulate import simulate_scenario, simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated
from narrows.writing.layout import lay_out
from oracles.networks import Staged, random_network, stage
from oracles.networks.asking import OF_AWS, asked_of
from oracles.networks.held import Held
from oracles.networks.scenario import random_document
from oracles.networks.taking import Taken

WITHOUT_FLOW_LOGS = Taken(flow_logs="none")


@pytest.fixture(scope="module", params=[2, 8, 9, 18, 36])
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Staged:
    return stage(request.param, tmp_path_factory.mktemp("network") / "case", WITHOUT_FLOW_LOGS)


def test_the_same_seed_is_the_same_network() -> None:
    assert random_document(7) == random_document(7)
    assert random_document(7) != random_document(8)


@pytest.mark.parametrize("seeds", [range(40)])
def test_networks_are_of_all_kinds(seeds: range) -> None:
    """Several of everything that the agreement of surfaces could depend on."""
    networks = [random_network(seed).network for seed in seeds]
    assert {len(one.functions) for one in networks} == {2, 3, 4}
    assert {len(one.nat_gateways) for one in networks} == {1, 2}
    assert {len(one.destinations) for one in networks} == {2, 3, 4, 5}
    assert {len(one.subnets) for one in networks} == {1, 2, 3}
    kinds = {one.kind for network in networks for one in network.endpoints.values()}
    assert kinds == {HopKind.INTERFACE_ENDPOINT, HopKind.GATEWAY_ENDPOINT}
    for some in (
        sum(any(one.local for one in network.destinations.values()) for network in networks),
        sum(any(one.max_connections for one in network.destinations.values()) for network in networks),
        sum(bool(network.others) for network in networks),
        sum(len(network.hyperplane_enis) < len(network.functions) for network in networks),
        sum(any(one.kind == "regional" for one in network.nat_gateways.values()) for network in networks),
    ):
        assert 4 <= some < 40


def test_some_tables_are_full_some_nearly_and_some_not() -> None:
    full = nearly = free = 0
    for seed in range(24):
        limited = [one for one in simulate_scenario(random_network(seed)).tables if one.capacity is not None]
        shares = [(bool(one.dropped.sum()), one.occupied.max(initial=0) / (one.capacity or 1)) for one in limited]
        full += any(dropped for dropped, _ in shares)
        nearly += any(not dropped and share > 0.7 for dropped, share in shares)
        free += all(not dropped and share < 0.7 for dropped, share in shares)
    assert min(full, nearly, free) >= 3


def test_entries_of_single_tables_are_those_that_the_run_recorded(staged: Staged) -> None:
    assert staged.truth.tables
    addresses = {staged.layout.nats[name].id: len(one.addresses) for name, one in staged.layout.nats.items()}
    for key, one in staged.truth.tables.items():
        assert 0 <= one.open[0] <= one.open[1]
        # To the last packet of its end a connection is open a moment longer than its entry.
        assert one.open[0] <= one.entries[1]
        assert one.entries[0] <= one.entries[1]
        assert one.capacity is None or one.entries[1] <= one.capacity
        if key.kind is not HopKind.NAT_GATEWAY or addresses[str(key.resource)] == 1:
            assert one.entries[0] == one.entries[1]
        if one.dropped:
            assert one.entries[1] == one.capacity
    recorded = sorted(int(one.occupied.max()) for one in staged.recording.tables if one.kind == "hyperplane-eni")
    assert sorted(v.entries[1] for k, v in staged.truth.tables.items() if k.kind is HopKind.HYPERPLANE_ENI) == recorded


def test_what_was_open_is_no_more_than_what_was_wanted(staged: Staged) -> None:
    truth = staged.truth
    for function, opened in truth.opened.items():
        wanted = sum(many for (name, _), many in truth.wanted.items() if name == function)
        assert opened <= wanted
        asked = staged.scenario.demand.functions[function]
        kept = all(use.hold.kind is HoldKind.UNTIL_RECYCLED for use in asked.connections)
        series = staged.recording.functions[function]
        if kept and not series.outcomes[:, Outcome.TIMED_OUT :].sum() and not series.throttles.sum():
            assert opened == wanted
    assert sum(truth.wanted.values()) >= truth.wanted_over_all


def test_tables_want_what_they_held_and_more_where_they_were_full(staged: Staged) -> None:
    for key, one in staged.truth.tables.items():
        if key.kind is HopKind.HYPERPLANE_ENI:
            # A half-open entry goes before its SYN is sent again, so a connection never holds two.
            assert one.wanted >= one.open[0]
            assert not one.dropped or one.wanted > 0


def test_gateways_count_what_cloudwatch_does(staged: Staged) -> None:
    case = read_case(staged.folder)
    for gateway, one in staged.truth.gateways.items():
        active = case.metrics.find("ActiveConnectionCount", "Maximum", NatGatewayId=gateway)
        errors = case.metrics.find("ErrorPortAllocation", "Sum", NatGatewayId=gateway)
        if active is not None:
            assert active.largest() == one.active
        if errors is not None:
            assert errors.total() == one.errors
    assert (sum(one.errors for one in staged.truth.gateways.values()) > 0) == any(
        key.kind is HopKind.NAT_GATEWAY for key in staged.truth.full
    )


@pytest.mark.parametrize("seed", [8, 13])
def test_whole_flow_logs_hold_the_truth(tmp_path: Path, seed: int) -> None:
    staged = stage(seed, tmp_path / "case", Taken())
    case = read_case(staged.folder)
    keys = {str(key.resource): key for key in staged.truth.tables if key.kind is HopKind.HYPERPLANE_ENI}
    counted = count_connections(case.flow_logs, by="eni", known=known_interfaces(case)).keys
    assert counted
    for one in counted:
        truth = staged.truth.tables[keys[str(one.resource)]]
        assert one.low <= truth.open[1]
        assert one.most >= truth.open[0]


def test_a_port_does_not_rest_for_ever_where_flow_logs_show_fewer_than_there_were_connections(tmp_path: Path) -> None:
    recording, log = simulate_with_log(random_network(24))
    write_simulated(tmp_path / "logs", recording, log, FlowLogOptions(version=2))
    held, layout = Held(recording, log), lay_out(recording)
    seen = []
    for table in (one for one in recording.tables if one.eni is not None):
        (eni,) = [one for one in layout.enis if one.key == table.eni]
        row = duckdb.execute(
            "SELECT count(DISTINCT (srcport, dstaddr, dstport)) FROM read_parquet($1) "
            "WHERE interface_id = $2 AND srcaddr = $3",
            [f"{tmp_path}/logs/**/*.parquet", eni.id, eni.address],
        ).fetchone()
        assert row
        (ports,) = row
        seen.append((held.rests([table], 60.0), held.rests([table], 100_000.0)))
        assert held.rests([table], 100_000.0) == (ports == held.count([table]))
    assert seen == [(True, True), (True, False), (True, False)]


def test_evidence_is_taken_away(tmp_path: Path) -> None:
    taken = Taken(
        "failure lines", "none", metrics=(("ErrorPortAllocation", "nat-a"), ("ConcurrentExecutions", "storefront")),
        addresses=("pay",), interfaces=True,
    )  # fmt: skip
    staged = stage(18, tmp_path / "case", taken)
    case = read_case(staged.folder)
    gateway = staged.layout.nats["nat-a"].id
    assert case.metrics.find("ErrorPortAllocation", NatGatewayId=gateway) is None
    assert case.metrics.find("ActiveConnectionCount", NatGatewayId=gateway) is not None
    assert case.metrics.find("ConcurrentExecutions", FunctionName="storefront") is None
    assert not case.flow_logs
    assert not case.destinations["pay"].addresses
    assert all(one.addresses for name, one in case.destinations.items() if name != "pay")
    assert "network-interfaces" not in case.topology.known
    assert not case.callers.complete
    # Each line is a failure of its own, of its function and destination.
    outcomes = staged.recording.outcomes
    own = np.isin(
        outcomes.client, [i for i, name in enumerate(outcomes.clients) if name in staged.scenario.network.functions]
    )
    assert sum(one.count for one in case.callers.counts) == int((own & (outcomes.outcome > 0)).sum())
    assert {one.destination for one in case.callers.counts} <= set(staged.scenario.network.destinations)
    assert len(taken.words()) == 6


@pytest.mark.parametrize("seed", [1, 3, 5, 9, 19, 24])
def test_the_true_demand_asks_the_same_of_a_case_s_own_network(tmp_path: Path, seed: int) -> None:
    """From scenario names to AWS ids and back, endpoints, others and zones: every table wants what it wanted."""
    staged = stage(seed, tmp_path / "case", WITHOUT_FLOW_LOGS)
    tables = asked_of(read_case(staged.folder).topology.network, staged)
    assert tables
    wanted = {key: one.wanted for key, one in staged.truth.tables.items() if key.kind in OF_AWS and one.wanted}
    asked = {one.id: one.peak for one in tables}
    assert set(asked) <= set(wanted)
    assert asked == {key: many for key, many in wanted.items() if key in asked}
    assert {key for key in wanted if key.kind is HopKind.HYPERPLANE_ENI} <= set(asked)
