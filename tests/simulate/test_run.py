"""Runs whose outcome is known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from narrows.errors import InputError
from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION
from narrows.network import EniKey
from narrows.recording import Outcome, Recording, TableSeries, summarize
from narrows.scenario import load_scenario, parse_scenario
from narrows.simulate import simulate_scenario
from narrows.simulate.compile import compile_scenario
from narrows.simulate.kernel.loop import SPARE
from tests.unit.core.scenarios import RAMP, changed, scenario

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
ENI, NAT = HYPERPLANE_ENI_CONNECTIONS.value, NAT_CONNECTIONS_PER_DESTINATION.value


@cache
def act(name: str, scale: float = 1.0, replication: int = 0) -> Recording:
    return simulate_scenario(load_scenario(EXAMPLES / f"{name}.yaml"), scale=scale, replication=replication)


def run(*changes: tuple[str, str], scale: float = 1.0) -> Recording:
    """The incident, changed."""
    return simulate_scenario(scenario(*changes), scale=scale)


def tables(recording: Recording, kind: str) -> list[TableSeries]:
    return [table for table in recording.tables if table.kind == kind]


def peaks(recording: Recording, kind: str) -> list[int]:
    return [int(table.occupied.max()) for table in tables(recording, kind)]


class TestTheIncident:
    """The project's three headline numbers."""

    def test_act_1_stops_at_55_000_with_error_port_allocation(self) -> None:
        found = summarize(act("launch-load-test"))
        assert (found["attempted"], found["established_peak"], found["timed_out"]) == (90_000, 55_000, 35_000)
        # The first SYN, and those after 1, 3, 7 and 15 s: the one after 31 s would come after the timeout.
        assert found["error_port_allocation"] == 35_000 * 5
        assert (found["refused"], found["reset"]) == (0, 0)
        eni, nat, cache_ = found["tables"]
        assert (nat["kind"], nat["resource"], nat["destination"]) == ("nat-address", "nat-a", "203.0.113.10:443")
        assert (nat["capacity"], nat["peak"], nat["dropped"]) == (NAT, NAT, 35_000 * 5)
        assert (eni["kind"], eni["resource"], eni["destination"]) == ("hyperplane-eni", "private-a/sg-app", None)
        # Beside those that are open, five SYNs' worth of those that wait: each is an entry for a second.
        assert (eni["capacity"], eni["peak"], eni["dropped"]) == (ENI, 55_000 + 5 * 1_000 + 10, 0)
        assert (cache_["kind"], cache_["capacity"], cache_["peak"]) == ("destination", None, 55_000)

    def test_act_2_stops_at_65_000_and_no_metric_says_why(self) -> None:
        found = summarize(act("eight-addresses"))
        assert (found["attempted"], found["established_peak"], found["timed_out"]) == (90_000, 65_000, 25_000)
        assert found["error_port_allocation"] == 0
        assert found["tables"][0]["peak"] == ENI
        assert found["tables"][0]["dropped"] == 25_000 * 5
        nat = act("eight-addresses").nat_gateways["nat-a"]
        assert nat.attempts.sum() == nat.established.sum() == nat.active.max() == 65_000
        assert nat.packets_dropped.sum() == 0

    def test_act_3_connects_all(self) -> None:
        found = summarize(act("second-subnet"))
        assert (found["attempted"], found["established_peak"], found["timed_out"]) == (90_000, 90_000, 0)
        assert found["error_port_allocation"] == 0
        assert peaks(act("second-subnet"), "hyperplane-eni") == [45_000, 45_000]
        assert sum(peaks(act("second-subnet"), "nat-address")) == 90_000
        assert all(table["dropped"] == 0 for table in found["tables"])

    def test_every_number_is_the_same_at_a_tenth_of_the_size(self) -> None:
        small = simulate_scenario(scenario(("to: 9000, per_10s: 1000", "to: 900, per_10s: 100")), scale=0.1)
        found = summarize(small)
        assert (found["attempted"], found["established_peak"], found["timed_out"]) == (9_000, 5_500, 3_500)
        assert found["error_port_allocation"] == 17_500

    def test_the_callers_outcomes_are_the_counters(self) -> None:
        rows = act("launch-load-test").outcomes
        counts = np.bincount(rows.outcome, minlength=len(Outcome))
        assert counts[Outcome.ESTABLISHED] == 55_000
        assert counts[Outcome.TIMED_OUT] == 35_000
        timed_out = rows.outcome == Outcome.TIMED_OUT
        assert np.unique(rows.seconds[timed_out]).tolist() == [30.0]
        assert rows.seconds[~timed_out].max() == pytest.approx(0.001)
        assert (rows.clients, rows.destinations) == (("storefront",), ("cache",))
        assert sorted(np.bincount(rows.environment).tolist()) == [10] * 9_000


def assert_same(one: object, other: object, name: str = "recording") -> None:
    """Every field of two recordings, the time that the run took apart."""
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, name)
    elif is_dataclass(one):
        for each in fields(one):
            if each.name != "wall_seconds":
                assert_same(getattr(one, each.name), getattr(other, each.name), f"{name}.{each.name}")
    elif isinstance(one, Mapping):
        assert isinstance(other, Mapping)
        assert list(one) == list(other)
        for key, value in one.items():
            assert_same(value, other[key], f"{name}[{key}]")
    elif isinstance(one, tuple):
        assert isinstance(other, tuple)
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{name}[{index}]")
    else:
        assert one == other, name


RANDOM = (
    ("hold: until_recycled", "hold: {mean: 5s}\n        retries: {most: 2, jitter: full}"),
    ("nat-a: {addresses: 1}", "nat-a: {addresses: 3}"),
    ("to: 9000, per_10s: 1000", "to: 90, per_10s: 10"),
    ("duration: 5m", "duration: 100s"),
)


class TestReplications:
    """A seed and a replication name one run."""

    def test_the_same_run_is_the_same_to_the_last_connection(self) -> None:
        loaded = scenario(*RANDOM)
        assert_same(
            simulate_scenario(loaded, replication=3, scale=0.005), simulate_scenario(loaded, replication=3, scale=0.005)
        )

    def test_another_replication_is_another_run(self) -> None:
        loaded = scenario(*RANDOM)
        first, second = (simulate_scenario(loaded, replication=number, scale=0.005) for number in (0, 1))
        with pytest.raises(AssertionError):
            assert_same(first, second)
        # The demand is the same.
        np.testing.assert_array_equal(first.functions["storefront"].busy, second.functions["storefront"].busy)

    def test_another_seed_is_another_run(self) -> None:
        first, second = (run(*RANDOM, ("seed: 7", f"seed: {seed}"), scale=0.005) for seed in (1, 2))
        with pytest.raises(AssertionError):
            assert_same(first, second)


class TestScaleOut:
    """Lambda adds an ENI, in time or too late."""

    SLOW = ("eni_scale_out_delay: never", "eni_scale_out_delay: 2m")
    QUICK = ("eni_scale_out_delay: never", "eni_scale_out_delay: 10s")
    EIGHT = ("nat-a: {addresses: 1}", "nat-a: {addresses: 8}")

    def test_an_eni_in_time_gets_every_connection_through(self) -> None:
        found = run(self.EIGHT, self.QUICK)
        summary = summarize(found)
        assert (summary["established_peak"], summary["timed_out"]) == (90_000, 0)
        assert peaks(found, "hyperplane-eni") == [65_000, 25_000]
        assert tables(found, "hyperplane-eni")[0].dropped.sum() > 0
        assert [one["resource"] for one in summary["tables"][:2]] == ["private-a/sg-app", "private-a/sg-app#2"]

    def test_one_that_comes_after_the_timeouts_is_too_late(self) -> None:
        found = run(self.EIGHT, self.SLOW)
        assert summarize(found)["timed_out"] == 25_000
        assert peaks(found, "hyperplane-eni") == [65_000, 0]

    def test_callers_that_try_again_get_through_then(self) -> None:
        retries = ("connect_timeout: 30s", "connect_timeout: 30s\n        retries: {most: 9, backoff: 5s}")
        found = summarize(run(self.EIGHT, self.SLOW, retries))
        assert found["established_peak"] == 90_000
        assert found["timed_out"] > 25_000


OTHERS = """\
others:
  fleet:
    route: nat-a
    az: us-east-1a
    connections:
      - {to: %s, count: 20000}
"""


class TestSharing:
    """Who fills a table together."""

    def test_others_behind_the_nat_gateway_share_its_table(self) -> None:
        found = run(("seed: 7", OTHERS % "cache"))
        assert summarize(found)["established_peak"] == NAT - 20_000
        assert found.others["fleet"].open.max() == 20_000
        assert peaks(found, "nat-address") == [NAT]
        assert found.nat_gateways["nat-a"].active.max() == NAT
        # They are not behind the ENI.
        assert peaks(found, "hyperplane-eni")[0] < 65_000

    def test_another_destination_has_a_table_of_its_own(self) -> None:
        found = run(("seed: 7", OTHERS % "orders"), ("destinations:", "destinations:\n  orders: {port: 443}"))
        assert summarize(found)["established_peak"] == NAT
        assert found.nat_gateways["nat-a"].active.max() == NAT + 20_000

    def test_another_port_is_another_unique_destination(self) -> None:
        orders = "destinations:\n  orders: {port: 444, addresses: [203.0.113.10]}"
        found = run(
            ("seed: 7", OTHERS % "orders"),
            ("destinations:\n  cache: {addresses: 1", f"{orders}\n  cache: {{addresses: [203.0.113.10]"),
        )
        assert summarize(found)["established_peak"] == NAT

    def test_functions_with_the_same_subnet_and_groups_share_the_eni(self) -> None:
        also = (
            "  second:\n    subnets: [private-a]\n    security_groups: [sg-app]\n"
            "    connections: [{to: cache, per_environment: 10, connect_timeout: 30s}]\n"
            "demand:\n  second: {environments: {from: 0, to: 4500, per_10s: 500}}"
        )
        half = ("to: 9000, per_10s: 1000", "to: 4500, per_10s: 500")
        eight = ("nat-a: {addresses: 1}", "nat-a: {addresses: 8}")
        found = run(eight, ("demand:", also), half)
        assert peaks(found, "hyperplane-eni") == [ENI]
        assert summarize(found)["timed_out"] == 25_000
        apart = run(eight, ("demand:", also.replace("[sg-app]", "[sg-app, sg-two]")), half)
        assert peaks(apart, "hyperplane-eni") == [45_000, 45_000]
        assert summarize(apart)["timed_out"] == 0

    def test_a_regional_nat_gateway_has_a_table_in_each_zone(self) -> None:
        two = (
            ("nat-a: {addresses: 1}", "nat-a: {kind: regional, addresses: 1}"),
            ("  nat_gateways:", "    private-b: {az: us-east-1b, route: nat-a}\n  nat_gateways:"),
            ("[private-a]", "[private-a, private-b]"),
        )
        found = run(*two, ("seed: 7", OTHERS % "cache"))
        summary = summarize(found)
        assert [one["resource"] for one in summary["tables"][2:4]] == ["nat-a/us-east-1a", "nat-a/us-east-1b"]
        # 45,000 connections of functions in each zone, and 20,000 others in the first.
        assert peaks(found, "nat-address") == [NAT, 45_000]
        assert summary["established_peak"] == NAT - 20_000 + 45_000
        assert [table.az for table in tables(found, "nat-address")] == ["us-east-1a", "us-east-1b"]


class TestTime:
    """Idle connections, churn, throttles."""

    def test_connections_that_were_idle_too_long_are_reset(self) -> None:
        pause = "{steps: [{at: 0s, to: 50}, {at: 30s, to: 0}, {at: %ss, to: 50}]}"
        late = run((RAMP, pause % 400), ("duration: 5m", "duration: 8m"))
        found = late.functions["storefront"]
        assert found.outcomes[:, Outcome.RESET].sum() == found.outcomes[400, Outcome.RESET] == 500
        assert found.open[[399, 401]].tolist() == [500, 500]
        assert late.nat_gateways["nat-a"].idle_timeouts.sum() == 500
        assert late.nat_gateways["nat-a"].active[[379, 381, 401]].tolist() == [500, 0, 500]
        in_time = run((RAMP, pause % 370), ("duration: 5m", "duration: 8m"))
        assert summarize(in_time)["reset"] == 0
        assert summarize(in_time)["attempted"] == 500

    def test_churn_fills_a_nat_gateway_at_low_concurrency(self) -> None:
        """The port of a closed connection is held: about 900 a second are too many for one address."""
        churn = (("hold: until_recycled", "hold: 1s"), ("connect_timeout: 30s", "connect_timeout: 1s"))
        found = run((RAMP, "100"), *churn, ("duration: 5m", "duration: 2m"))
        assert found.functions["storefront"].open.max() <= 1_000
        assert peaks(found, "nat-address") == [NAT]
        assert found.nat_gateways["nat-a"].port_allocation_errors.sum() > 1_000
        calm = run((RAMP, "85"), *churn, ("duration: 5m", "duration: 2m"))
        assert summarize(calm)["error_port_allocation"] == 0

    def test_the_accounts_concurrency_throttles(self) -> None:
        found = run(("nat_hold_after_close: 60s", "account_concurrency: 1000")).functions["storefront"]
        assert found.busy.max() == found.environments.max() == 1_000
        assert found.open.max() == 10_000
        # 9,000 are needed from the 90th second on.
        assert found.throttles[100:].tolist() == [8_000] * 200

    def test_more_connections_than_descriptors(self) -> None:
        descriptors = FILE_DESCRIPTORS.value
        found = run(("per_environment: 10", f"per_environment: {descriptors + 76}"), (RAMP, "3"))
        assert summarize(found)["established_peak"] == 3 * descriptors
        assert found.functions["storefront"].outcomes[:, Outcome.NO_DESCRIPTOR].sum() == 3 * 76

    def test_names_that_are_not_resolved(self) -> None:
        found = run(("nat_hold_after_close: 60s", "resolver_packets_per_second: 500"), (RAMP, "100"))
        outcomes = found.functions["storefront"].outcomes
        assert outcomes[0].tolist() == [500, 0, 0, 0, 0, 500]

    @pytest.mark.parametrize("hold", ["5d", "{mean: 6d}", "{mean: 6d, distribution: lognormal, sigma: 0.1}"])
    def test_what_outlasts_the_run_never_ends(self, hold: str) -> None:
        """A moment is counted in 39 bits; what would come later must not come at once instead."""
        found = run((RAMP, "100"), ("hold: until_recycled", f"hold: {hold}"), ("duration: 5m", "duration: 1m"))
        assert summarize(found)["attempted"] <= 1_000 + 5
        assert found.functions["storefront"].open[-1] == 1_000


class TestWhatIsLeft:
    """When everybody is gone, the tables are empty."""

    @pytest.mark.parametrize(
        "hold", ["until_recycled", "700s", "1h", "5s", "invocation", "{mean: 100s}", "{mean: 500s}"]
    )
    @pytest.mark.parametrize("closes", ["true", "false"])
    def test_no_entry_stays_for_ever(self, hold: str, closes: str) -> None:
        found = run(
            (RAMP, "{steps: [{at: 0s, to: 20}, {at: 20s, to: 5}, {at: 200s, to: 20}, {at: 230s, to: 0}]}"),
            ("hold: until_recycled", f"hold: {hold}"),
            ("nat_hold_after_close: 60s", f"recycled_environment_closes: {closes}"),
            ("duration: 5m", "duration: 5000s"),
        )
        for table in found.tables:
            assert table.occupied.max() > 0
            assert table.occupied[-1] == 0
        assert found.functions["storefront"].environments[-1] == 0
        assert found.functions["storefront"].open[-1] == 0
        assert found.nat_gateways["nat-a"].active[-1] == 0


class TestNames:
    """Names may hold what AWS lets them hold."""

    def test_groups_with_slashes_and_pluses(self) -> None:
        found = run(("[sg-app]", "['web/blue', 'a+b']"), (RAMP, "2"))
        assert tables(found, "hyperplane-eni")[0].eni == EniKey("private-a", ("a+b", "web/blue"))

    def test_a_function_outside_of_a_vpc_fills_no_table(self) -> None:
        found = run(("    subnets: [private-a]\n    security_groups: [sg-app]\n", ""), (RAMP, "20"))
        assert [table.kind for table in found.tables] == ["destination"]
        assert summarize(found)["established_peak"] == 200

    def test_nothing_at_all(self) -> None:
        found = simulate_scenario(parse_scenario("name: x\ndestinations: {cache: {port: 443}}\nduration: 10s\n"))
        assert summarize(found)["attempted"] == 0
        assert found.seconds == 10


SPIKE = RAMP, "{steps: [{at: 0s, to: 3000000}, {at: 1s, to: 0}]}"
RETRANSMITS = "nat_hold_after_close: 60s", f"syn_retransmits: [{', '.join(f'{n}s' for n in range(1, 62))}]"
MANY = "cache: {addresses: 1", "cache: {addresses: 4096"
REGIONAL = "nat-a: {addresses: 1}", "nat-a: {kind: regional, addresses: 32}"


class TestTooMuch:
    """What the simulator does not count is said before it starts."""

    @pytest.mark.parametrize(
        ("changes", "place", "problem"),
        [
            ([SPIKE], "demand.storefront.environments", "more than 5,000,000 starts and ends of environments"),
            ([RETRANSMITS], "assumptions.syn_retransmits", "more than 60 SYN retransmits"),
            ([MANY, REGIONAL], "destinations", "tables (NAT gateway addresses times unique destinations)"),
            ([MANY, ("duration: 5m", "duration: 6d")], None, "518,400 seconds of 8,193 tables take"),
        ],
    )
    def test_one_line(self, changes: list[tuple[str, str]], place: str | None, problem: str) -> None:
        loaded = parse_scenario(changed(*changes), "s.yaml")
        with pytest.raises(InputError) as caught:
            simulate_scenario(loaded)
        assert caught.value.place == place
        assert problem in str(caught.value)

    def test_more_attempts_than_memory_has_room_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("narrows.simulate.run._MOST_OUTCOMES", 100_000)
        churn = (RAMP, "100"), ("hold: until_recycled", "hold: 10ms")
        with pytest.raises(InputError, match="more than 100,000 connection attempts end"):
            run(*churn)

    def test_one_change_of_an_environment_finds_room(self) -> None:
        """The kernel makes room for all connections of an environment before it thaws."""
        assert FILE_DESCRIPTORS.value < SPARE

    def test_delays_of_a_year_fit(self) -> None:
        waits = ("nat_hold_after_close: 60s", "nat_half_open_hold: 366d\n  eni_half_open_hold: 366d")
        model = compile_scenario(scenario(waits, ("hold: until_recycled", "hold: 6d")))
        assert max(model.delays) < 2**39
        assert summarize(run(waits, (RAMP, "2")))["established_peak"] == 20


def test_progress_is_told_every_second() -> None:
    seen: list[tuple[int, int]] = []
    simulate_scenario(
        scenario((RAMP, "2"), ("duration: 5m", "duration: 5s")), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(n, 5) for n in range(1, 6)]
