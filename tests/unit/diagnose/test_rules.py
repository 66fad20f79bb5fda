"""The rules, each with exactly the evidence that it looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.assumptions import Assumptions
from narrows.case import Case
from narrows.diagnose import Status, diagnose
from narrows.limits import (
    ELASTICACHE_CONNECTIONS,
    HYPERPLANE_ENI_CONNECTIONS,
    NAT_BANDWIDTH,
    NAT_CONNECTIONS_PER_DESTINATION,
)
from narrows.network import EniKey
from tests.unit.case.cases import TO_NAT
from tests.unit.diagnose.by_hand import (
    ABOUT,
    FUNCTION,
    MINUTES,
    TIMEOUT,
    bare,
    case,
    cause_of,
    function,
    interfaces,
    log,
    metrics,
    nat,
    nat_gateway,
    route_table,
    rules,
    subnet,
)

ENI_FULL = HYPERPLANE_ENI_CONNECTIONS.value
NONE = [0.0] * MINUTES


class TestNatPortExhaustion:
    ID = "nat-port-exhaustion"

    def test_errors_on_the_way_confirm_it(self, tmp_path: Path) -> None:
        cause = cause_of(case(tmp_path, nat(errors=[0, 0, 7, 5, *NONE[4:]])), self.ID)
        assert cause.status is Status.CONFIRMED
        assert cause.evidence[0].text == (
            "ErrorPortAllocation of nat-1 was 12 in all, first at 12:02: the gateway had no free source port."
        )
        assert cause.evidence[0].source == "cloudwatch/nat-1.results.json, m0"

    def test_zero_throughout_rules_it_out(self, tmp_path: Path) -> None:
        assert cause_of(case(tmp_path, nat(errors=NONE)), self.ID).status is Status.RULED_OUT

    def test_zero_with_a_gap_at_the_time_of_the_failures_does_not(self, tmp_path: Path) -> None:
        # The failures are at 12:05, the datapoints end at 12:04.
        cause = cause_of(case(tmp_path, nat(errors=NONE[:4]), log(TIMEOUT)), self.ID)
        assert cause.status is Status.POSSIBLE

    def test_zero_at_the_time_of_the_failures_is_enough(self, tmp_path: Path) -> None:
        cause = cause_of(case(tmp_path, nat(first=2, errors=NONE[:6]), log(TIMEOUT)), self.ID)
        assert cause.status is Status.RULED_OUT

    def test_an_answer_that_says_it_is_partial_rules_nothing_out(self, tmp_path: Path) -> None:
        files = metrics(
            ("AWS/NATGateway", "NatGatewayId", "nat-1"),
            {("ErrorPortAllocation", "Sum"): NONE},
            StatusCode="PartialData",
        )
        assert cause_of(case(tmp_path, files), self.ID).status is not Status.RULED_OUT

    def test_errors_outside_the_window_prove_nothing(self, tmp_path: Path) -> None:
        cause = cause_of(case(tmp_path, nat(first=30, errors=[9, 9, 9])), self.ID)
        assert cause.status is Status.UNKNOWN

    def test_a_gateway_that_may_not_be_on_the_way_is_only_likely(self, tmp_path: Path) -> None:
        missing = {"ec2/route-tables.json": None}
        cause = cause_of(case(tmp_path, missing, nat(errors=[9] * MINUTES), log(TIMEOUT)), self.ID)
        assert cause.status is Status.LIKELY

    def test_one_of_several_gateways_that_may_not_be_on_the_way_is_only_possible(self, tmp_path: Path) -> None:
        two = {
            "ec2/route-tables.json": None,
            "ec2/nat-gateways.json": {"NatGateways": [nat_gateway(), nat_gateway("nat-2")]},
        }
        cause = cause_of(case(tmp_path, two, nat(errors=[9] * MINUTES), log(TIMEOUT)), self.ID)
        assert cause.status is Status.POSSIBLE

    def test_churn_needs_many_ports_for_few_connections(self, tmp_path: Path) -> None:
        files = nat(errors=[50] * MINUTES, active=[400] * MINUTES, established=[55_000] * MINUTES)
        cause = cause_of(case(tmp_path, files), self.ID)
        assert cause.mechanism == "churn"
        assert cause.observed is not None
        assert cause.observed.low == 400
        assert cause.observed.high == pytest.approx(400 + 55_000)

    def test_how_long_ports_are_kept_is_an_assumption_that_counts(self, tmp_path: Path) -> None:
        files = nat(errors=[50] * MINUTES, active=[30_000] * MINUTES, established=[55_000] * MINUTES)
        one = case(tmp_path, files)
        assert diagnose(one).cause(self.ID).mechanism == "churn"
        brief = diagnose(one, Assumptions(nat_hold_after_close=1.0))
        assert brief.cause(self.ID).mechanism == "concurrency"
        assert next(a["value"] for a in brief.assumptions if a["id"] == "nat_hold_after_close") == "1s"

    def test_open_connections_at_the_capacity_are_concurrency(self, tmp_path: Path) -> None:
        full = NAT_CONNECTIONS_PER_DESTINATION.value
        files = nat(errors=[50] * MINUTES, active=[full] * MINUTES, established=[60_000] * MINUTES)
        assert cause_of(case(tmp_path, files), self.ID).mechanism == "concurrency"

    def test_others_behind_the_gateway_are_named(self, tmp_path: Path) -> None:
        other = {
            "NetworkInterfaceId": "eni-w",
            "InterfaceType": "interface",
            "SubnetId": "subnet-1",
            "Groups": [],
            "Status": "in-use",
            "PrivateIpAddress": "10.0.1.99",
            "TagSet": [{"Key": "Name", "Value": "worker-fleet"}],
        }
        files = nat(errors=[50] * MINUTES, active=[55_000] * MINUTES)
        cause = cause_of(case(tmp_path, files, rules(), interfaces(other)), self.ID)
        assert any("worker-fleet" in one.text for one in cause.evidence)

    def test_functions_outside_a_vpc_pass_no_gateway(self, tmp_path: Path) -> None:
        outside = {"lambda/functions.json": {"Functions": [function(VpcConfig={"SubnetIds": []})]}}
        found = diagnose(case(tmp_path, outside, nat(errors=[9] * MINUTES)))
        assert found.cause(self.ID).status is Status.RULED_OUT
        assert found.cause("hyperplane-eni-exhaustion").status is Status.RULED_OUT
        assert found.next_narrows is None


class TestHyperplaneEniExhaustion:
    ID = "hyperplane-eni-exhaustion"
    FLAT = (10_000, 40_000, *[ENI_FULL] * (MINUTES - 2))

    def _case(self, folder: Path, *parts: object, errors: object = tuple(NONE), **more: object) -> Case:
        series = {"errors": errors, "active": self.FLAT, **more}
        kept = {name: values for name, values in series.items() if values is not None}
        return case(folder, rules(), interfaces(), nat(**kept), *parts)  # type: ignore[arg-type]

    def test_flat_top_at_one_eni_with_timeouts_and_no_errors_is_likely(self, tmp_path: Path) -> None:
        found = diagnose(self._case(tmp_path, log(TIMEOUT)))
        assert found.narrows == self.ID
        assert found.cause(self.ID).status is Status.LIKELY
        assert found.cause(self.ID).resource == EniKey("subnet-1", ("sg-1",))

    def test_metrics_alone_never_confirm_it(self, tmp_path: Path) -> None:
        answered = {"attempts": [900] * MINUTES, "established": [900] * MINUTES}
        assert cause_of(self._case(tmp_path, log(*[TIMEOUT] * 50), **answered), self.ID).status is Status.LIKELY

    def test_without_the_errors_of_the_gateway_it_stays_possible(self, tmp_path: Path) -> None:
        found = diagnose(self._case(tmp_path, log(TIMEOUT), errors=None))
        assert found.cause(self.ID).status is Status.POSSIBLE
        assert found.narrows is None

    def test_without_failures_a_flat_top_means_nothing(self, tmp_path: Path) -> None:
        assert not cause_of(self._case(tmp_path), self.ID).status.reaches(Status.LIKELY)

    def test_a_flat_top_elsewhere_is_no_sign_of_it(self, tmp_path: Path) -> None:
        elsewhere = [10_000, 30_000, *[41_000] * (MINUTES - 2)]
        found = diagnose(self._case(tmp_path, log(TIMEOUT), active=elsewhere))
        assert not found.cause(self.ID).status.reaches(Status.LIKELY)
        assert found.narrows is None

    def test_enis_that_lambda_added_count(self, tmp_path: Path) -> None:
        twice = [10_000, 90_000, *[2 * ENI_FULL] * (MINUTES - 2)]
        one = self._case(tmp_path / "two", interfaces(enis=2), log(TIMEOUT), active=twice)
        assert cause_of(one, self.ID).status is Status.LIKELY
        one = self._case(tmp_path / "one", log(TIMEOUT), active=twice)
        assert not cause_of(one, self.ID).status.reaches(Status.LIKELY)

    def test_syns_that_pass_the_gateway_unanswered_speak_against_it(self, tmp_path: Path) -> None:
        unanswered = {"attempts": [1_000] * MINUTES, "established": [500] * MINUTES}
        found = diagnose(self._case(tmp_path, log(TIMEOUT), **unanswered))
        assert any(not one.supports and "passed the NAT gateway" in one.text for one in found.cause(self.ID).evidence)

    def test_errors_of_the_gateway_explain_the_timeouts_first(self, tmp_path: Path) -> None:
        found = diagnose(self._case(tmp_path, log(TIMEOUT), errors=[9] * MINUTES))
        assert found.narrows == "nat-port-exhaustion"
        assert found.cause(self.ID).status is Status.POSSIBLE

    def test_flow_logs_are_asked_for_with_the_subnet_of_the_eni(self, tmp_path: Path) -> None:
        found = diagnose(self._case(tmp_path, log(TIMEOUT)))
        how = next(one.how for one in found.missing if "flow logs" in one.evidence)
        assert "--resource-ids subnet-1" in how
        assert "--max-aggregation-interval 60" in how
        assert "${pkt-srcaddr}" in how


class TestDestination:
    def test_cache_at_its_limit_by_its_own_count(self, tmp_path: Path) -> None:
        about = ABOUT.replace("cache.example.com", "x.abc.ng.0001.use1.cache.amazonaws.com")
        line = TIMEOUT.replace("cache.example.com", "x.abc.ng.0001.use1.cache.amazonaws.com")
        full = {("CurrConnections", "Maximum"): [ELASTICACHE_CONNECTIONS.value] * MINUTES}
        files = metrics(("AWS/ElastiCache", "CacheClusterId", "x-001"), full)
        cause = cause_of(case(tmp_path / "full", files, log(line), about=about), "destination-connection-limit")
        assert cause.status is Status.CONFIRMED
        half = {("CurrConnections", "Maximum"): [ELASTICACHE_CONNECTIONS.value / 2] * MINUTES}
        files = metrics(("AWS/ElastiCache", "CacheClusterId", "x-001"), half)
        cause = cause_of(case(tmp_path / "half", files, log(line), about=about), "destination-connection-limit")
        assert not cause.status.reaches(Status.LIKELY)

    def test_cache_metrics_are_asked_for(self, tmp_path: Path) -> None:
        about = ABOUT.replace("cache.example.com", "master.sessions.k3xw9q.use1.cache.amazonaws.com")
        found = diagnose(case(tmp_path, log(TIMEOUT), about=about))
        # The metrics are those of its nodes, and which these are is not known yet.
        assert any("--replication-group-id sessions " in one.how for one in found.missing)

    def test_metrics_of_one_cache_node_are_asked_for(self, tmp_path: Path) -> None:
        about = ABOUT.replace("cache.example.com", "sessions-002.k3xw9q.0001.use1.cache.amazonaws.com")
        found = diagnose(case(tmp_path, log(TIMEOUT), about=about))
        assert any("CurrConnections" in one.how and "sessions-002" in one.how for one in found.missing)

    def test_load_balancer_that_rejects(self, tmp_path: Path) -> None:
        files = metrics(
            ("AWS/ApplicationELB", "LoadBalancer", "app/api/0123456789abcdef"),
            {("RejectedConnectionCount", "Sum"): [0, 3, *NONE[2:]]},
        )
        files = {name.replace("app/api/", "alb-"): content for name, content in files.items()}
        about = ABOUT.replace("cache.example.com", "internal-api-1234567890.us-east-1.elb.amazonaws.com")
        own = cause_of(case(tmp_path / "own", files, about=about), "destination-connection-limit")
        assert own.status is Status.CONFIRMED
        # A name of somebody's own may be that load balancer's, and need not.
        other = cause_of(case(tmp_path / "other", files), "destination-connection-limit")
        assert other.status is Status.POSSIBLE

    def test_refused_lines_alone_do_not_tell_down_from_full(self, tmp_path: Path) -> None:
        found = diagnose(case(tmp_path, log("connect ECONNREFUSED 8.8.4.4:443")))
        assert found.cause("destination-refusing").status is Status.POSSIBLE
        assert found.cause("destination-connection-limit").status is Status.POSSIBLE
        assert found.narrows is None

    def test_refused_lines_and_nothing_established_are_likely(self, tmp_path: Path) -> None:
        files = nat(errors=NONE, attempts=[100] * MINUTES, established=NONE)
        found = diagnose(case(tmp_path, rules(), files, log("connect ECONNREFUSED 8.8.4.4:443")))
        assert found.narrows == "destination-refusing"

    def test_unanswered_syns_behind_the_gateway(self, tmp_path: Path) -> None:
        series: dict[str, list[float]] = {
            "errors": NONE,
            "drops": NONE,
            "attempts": [1_000] * MINUTES,
            "established": [600] * MINUTES,
        }
        lines = log(*[TIMEOUT] * 130)
        found = diagnose(case(tmp_path / "open", rules(), interfaces(), nat(0, **series), lines))
        assert found.cause("destination-not-answering").status is Status.POSSIBLE
        assert found.cause("destination-connection-limit").status is Status.POSSIBLE
        rising = [100 + 80 * minute for minute in range(MINUTES)]
        found = diagnose(case(tmp_path / "rising", rules(), interfaces(), nat(0, **series, active=rising), lines))
        assert found.narrows == "destination-not-answering"
        full = [100, 300, 600, *[900] * (MINUTES - 3)]
        found = diagnose(case(tmp_path / "full", rules(), interfaces(), nat(0, **series, active=full), lines))
        assert found.narrows == "destination-connection-limit"

    def test_more_established_than_attempted_is_no_negative_number_of_failures(self, tmp_path: Path) -> None:
        files = nat(errors=NONE, attempts=[1_000] * MINUTES, established=[1_400] * MINUTES)
        cause = cause_of(case(tmp_path, rules(), files, log(TIMEOUT)), "destination-not-answering")
        assert cause.mechanism == "accept-rate"
        assert any("took 1.40 SYNs" in one.text for one in cause.evidence)


class TestOthers:
    def test_idle_timeouts_beside_resets(self, tmp_path: Path) -> None:
        reset = log("Error: read ECONNRESET")
        found = diagnose(case(tmp_path / "idle", nat(idle=[0, 44, *NONE[2:]]), rules(), reset))
        assert found.narrows == "idle-timeout-reset"
        found = diagnose(case(tmp_path / "quiet", nat(idle=NONE), rules(), reset))
        assert not found.cause("idle-timeout-reset").status.reaches(Status.LIKELY)
        assert found.narrows is None

    def test_descriptors(self, tmp_path: Path) -> None:
        found = diagnose(bare(tmp_path, log("Error: connect EMFILE 8.8.4.4:443")))
        assert found.narrows == "descriptor-exhaustion"
        assert found.cause("descriptor-exhaustion").evidence[0].source == "callers/storefront.log:1"

    def test_names(self, tmp_path: Path) -> None:
        found = diagnose(bare(tmp_path, log("socket.gaierror: [Errno -2] Name or service not known")))
        assert found.narrows == "dns-failure"

    def test_throttles_do_not_explain_connects_that_fail(self, tmp_path: Path) -> None:
        throttled = metrics(FUNCTION, {("Throttles", "Sum"): [5] * MINUTES})
        alone = diagnose(case(tmp_path / "alone", throttled))
        assert alone.narrows == "lambda-throttling"
        found = diagnose(case(tmp_path / "both", throttled, log(TIMEOUT)))
        assert found.cause("lambda-throttling").status is Status.CONFIRMED
        assert found.narrows is None

    def test_throttles_of_another_function_are_not_ours(self, tmp_path: Path) -> None:
        other = metrics(("AWS/Lambda", "FunctionName", "other"), {("Throttles", "Sum"): [5] * MINUTES})
        assert cause_of(case(tmp_path, other), "lambda-throttling").status is Status.UNKNOWN

    def test_dropped_packets_at_the_limit(self, tmp_path: Path) -> None:
        most = NAT_BANDWIDTH.value / 8
        files = nat(errors=NONE, drops=[1_000] * MINUTES, peak_bytes=[most] * MINUTES)
        assert cause_of(case(tmp_path, rules(), files, log(TIMEOUT)), "nat-bandwidth").status is Status.CONFIRMED

    def test_a_few_dropped_packets_are_nocause(self, tmp_path: Path) -> None:
        files = nat(
            errors=NONE, drops=[1] * MINUTES, packets_in=[1e6] * MINUTES, packets_back=[1e6] * MINUTES,
            peak_bytes=[1e6] * MINUTES,
        )  # fmt: skip
        assert cause_of(case(tmp_path, rules(), files, log(TIMEOUT)), "nat-bandwidth").status is Status.POSSIBLE

    @pytest.mark.parametrize(
        ("state", "mechanism"),
        [
            ({"State": "Failed", "StateReasonCode": "EniLimitExceeded"}, "eni-quota"),
            ({"LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "SubnetOutOfIPAddresses"}, "addresses"),
        ],
    )
    def test_state_reason_codes(self, tmp_path: Path, state: dict[str, str], mechanism: str) -> None:
        files = {"lambda/functions.json": {"Functions": [function(**state)]}}
        cause = cause_of(case(tmp_path, files), "eni-quota-or-address-shortage")
        assert (cause.status, cause.mechanism) == (Status.CONFIRMED, mechanism)

    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            ({}, Status.UNKNOWN),
            ({"State": "Active", "LastUpdateStatus": "Successful"}, Status.RULED_OUT),
            ({"State": "Failed", "StateReasonCode": "EniLimitExceeded"}, Status.CONFIRMED),
        ],
        ids=["no state", "active", "failed"],
    )
    def test_the_state_decides_and_only_get_function_tells_it(
        self, tmp_path: Path, answer: dict[str, str], status: Status
    ) -> None:
        files = {"lambda/function-storefront.json": function(**answer)} if answer else {}
        found = diagnose(case(tmp_path, rules(), interfaces(), files))
        cause = found.cause("eni-quota-or-address-shortage")
        assert cause.status is status
        if status is Status.CONFIRMED:
            assert cause.evidence[0].source == "lambda/function-storefront.json"
        assert any("get-function-configuration" in one.how for one in found.missing) is (not answer)

    @pytest.mark.parametrize(("failed", "narrows"), [(0.0, "eni-quota-or-address-shortage"), (50.0, None)])
    def test_what_fails_no_connects_is_no_answer_to_errors_of_unknown_reason(
        self, tmp_path: Path, failed: float, narrows: str | None
    ) -> None:
        short = function(State="Failed", StateReasonCode="EniLimitExceeded")
        ran = metrics(FUNCTION, {("Errors", "Sum"): [failed] * MINUTES, ("Invocations", "Sum"): [100.0] * MINUTES})
        found = diagnose(case(tmp_path, {"lambda/functions.json": {"Functions": [short]}}, ran))
        assert found.cause("eni-quota-or-address-shortage").status is Status.CONFIRMED
        assert found.narrows == narrows

    def test_a_full_subnet_is_possible(self, tmp_path: Path) -> None:
        files = {"ec2/subnets.json": {"Subnets": [subnet(AvailableIpAddressCount=0)]}}
        assert cause_of(case(tmp_path, files), "eni-quota-or-address-shortage").status is Status.POSSIBLE


class TestNoEvidence:
    def test_nothing_but_a_case_yaml_leaves_all_unknown(self, tmp_path: Path) -> None:
        found = diagnose(bare(tmp_path))
        assert {one.status for one in found.causes} == {Status.UNKNOWN}
        assert found.narrows is None
        assert found.next_narrows is None
        assert found.failures is None
        assert found.missing

    def test_nothing_but_the_schema(self, tmp_path: Path) -> None:
        found = diagnose(bare(tmp_path, about="schema: 1\n"))
        assert {one.status for one in found.causes} == {Status.UNKNOWN}

    def test_what_was_reported_is_worth_a_little(self, tmp_path: Path) -> None:
        about = ABOUT + "reported: connect timeouts since 12:03 under load\n"
        found = diagnose(case(tmp_path, about=about))
        assert found.cause("nat-port-exhaustion").status is Status.POSSIBLE
        assert found.narrows is None

    def test_a_public_destination_needs_no_list_of_endpoints_to_confirm(self, tmp_path: Path) -> None:
        errors = nat(errors=[9] * MINUTES)
        assert cause_of(case(tmp_path / "a", errors, log(TIMEOUT)), "nat-port-exhaustion").status is Status.CONFIRMED
        private = ABOUT.replace("8.8.4.4", "10.1.2.3")
        transit = {"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1", "State": "active"}
        tables = {"RouteTables": [route_table(TO_NAT), route_table(transit, subnet="subnet-public")]}
        files = {"ec2/route-tables.json": tables}
        cause = cause_of(case(tmp_path / "b", errors, files, log(TIMEOUT), about=private), "nat-port-exhaustion")
        assert cause.status is Status.LIKELY
