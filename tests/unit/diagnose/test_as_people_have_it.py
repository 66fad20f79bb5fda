"""Cases as people hand them in: destinations that nobody wrote down, handlers that catch, hints that mislead."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import CallerOutcome
from narrows.diagnose import Status
from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    node_error,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.seen._sites import psycopg2_error, requests_timeout, site, table_of
from tests.unit.diagnose.by_builder import API, DB, answer, calls, read


class TestDestinationsThatNobodyWroteDown:
    def test_the_hosts_of_failing_lines_are_in_question(self, tmp_path: Path) -> None:
        case = CaseFolder()
        place = site(case)
        table_of(case, "private-a")["Routes"][1:] = [route("0.0.0.0/0", place.nat, "blackhole")]
        case.function("checkout", [place.private_a], [place.app])
        calls(case, requests_timeout(API), good=0)
        case.yaml(functions=["checkout"])

        found, said = answer(case, tmp_path)

        assert list(read(case, tmp_path).destinations) == [API]
        assert found.narrows == "route-or-rule-blocked"
        assert f"private-a's route to {API} is a blackhole" in said

    def test_a_name_and_the_address_beside_it_are_one(self, tmp_path: Path) -> None:
        case = CaseFolder()
        calls(case, psycopg2_error(DB, "10.0.20.11", "timeout expired"))
        case.yaml(functions=["checkout"])

        (found,) = read(case, tmp_path).destinations.values()

        assert (found.host, found.port, found.addresses) == (DB, 5432, ("10.0.20.11",))

    def test_what_is_only_mentioned_is_not_in_question(self, tmp_path: Path) -> None:
        case = CaseFolder()
        text = f"customer wrote: connect to https://{API}/v1 timed out"
        calls(case, python_log("INFO", text), requests_timeout("api.other.example"))
        case.yaml(functions=["checkout"])

        assert list(read(case, tmp_path).destinations) == ["api.other.example"]

    def test_a_word_without_a_dot_is_no_host(self, tmp_path: Path) -> None:
        case = CaseFolder()
        calls(case, python_error("ConnectTimeout", "connection to server upstream timed out"))
        case.yaml(functions=["checkout"])

        assert not read(case, tmp_path).destinations

    def test_a_page_to_read_is_no_host(self, tmp_path: Path) -> None:
        case = CaseFolder()
        error = python_error(
            "OperationalError",
            "(psycopg2.OperationalError) SSL SYSCALL error: EOF detected\n"
            "(Background on this error at: https://sqlalche.me/e/20/e3q8)",
        )
        calls(case, error)
        case.yaml(functions=["checkout"], destinations={"db": {"name": DB, "port": 5432}})

        counts = read(case, tmp_path).callers.counts

        assert {(one.outcome, one.elsewhere) for one in counts} == {(CallerOutcome.RESET, None)}

    def test_a_proxy_that_cannot_be_reached_is_not_the_host_behind_it(self, tmp_path: Path) -> None:
        case = CaseFolder()
        error = python_error(
            "ProxyError",
            f"HTTPSConnectionPool(host='{API}', port=443): Max retries exceeded with url: /v1 (Caused by "
            "ProxyError('Unable to connect to proxy', NewConnectionError('[Errno 111] Connection refused')))",
        )
        calls(case, error, seconds=0.1)
        two = {"pay": {"name": API, "port": 443}, "egress-proxy": {"name": "proxy.corp.example", "port": 3128}}
        case.yaml(functions=["checkout"], destinations=two)

        counts = read(case, tmp_path).callers.counts

        assert {one.destination for one in counts} == {"egress-proxy"}

    def test_where_nobody_says_what_it_connects_to_a_dead_way_out_is_likely(self, tmp_path: Path) -> None:
        case = CaseFolder()
        place = site(case)
        table_of(case, "private-a")["Routes"][1:] = [route("0.0.0.0/0", place.nat, "blackhole")]
        case.function("checkout", [place.private_a], [place.app])
        case.function_metrics("checkout", invocations=[5.0] * 60, errors=[0.0] * 30 + [5.0] * 30)
        case.yaml(functions=["checkout"])

        found, said = answer(case, tmp_path)

        assert found.narrows == "route-or-rule-blocked"
        assert "no connection of checkout into the internet gets through: private-a's route" in said

    def test_a_node_of_a_cluster_is_the_cluster(self, tmp_path: Path) -> None:
        case = CaseFolder()
        text = "connect ETIMEDOUT ac-fx3kd2p-shard-00-00.q1zzy.mongodb.net:27017"
        calls(case, node_error(text, "MongoServerSelectionError"))
        two = {"atlas": {"name": "fitly.q1zzy.mongodb.net", "port": 27017}, "pay": {"name": API, "port": 443}}
        case.yaml(functions=["checkout"], destinations=two)

        counts = read(case, tmp_path).callers.counts

        assert {one.destination for one in counts} == {"atlas"}

    def test_a_line_of_an_application_behind_php_fpm_has_its_own_level(self, tmp_path: Path) -> None:
        case = CaseFolder()
        said = (
            "NOTICE: PHP message: [2026-11-20 12:18:00] production.ERROR: SQLSTATE[HY000] [1040] Too many connections"
        )
        calls(case, said)
        case.yaml(functions=["checkout"], destinations={"db": {"name": DB, "port": 3306}})

        assert answer(case, tmp_path)[0].narrows == "destination-connection-limit"


@pytest.mark.parametrize("via", ["nat", "NAT Gateway", "nat-0a1b2c3d4e5f60718", "peering", "transit gateway"])
def test_what_routes_say_is_no_proxy(via: str, tmp_path: Path) -> None:
    case = CaseFolder()
    place = site(case)
    case.function("checkout", [place.private_a], [place.app])
    calls(case, requests_timeout(API))
    case.nat_metrics(place.nat, errors=[0.0] * 30 + [40.0] * 30, active=[55_000.0] * 60)
    case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443, "via": via}})

    found, _ = answer(case, tmp_path)

    assert found.narrows == "nat-port-exhaustion"
    assert any("the route tables say that" in note.text for note in read(case, tmp_path).notes)


class TestFailuresThatNoLineGivesToADestination:
    def blocked(self, case: CaseFolder) -> None:
        place = site(case)
        table_of(case, "private-a")["Routes"][1:] = [route("0.0.0.0/0", place.nat, "blackhole")]
        db = case.database("orders", place.data_a, [case.group("db", [allow(5432, place.app)])])
        case.function("checkout", [place.private_a], [place.app])
        case.yaml(functions=["checkout"], destinations={
            "pay": {"name": API, "port": 443},
            "orders": {"port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip

    def test_are_of_the_way_on_which_nothing_gets_through(self, tmp_path: Path) -> None:
        case = CaseFolder()
        self.blocked(case)
        calls(case, python_error("ConnectTimeout", "timed out"), good=0)

        found, said = answer(case, tmp_path)

        assert found.narrows == "route-or-rule-blocked"
        assert "checkout to pay" in said

    def test_prove_no_block_where_somebody_answered(self, tmp_path: Path) -> None:
        case = CaseFolder()
        self.blocked(case)
        calls(case, python_error("OperationalError", 'FATAL:  password authentication failed for user "app"'), good=0)

        found, said = answer(case, tmp_path)

        assert found.narrows is None
        assert "60 error lines tell of no connection fault: “" in said


class TestHandlersThatCatch:
    def case(self, failing: int) -> CaseFolder:
        case = CaseFolder()
        error = python_log("ERROR", 'FATAL:  sorry, too many clients already "')
        traffic = Traffic(case, "checkout")
        traffic.good(300, 0, 60)
        traffic.bad(failing, 0, 60, error, error=False, seconds=0.2)
        traffic.write()
        case.yaml(functions=["checkout"], destinations={"db": {"name": DB, "port": 5432}})
        return case

    def test_many_errors_do_harm_though_no_invocation_fails(self, tmp_path: Path) -> None:
        found, said = answer(self.case(60), tmp_path)

        cause = found.cause("destination-connection-limit")
        assert (found.narrows, cause.status) == (cause.id, Status.LIKELY)
        assert said == "Most likely destination db takes no more connections."
        assert any("the handlers catch it" in one.text for one in cause.evidence)

    def test_a_few_are_got_over(self, tmp_path: Path) -> None:
        found, _ = answer(self.case(6), tmp_path)

        assert found.narrows is None
        assert found.cause("destination-connection-limit").status is Status.POSSIBLE

    def test_a_report_alone_is_nothing_where_metrics_and_logs_say_that_all_is_well(self, tmp_path: Path) -> None:
        case = CaseFolder()
        traffic = Traffic(case, "checkout")
        traffic.good(300, 0, 60, python_log("INFO", "ticket 4711 answered"))
        traffic.write()
        case.yaml(functions=["checkout"], reported="customers write of time-outs",
                  destinations={"pay": {"name": API, "port": 443}})  # fmt: skip

        found, _ = answer(case, tmp_path)

        assert found.cause("destination-not-answering").status is Status.RULED_OUT
