"""What tells causes apart: a service's own counts, answers that stop, gateways elsewhere, pauses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.case import CallerOutcome
from narrows.diagnose import Status
from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    node_error,
    python_error,
    route,
    share,
)
from oracles.incidents.world.seen._sites import requests_timeout, site, table_of
from tests.unit.diagnose.by_builder import API, DB, answer, calls, read


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

        assert found.narrows == "destination-not-answering"
        assert said == "Most likely destination pay accepts connections and answers nothing. It began at 12:30."

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
        assert said == "Most likely pay cuts connections before TLS is up. It began at 12:30."
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
