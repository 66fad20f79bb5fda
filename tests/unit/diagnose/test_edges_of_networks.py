"""Blocks at the edge of a VPC: Block Public Access, a central egress that knows no way back; one of several addresses;
and invocations that last for minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.diagnose.model import Status
from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    node_socket_error,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.seen._sites import Site, requests_timeout, site
from tests.unit.diagnose.by_builder import API, DB, answer, calls

PUBLIC_ADDRESSES = ["18.66.122.41", "18.66.122.77", "18.66.122.90"]


class TestBlockPublicAccess:
    def case(self, mode: str) -> CaseFolder:
        case = CaseFolder()
        place = site(case)
        for one in case.subnets:
            one["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
        case.function("checkout", [place.private_a], [place.app])
        calls(case, requests_timeout(API))
        case.yaml(
            functions=["checkout"],
            destinations={"pay": {"name": API, "port": 443, "addresses": PUBLIC_ADDRESSES[:1]}},
        )
        return case

    def test_in_both_directions_nothing_gets_out(self, tmp_path: Path) -> None:
        found, said = answer(self.case("block-bidirectional"), tmp_path)

        cause = found.cause("route-or-rule-blocked")
        assert (found.narrows, cause.status, cause.mechanism) == (cause.id, Status.CONFIRMED, "public-access-blocked")
        assert "VPC Block Public Access lets nothing of public-a through an internet gateway" in said

    @pytest.mark.parametrize("mode", ["off", "block-ingress"])
    def test_a_nat_gateway_works_where_only_what_comes_in_is_blocked(self, tmp_path: Path, mode: str) -> None:
        found, _ = answer(self.case(mode), tmp_path)

        assert found.narrows != "route-or-rule-blocked"


class TestCentralEgress:
    """A transit gateway leads to NAT gateways of another VPC, whose answers need a route back."""

    def case(self, *back: str) -> CaseFolder:
        case = CaseFolder()
        hub = site(case, "egress", "10.100")
        attach = case.subnet("egress-tgw", "10.100.250.0/28", [route("0.0.0.0/0", hub.nat)], vpc=hub.vpc)
        transit = case.transit_attachment("hub", [attach])
        self._routes(case, hub)[1:] = [route("0.0.0.0/0", hub.igw), *(route(block, transit) for block in back)]
        spoke = case.vpc("orders", "10.32.0.0/16")
        own = case.subnet("orders-a", "10.32.1.0/24", [route("0.0.0.0/0", transit)], vpc=spoke)
        case.transit_attachment("spoke", [own], TransitGatewayId=transit)
        case.function("checkout", [own], [case.group("orders-lambda", vpc=spoke)])
        traffic = Traffic(case, "checkout")
        traffic.bad(60, 0, 59, requests_timeout(API))
        traffic.write()
        case.yaml(
            functions=["checkout"],
            destinations={"pay": {"name": API, "port": 443, "addresses": PUBLIC_ADDRESSES[:1]}},
        )
        return case

    @staticmethod
    def _routes(case: CaseFolder, hub: Site) -> list[dict[str, object]]:
        at = hub.public_a["SubnetId"]
        (table,) = (one for one in case.route_tables if any(part.get("SubnetId") == at for part in one["Associations"]))
        routes: list[dict[str, object]] = table["Routes"]
        return routes

    def test_without_a_route_back_it_is_blocked(self, tmp_path: Path) -> None:
        found, said = answer(self.case("10.30.0.0/16"), tmp_path)

        assert (found.narrows, found.cause("route-or-rule-blocked").mechanism) == (
            "route-or-rule-blocked",
            "no-route-back",
        )
        assert "public-a, in which nat-a stands, has no route back to orders-a by tgw-" in said

    def test_with_one_it_is_not(self, tmp_path: Path) -> None:
        found, _ = answer(self.case("10.30.0.0/16", "10.32.0.0/16"), tmp_path)
        assert found.narrows != "route-or-rule-blocked"

    def test_a_nat_gateway_that_no_other_network_uses_says_nothing(self, tmp_path: Path) -> None:
        found, _ = answer(self.case(), tmp_path)
        assert found.narrows != "route-or-rule-blocked"


class TestSomeAddresses:
    def case(self, *dark: int) -> CaseFolder:
        """Each line names the address that it is about; those of some numbers do not answer."""
        case = CaseFolder()
        place = site(case)
        case.function("checkout", [place.private_a], [place.app])
        traffic = Traffic(case, "checkout")
        for number, address in enumerate(PUBLIC_ADDRESSES):
            late = python_error("TimeoutError", f"connect to {address}:443 timed out")
            traffic.good(20 if number in dark else 40, 0, 59, python_log("INFO", "priced"))
            if number in dark:
                traffic.bad(25, 0.2, 59.5, late)
            else:
                traffic.good(40, 0.1, 59.4, python_log("INFO", f"connected to {address}:443"))
        traffic.write()
        case.nat_metrics(place.nat, errors=[0.0] * 60)
        case.yaml(
            functions=["checkout"],
            destinations={"pay": {"name": API, "port": 443, "addresses": PUBLIC_ADDRESSES}},
        )
        return case

    def test_the_one_that_does_not_answer_is_named(self, tmp_path: Path) -> None:
        found, said = answer(self.case(1), tmp_path)

        assert found.narrows == "destination-not-answering"
        assert "destination pay does not answer at 18.66.122.77, one of its 3 addresses" in said

    def test_where_all_of_them_time_out_none_is(self, tmp_path: Path) -> None:
        _, said = answer(self.case(0, 1, 2), tmp_path)
        assert "of its 3 addresses" not in said


@pytest.mark.parametrize(
    ("allowed", "ends"),
    [
        ([], "lets nothing in from lambda-app on 5432."),
        (["10.9.0.0/16"], "lets 5432 in from 10.9.0.0/16 only, not from private-a."),
        (["10.9.0.0/16", "10.8.0.0/16", "10.7.0.0/16", "10.6.0.0/16"], "and 1 more only, not from private-a."),
    ],
    ids=["nobody", "another block", "many"],
)
def test_a_group_says_whom_it_lets_in_instead(tmp_path: Path, allowed: list[str], ends: str) -> None:
    case = CaseFolder()
    place = site(case)
    own = case.group("orders-db", [allow(5432, *allowed)] if allowed else [])
    db = case.database("orders", place.data_a, [own])
    case.function("checkout", [place.private_a], [place.app])
    calls(case, timeout=3)
    about = {"name": DB, "port": 5432, "addresses": [db["PrivateIpAddress"]]}
    case.yaml(functions=["checkout"], destinations={"orders": about})

    found, said = answer(case, tmp_path)

    assert found.narrows == "route-or-rule-blocked"
    assert said.split(" It began")[0].endswith(ends)


def test_a_log_is_of_its_own_function_where_only_cloudwatch_knows_that(tmp_path: Path) -> None:
    case = CaseFolder()
    place = site(case)
    for name in ("checkout", "legacy-sync"):
        case.function(name, [place.private_a], [place.app])
    traffic = Traffic(case, "checkout")
    traffic.good(90, 0, 59)
    traffic.write()
    other = Traffic(case, "legacy-sync")
    other.bad(60, 0, 59, node_socket_error("ECONNREFUSED", address="10.0.20.99", port=21), seconds=0.02)
    other.write()
    case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443}})
    case.without("lambda/functions")

    found, _ = answer(case, tmp_path)

    assert found.narrows is None
    assert not found.failures


@pytest.mark.parametrize(
    ("reserved", "others", "said"),
    [
        (20, 0, "Lambda throttles checkout at its reserved concurrency: 20 concurrent executions at the peak."),
        (None, 980, "Lambda throttles checkout at the account's limit: 1,000 concurrent executions at the peak."),
    ],
    ids=["reserved", "account"],
)
def test_the_number_of_a_throttle_is_that_of_its_limit(
    tmp_path: Path, reserved: int | None, others: int, said: str
) -> None:
    case = CaseFolder()
    place = site(case)
    case.function("checkout", [place.private_a], [place.app])["ReservedConcurrentExecutions"] = reserved
    case.function_metrics(
        "checkout", invocations=[600.0] * 60, errors=[0.0] * 60, throttles=[40.0] * 60, concurrent=[20.0] * 60
    )
    if others:
        case.function("import", [place.private_a], [place.app])
        case.function_metrics("import", concurrent=[float(others)] * 60)
        case.file(
            "service-quotas.json",
            {
                "Quotas": [
                    {
                        "ServiceCode": "lambda",
                        "QuotaCode": "L-B99A9384",
                        "QuotaName": "Concurrent executions",
                        "Value": 1000.0,
                    }
                ]
            },
        )
    case.yaml(functions=["checkout"])

    found, sentence = answer(case, tmp_path)

    assert sentence == said
    assert found.lasting is None


def test_an_error_counts_in_the_minute_in_which_its_invocation_began(tmp_path: Path) -> None:
    """Twelve minutes after CloudWatch counted it the log tells of it: it did harm all the same."""
    case = CaseFolder()
    place = site(case)
    case.function("checkout", [place.private_a], [place.app], timeout=900)
    traffic = Traffic(case, "checkout")
    traffic.good(10, 0, 59)
    late = python_error("ReadTimeoutError", f'Read timeout on endpoint URL: "https://{API}/close"')
    traffic.bad(4, 3, 40, late, seconds=720)
    traffic.write()
    forgotten = [1.0 if minute in (9, 21, 33, 46) else 0.0 for minute in range(60)]
    case.nat_metrics(place.nat, errors=[0.0] * 60, idle=forgotten)
    case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443}})

    found, said = answer(case, tmp_path)

    assert found.cause("idle-timeout-reset").mechanism == "long-call"
    assert "wait for an answer longer than 350 s" in said
