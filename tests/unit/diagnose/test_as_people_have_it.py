"""Cases as people hand them in: destinations that nobody wrote down, handlers that catch, hints that mislead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.case import CallerOutcome, Case, read_case
from narrows.diagnose import Diagnosis, Status, diagnose
from narrows.diagnose.verdict import verdict
from oracles.incidents.world import (
    CaseFolder,
    Line,
    Traffic,
    about,
    allow,
    node_error,
    python_error,
    python_log,
    route,
    share,
)
from oracles.incidents.world.seen._sites import psycopg2_error, requests_timeout, site, table_of

API = "api.pay.example"
DB = "orders.c8x2.us-east-1.rds.amazonaws.com"


def read(case: CaseFolder, folder: Path) -> Case:
    return read_case(case.write(folder / "case"))


def answer(case: CaseFolder, folder: Path) -> tuple[Diagnosis, str]:
    what = read(case, folder)
    found = diagnose(what)
    return found, verdict(what, found).sentence


def calls(case: CaseFolder, *lines: Line, good: int = 60, bad: int = 60, **how: float) -> None:
    """As many invocations that end well, then as many that fail."""
    traffic = Traffic(case, "checkout")
    traffic.good(good, 0, 29.5)
    traffic.bad(bad, 30, 59.5, *lines, seconds=how.get("seconds", 10.1))
    traffic.write()


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
        assert "60 error lines tell of no connection fault, all alike" in said


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


class TestWhatTheDestinationCounts:
    """Metrics of AWS's services that say that one is full."""

    def answered(
        self, folder: Path, host: str, namespace: str, metric: str, dimensions: dict[str, str], values: list[float]
    ) -> tuple[str | None, Status]:
        case = CaseFolder()
        calls(case, node_error("Client network socket disconnected before secure TLS connection was established"))
        case.metric(namespace, metric, dimensions, values, stat="Maximum")
        case.yaml(functions=["checkout"], destinations={"it": {"name": host, "port": 443}})
        found, _ = answer(case, folder)
        return found.narrows, found.cause("destination-connection-limit").status

    @pytest.mark.parametrize(
        ("host", "namespace", "metric", "dimensions", "value"),
        [
            ("b-2.rides.a1b2.c4.kafka.us-east-1.amazonaws.com", "AWS/Kafka", "IAMTooManyConnections",
             {"Cluster Name": "rides", "Broker ID": "2"}, 12.0),
            ("b-2.rides.a1b2.c4.kafka.us-east-1.amazonaws.com", "AWS/Kafka", "ClientConnectionCount",
             {"Cluster Name": "rides", "Broker ID": "2", "Client Authentication": "IAM"}, 3_000.0),
            ("clustercfg.carts.x1y2.memorydb.us-east-1.amazonaws.com", "AWS/MemoryDB", "CurrConnections",
             {"ClusterName": "carts", "NodeName": "carts-0001-001"}, 65_000.0),
            ("edge-0123456789abcdef.elb.us-east-1.amazonaws.com", "AWS/NetworkELB", "RejectedFlowCount",
             {"LoadBalancer": "net/edge/0123456789abcdef"}, 300.0),
        ],
    )  # fmt: skip
    def test_in_the_time_of_failures_is_proof(
        self, host: str, namespace: str, metric: str, dimensions: dict[str, str], value: float, tmp_path: Path
    ) -> None:
        found = self.answered(tmp_path, host, namespace, metric, dimensions, [0.0] * 30 + [value] * 30)

        assert found == ("destination-connection-limit", Status.CONFIRMED)

    def test_of_another_broker_is_none(self, tmp_path: Path) -> None:
        host = "b-2.rides.a1b2.c4.kafka.us-east-1.amazonaws.com"
        dimensions = {"Cluster Name": "rides", "Broker ID": "3"}
        name, status = self.answered(
            tmp_path, host, "AWS/Kafka", "IAMTooManyConnections", dimensions, [0.0] * 30 + [12.0] * 30
        )

        assert (name, status) == ("tls-handshake-timeout", Status.UNKNOWN)

    def test_an_endpoint_counts_what_one_eni_holds(self, tmp_path: Path) -> None:
        case = CaseFolder()
        place = site(case)
        vendor = case.group("vendor", [allow(443, place.app)])
        link = case.interface_endpoint("com.amazonaws.vpce.us-east-1.vpce-svc-0be52f9a31c7d0648", [place.data_a],
                                       [vendor], private_dns=False)  # fmt: skip
        (eni,) = link["NetworkInterfaceIds"]
        address = next(one["PrivateIpAddress"] for one in case.network_interfaces if one["NetworkInterfaceId"] == eni)
        case.function("checkout", [place.private_a], [place.app])
        log = case.log("checkout")
        for at in range(1_900, 3_500, 20):
            log.invocation(at, python_error("ConnectTimeout", "timed out"), seconds=5.1)
        invocations = [*about(40_000, 30), *about(160_000, 30)]
        case.function_metrics("checkout", invocations=invocations, errors=[*[0.0] * 30, *share(invocations[30:], 0.02)],
                              concurrent=[*about(800, 30), *about(3_300, 30)])  # fmt: skip
        case.metric("AWS/PrivateLinkEndpoints", "ActiveConnections", {"VPC Endpoint Id": link["VpcEndpointId"]},
                    [*about(16_000, 30), 61_000.0, *[64_991.0, 64_996.0] * 14, 64_993.0], stat="Maximum")  # fmt: skip
        case.yaml(functions=["checkout"], destinations={
            "vendor": {"name": "features.vendor.example", "port": 443, "addresses": [address]}})  # fmt: skip

        found, _ = answer(case, tmp_path)

        assert found.narrows == "hyperplane-eni-exhaustion"


class TestOutages:
    def test_answers_that_stop_for_all_at_once_are_one(self, tmp_path: Path) -> None:
        case = CaseFolder()
        place = site(case)
        case.function("checkout", [place.private_a], [place.app], timeout=60)
        calls(case, python_error("ReadTimeout", f"HTTPSConnectionPool(host='{API}', port=443): Read timed out. "
                                 "(read timeout=20)"), seconds=20.1)  # fmt: skip
        case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443}})

        found, said = answer(case, tmp_path)

        assert (found.narrows, said) == ("destination-not-answering", "Most likely destination pay does not answer.")

    @pytest.mark.parametrize(
        ("host", "namespace", "metric", "dimensions", "well", "ill"),
        [
            ("vpc-guide-a1b2c3d4e5f6g7h8i9j0k1l2m3.us-east-1.es.amazonaws.com", "AWS/ES", "ClusterStatus.red",
             {"DomainName": "guide", "ClientId": "111122223333"}, 0.0, 1.0),
            ("internal-rates-1372810426.us-east-1.elb.amazonaws.com", "AWS/ApplicationELB", "HealthyHostCount",
             {"LoadBalancer": "app/internal-rates/50dc6c495c0c9188", "TargetGroup": "targetgroup/rates/1"}, 3.0, 0.0),
        ],
    )  # fmt: skip
    def test_its_own_service_says_that_it_is_ill(
        self,
        host: str,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        well: float,
        ill: float,
        tmp_path: Path,
    ) -> None:
        def case(*values: float) -> CaseFolder:
            made = CaseFolder()
            calls(made, python_error("ReadTimeout", f"HTTPSConnectionPool(host='{host}', port=443): Read timed out. "
                                     "(read timeout=20)"), seconds=20.1)  # fmt: skip
            made.metric(namespace, metric, dimensions, values, stat="Minimum" if ill == 0 else "Maximum")
            made.yaml(functions=["checkout"], destinations={"it": {"name": host, "port": 443}})
            return made

        found, _ = answer(case(*[well] * 30, *[ill] * 30), tmp_path / "ill")
        always, _ = answer(case(*[ill] * 60), tmp_path / "always")

        assert (found.narrows, always.narrows) == ("destination-not-answering", None)

    def test_some_that_are_late_are_none(self, tmp_path: Path) -> None:
        case = CaseFolder()
        place = site(case)
        case.function("checkout", [place.private_a], [place.app], timeout=60)
        traffic = Traffic(case, "checkout")
        traffic.good(120, 0, 60)
        traffic.bad(60, 30, 60, python_error("ReadTimeout", f"HTTPSConnectionPool(host='{API}', port=443): Read timed "
                                             "out. (read timeout=20)"), seconds=20.1)  # fmt: skip
        traffic.write()
        case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443}})

        assert answer(case, tmp_path)[0].narrows is None

    def test_a_handshake_that_is_cut_is_no_idle_connection(self, tmp_path: Path) -> None:
        case = CaseFolder()
        calls(case, node_error("Client network socket disconnected before secure TLS connection was established",
                               code="ECONNRESET"), seconds=0.2)  # fmt: skip
        case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443}})

        found, said = answer(case, tmp_path)

        cause = found.cause("tls-handshake-timeout")
        assert (found.narrows, cause.status, cause.mechanism) == (cause.id, Status.LIKELY, "cut")
        assert said == "Most likely pay cuts connections before TLS is up."
        assert not found.cause("idle-timeout-reset").status.reaches(Status.POSSIBLE)


class TestCentralEgress:
    """Connections that leave by a transit gateway, behind which NAT gateways stand."""

    def case(self, errors: Callable[[int], float]) -> CaseFolder:
        case = CaseFolder()
        place = site(case)
        table_of(case, "private-a")["Routes"][1:] = [route("0.0.0.0/0", "tgw-059fb46d4b469820b")]
        case.function("checkout", [place.private_a], [place.app])
        calls(case, requests_timeout(API))
        for name, part in (("egress-a", 0.0), ("egress-b", 1.0)):
            nat = case.nat(name, place.public_a)
            case.nat_metrics(nat, errors=[part * errors(minute) for minute in range(60)], active=[54_000.0] * 60)
        case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443}})
        return case

    def test_the_gateway_that_has_no_port_is_named(self, tmp_path: Path) -> None:
        found, said = answer(self.case(lambda minute: 50.0 * (minute >= 30)), tmp_path)

        assert found.narrows == "nat-port-exhaustion"
        assert "egress-b" in said

    def test_errors_of_another_time_are_none_of_these_failures(self, tmp_path: Path) -> None:
        found, _ = answer(self.case(lambda minute: 50.0 * (minute < 5)), tmp_path)

        assert found.narrows is None or found.narrows == "destination-not-answering"
        assert not found.cause("nat-port-exhaustion").status.reaches(Status.LIKELY)

    def test_nothing_is_ruled_out_where_no_gateway_is_in_the_case(self, tmp_path: Path) -> None:
        case = self.case(lambda _: 0.0)
        case.without("ec2/nat", "cloudwatch/nat")

        found, _ = answer(case, tmp_path)

        assert found.cause("nat-port-exhaustion").status is not Status.RULED_OUT
        assert found.cause("nat-bandwidth").status is not Status.RULED_OUT


class TestPooledConnections:
    def case(self, *moments: tuple[float, bool]) -> CaseFolder:
        """Invocations of one environment, at some second each; those that meet a reset."""
        case = CaseFolder()
        log = case.log("checkout")
        reset = python_error("ConnectionResetError", "[Errno 104] Connection reset by peer")
        for at, bad in moments:
            log.invocation(at, *([reset] if bad else []), seconds=0.2, stream=1)
        case.yaml(functions=["checkout"], destinations={"db": {"name": DB, "port": 5432}})
        return case

    def test_beside_those_that_went_well_a_pause_tells(self, tmp_path: Path) -> None:
        # Every other minute has an invocation, and only those after ten minutes meet a reset.
        moments = [(600.0 * batch + 100.0 * number, number == 0) for batch in range(6) for number in range(2)]

        found, _ = answer(self.case(*moments), tmp_path)

        assert found.narrows == "idle-timeout-reset"

    def test_what_is_reset_right_after_is_that_connection_once_more(self, tmp_path: Path) -> None:
        moments = [(900.0 * batch + 4.0 * number, number < 2) for batch in range(4) for number in range(4)]

        found, _ = answer(self.case(*moments), tmp_path)

        assert found.narrows == "idle-timeout-reset"

    def test_resets_without_an_end_are_not_of_idleness(self, tmp_path: Path) -> None:
        moments = [(900.0 * batch + 4.0 * number, True) for batch in range(4) for number in range(6)]

        found, _ = answer(self.case(*moments), tmp_path)

        assert found.narrows is None

    def test_a_driver_says_how_long_its_connection_was_silent(self, tmp_path: Path) -> None:
        case = CaseFolder()
        error = (
            "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\n"
            "The last packet successfully received from the server was 1,204,338 milliseconds ago.\n"
            "\tat com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:165)\n"
            "Caused by: java.io.EOFException: Can not read response from server. Expected to read 4 bytes, read 0 "
            "bytes "
            "before connection was unexpectedly lost.\n"
        )
        log = case.log("checkout")
        for at in range(60, 3_500, 300):
            log.invocation(at, error, seconds=0.2, stream=at)
        case.yaml(functions=["checkout"], destinations={"db": {"name": DB, "port": 3306}})

        counts = read(case, tmp_path).callers.counts

        assert {one.outcome for one in counts} == {CallerOutcome.RESET}
        assert sum(one.after_long_pause for one in counts) == sum(one.count for one in counts) == 12
