"""A cause counts in its place, in its time, for its kind of failure; and what is said where nothing is found."""

from __future__ import annotations

from pathlib import Path

from narrows.assumptions import Assumptions
from narrows.diagnose import Status, diagnose
from narrows.diagnose.verdict import verdict
from narrows.evidence.accounting import account
from narrows.evidence.facts import Facts
from narrows.evidence.failures import failed_in_all, failures
from narrows.evidence.invocations import nothing_failed
from narrows.limits import ELASTICACHE_CONNECTIONS, FILE_DESCRIPTORS
from tests.unit.diagnose.by_hand import (
    ABOUT,
    FUNCTION,
    MINUTES,
    TIMEOUT,
    case,
    interfaces,
    log,
    metrics,
    nat,
    rules,
)

NAT, ENI, LIMIT, DARK = (
    "nat-port-exhaustion",
    "hyperplane-eni-exhaustion",
    "destination-connection-limit",
    "destination-not-answering",
)
ZEROS = [0.0] * MINUTES
EMFILE = "[ERROR] OSError: [Errno 24] Too many open files"
REFUSED = "[ERROR] ConnectionRefusedError: [Errno 111] Connection refused cache.example.com"
INSIDE = ABOUT.replace("8.8.4.4", "10.0.16.9")


def errors_and_invocations(errors: list[float], invocations: list[float]) -> dict[str, object]:
    return metrics(FUNCTION, {("Errors", "Sum"): errors, ("Invocations", "Sum"): invocations})


class TestTime:
    def test_errors_of_the_gateway_ten_minutes_before_account_for_nothing(self, tmp_path: Path) -> None:
        early = [5.0, 7.0, *ZEROS[2:]]
        found = diagnose(case(tmp_path, nat(errors=early), log(*[TIMEOUT] * 40, minute=12)))
        assert found.narrows is None
        assert found.cause(NAT).status is Status.RULED_OUT
        assert any("accounts for none" in one.text for one in found.cause(NAT).evidence)

    def test_a_counter_accounts_for_no_more_than_it_counted(self, tmp_path: Path) -> None:
        facts = Facts(case(tmp_path, nat(errors=[*ZEROS[:5], 3.0, *ZEROS[6:]]), log(*[TIMEOUT] * 40)), Assumptions())
        errors = facts.nat("nat-1").port_errors
        assert errors is not None
        failed = failures(facts, *[one.outcome for one in facts.symptoms.counts], via="nat-1")
        assert (failed.total, account(errors, failed).failures) == (40, 3)

    def test_a_full_cache_at_another_time_proves_nothing(self, tmp_path: Path) -> None:
        host = "x.abc.ng.0001.use1.cache.amazonaws.com"
        full = [float(ELASTICACHE_CONNECTIONS.value)] * 3 + [10.0] * (MINUTES - 3)
        of = ("AWS/ElastiCache", "CacheClusterId", "x-001")
        files = metrics(of, {("CurrConnections", "Maximum"): full})
        about = ABOUT.replace("cache.example.com", host)
        lines = log(*[TIMEOUT.replace("cache.example.com", host)] * 9, minute=12)
        assert diagnose(case(tmp_path, files, lines, about=about)).cause(LIMIT).status is not Status.CONFIRMED


class TestPlace:
    def test_a_cache_of_another_name_is_another_cache(self, tmp_path: Path) -> None:
        full = [float(ELASTICACHE_CONNECTIONS.value)] * MINUTES
        files = metrics(("AWS/ElastiCache", "CacheClusterId", "other-001"), {("CurrConnections", "Maximum"): full})
        about = ABOUT.replace("cache.example.com", "x.abc.ng.0001.use1.cache.amazonaws.com")
        line = TIMEOUT.replace("cache.example.com", "x.abc.ng.0001.use1.cache.amazonaws.com")
        cause = diagnose(case(tmp_path, files, log(*[line] * 9), about=about)).cause(LIMIT)
        assert not any("CurrConnections" in one.text for one in cause.evidence)

    def test_the_interface_says_whose_address_it_is(self, tmp_path: Path) -> None:
        node = {
            "NetworkInterfaceId": "eni-c",
            "InterfaceType": "interface",
            "SubnetId": "subnet-1",
            "VpcId": "vpc-1",
            "Groups": [{"GroupId": "sg-1"}],
            "Status": "in-use",
            "PrivateIpAddress": "10.0.16.9",
            "Description": "ElastiCache sessions-001",
        }
        full = [float(ELASTICACHE_CONNECTIONS.value)] * MINUTES
        files = metrics(("AWS/ElastiCache", "CacheClusterId", "sessions-001"), {("CurrConnections", "Maximum"): full})
        found = diagnose(case(tmp_path, files, interfaces(node), log(*[TIMEOUT] * 9), about=INSIDE))
        assert found.cause(LIMIT).status is Status.CONFIRMED

    def test_a_gateway_explains_nothing_inside_the_vpc(self, tmp_path: Path) -> None:
        found = diagnose(case(tmp_path, nat(errors=[50.0] * MINUTES), log(*[TIMEOUT] * 40), about=INSIDE))
        assert found.cause(NAT).status is Status.RULED_OUT

    def test_what_refuses_on_localhost_is_no_destination(self, tmp_path: Path) -> None:
        line = "[ERROR] ConnectionRefusedError: [Errno 111] Connection refused localhost:6379"
        found = diagnose(case(tmp_path, log(*[line] * 9)))
        assert found.cause("destination-refusing").resource == "localhost:6379"
        assert not found.failures


class TestWords:
    def test_said_once_it_is_no_outage(self, tmp_path: Path) -> None:
        assert diagnose(case(tmp_path / "one", log(EMFILE))).cause("descriptor-exhaustion").status is Status.LIKELY
        two = diagnose(case(tmp_path / "two", log(EMFILE, EMFILE)))
        assert two.cause("descriptor-exhaustion").status is Status.CONFIRMED

    def test_where_no_invocation_failed_they_are_possible_at_most(self, tmp_path: Path) -> None:
        calm = errors_and_invocations(ZEROS, [1_000.0] * MINUTES)
        found = diagnose(case(tmp_path, calm, log(*[EMFILE] * 9)))
        assert found.cause("descriptor-exhaustion").status is Status.POSSIBLE
        assert found.narrows is None

    def test_where_half_of_the_invocations_say_so_it_is_likely_though_none_failed(self, tmp_path: Path) -> None:
        calm = errors_and_invocations(ZEROS, [10.0] * MINUTES)
        found = diagnose(case(tmp_path, calm, log(*[EMFILE] * 9)))
        assert found.cause("descriptor-exhaustion").status is Status.LIKELY

    def test_a_setting_that_names_them_is_none(self, tmp_path: Path) -> None:
        line = '[INFO] config: {"retryOn": ["EMFILE", "ECONNRESET"]}'
        calm = errors_and_invocations(ZEROS, [10.0] * MINUTES)
        found = diagnose(case(tmp_path, calm, log(*[line] * 9)))
        assert not found.cause("descriptor-exhaustion").status.reaches(Status.POSSIBLE)


class TestAllClear:
    def test_errors_without_a_line_are_no_all_clear(self, tmp_path: Path) -> None:
        one = case(tmp_path, errors_and_invocations([3.0] * MINUTES, [10.0] * MINUTES))
        found = diagnose(one)
        said = verdict(one, found)
        assert said.tone == "warn"
        assert f"{3 * MINUTES} invocations failed (Errors)" in said.sentence

    def test_lines_that_are_not_known_are_quoted(self, tmp_path: Path) -> None:
        one = case(tmp_path, log(*["[ERROR] FrobnicationError: 17 gadgets are out of step"] * 31))
        assert "31 error lines that narrows does not know: “FrobnicationError: 17 gadgets" in (
            verdict(one, diagnose(one)).sentence
        )

    def test_nothing_failed_means_that_every_invocation_was_counted(self, tmp_path: Path) -> None:
        calm = case(tmp_path / "calm", errors_and_invocations(ZEROS, [10.0] * MINUTES))
        assert nothing_failed(Facts(calm, Assumptions()))
        gap = case(tmp_path / "gap", errors_and_invocations(ZEROS[:4], [10.0] * MINUTES))
        facts = Facts(gap, Assumptions(absent_counts_are_zero=False))
        assert not nothing_failed(facts)
        assert failed_in_all(facts) == 0


class TestBounds:
    def test_few_environments_cannot_fill_an_eni(self, tmp_path: Path) -> None:
        few = metrics(FUNCTION, {("ConcurrentExecutions", "Maximum"): [9.0] * MINUTES})
        cause = diagnose(case(tmp_path, few, interfaces(), log(*[TIMEOUT] * 9))).cause(ENI)
        assert cause.status is Status.RULED_OUT
        assert any(f"{9 * FILE_DESCRIPTORS.value:,}" in one.text for one in cause.evidence)

    def test_an_absent_count_is_zero_where_other_metrics_are_there(self, tmp_path: Path) -> None:
        one = case(tmp_path, nat(errors=ZEROS[:3], active=[5.0] * MINUTES), log(*[TIMEOUT] * 9))
        assert diagnose(one).cause(NAT).status is Status.RULED_OUT
        sceptic = diagnose(one, Assumptions(absent_counts_are_zero=False))
        assert sceptic.cause(NAT).status is Status.POSSIBLE

    def test_a_destination_that_falls_silent_is_named_where_the_load_was_as_high_before(self, tmp_path: Path) -> None:
        load = metrics(
            FUNCTION,
            {
                ("Errors", "Sum"): [*ZEROS[:6], *[20.0] * (MINUTES - 6)],
                ("Invocations", "Sum"): [20.0] * MINUTES,
                ("ConcurrentExecutions", "Maximum"): [5.0] * MINUTES,
            },
        )
        lines = log(*[TIMEOUT] * 480, minute=6)
        found = diagnose(case(tmp_path, rules(), interfaces(), nat(errors=ZEROS), load, lines))
        assert found.narrows == DARK


def test_what_would_make_it_surer_is_three_things_at_most_and_flow_logs_come_last(tmp_path: Path) -> None:
    found = diagnose(case(tmp_path, interfaces(), log(*[TIMEOUT] * 9)))
    assert len(found.asked) <= 3
    assert [one.kind.changes_account for one in found.missing] == sorted(
        one.kind.changes_account for one in found.missing
    )
